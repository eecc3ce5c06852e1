internal import Files
internal import Postgres
internal import Querying

/// Why an origin cannot be backed up or rebuilt.
package struct OriginError: Error, Equatable, Sendable {
  /// What a caller may decide by; the message is for people.
  package enum Code: Sendable {
    /// The database, directory, profile, table or column is not there.
    case missing
    /// The source, or what should become one, is not what it must be.
    case damaged
    /// Reading or restoring it could do harm, or could not be exact.
    case refused
    /// The machine did not do it: permission, space, another program.
    case failed
  }

  /// In a run `refused` ends it; for any other code the origin is left out and named.
  package let code: Code
  /// What failed, in which origin, why, and what to do next.
  package let message: String

  /// An error with a message that names the object and the remedy.
  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  init(_ error: QueryError, origin: String) {
    let code: Code =
      switch error.code {
      case .missing: .missing
      case .damaged: .damaged
      case .refused: .refused
      default: .failed
      }
    self.init(code, "origin \(origin): \(error.message)")
  }

  init(_ error: PostgresError, origin: String) {
    let code: Code =
      switch error.code {
      case .missing: .missing
      case .damaged: .damaged
      case .refused: .refused
      case .unreachable, .denied, .busy, .cancelled, .failed: .failed
      }
    self.init(code, "origin \(origin): \(error.message)")
  }

  init(_ error: FileError, origin: String) {
    let code: Code =
      switch error.code {
      case .missing: .missing
      case .damaged: .damaged
      case .refused: .refused
      default: .failed
      }
    self.init(code, "origin \(origin): \(error.message)")
  }
}
