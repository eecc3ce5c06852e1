internal import Files
internal import Format
internal import Foundation
internal import Origins
internal import Querying
internal import Repository
internal import Sealing
internal import Storing

/// The documented exit statuses of every command but `status`.
package enum ExitStatus: Int32, Sendable {
  case done = 0
  case failed = 1
  case partial = 3
  case repositoryMissing = 10
  case busy = 11
  case wrongKit = 12
  case refused = 13
  case damaged = 14
  case usage = 64
  case interrupted = 130
}

/// A failure of a command: its status, and one line that names the thing and the remedy.
package struct OperationError: Error, Equatable, Sendable {
  /// What the process ends with.
  package let status: ExitStatus
  /// What failed, on which object and why; after a semicolon, what to do.
  package let message: String

  /// An error whose message names the thing and, after a semicolon, the remedy.
  package init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  /// Puts any error of the layers below into the classes of the exit statuses.
  package init(_ error: any Error) {
    switch error {
    case let error as OperationError: self = error
    case let error as VaultError where error.code == .interrupted: self = .interruption
    case let error as VaultError: self.init(Self.status(error.code), error.message)
    case let error as OriginError: self.init(Self.status(error.code), error.message)
    case let error as StoreError:
      self = OperationError(VaultError(error, doing: "the repository cannot be used"))
    case let error as FileError:
      self.init(error.code == .refused ? .refused : .failed, error.message)
    case let error as QueryError:
      self.init(error.code == .refused ? .refused : .failed, error.message)
    case let error as SealingError: self.init(.failed, error.message)
    case let error as FormatError: self.init(.damaged, error.message)
    case is CancellationError: self = .interruption
    default: self.init(.failed, error.localizedDescription)
    }
  }

  /// The cause and the remedy: messages of this house are the one, a semicolon, and the other.
  var parts: (cause: String, remedy: String?) {
    guard let semicolon = message.range(of: "; ") else { return (message, nil) }
    return (
      String(message[..<semicolon.lowerBound]), String(message[semicolon.upperBound...])
    )
  }

  /// The administrator, or the system that is going down, stopped the command.
  package static let interruption = OperationError(
    .interrupted,
    "interrupted: nothing was committed; run the command again, and what is stored "
      + "already is not sent again")

  private static func status(_ code: VaultError.Code) -> ExitStatus {
    switch code {
    case .missing: .repositoryMissing
    case .busy: .busy
    case .wrongKit: .wrongKit
    case .refused: .refused
    case .damaged: .damaged
    case .interrupted: .interrupted
    case .full, .failed: .failed
    }
  }

  private static func status(_ code: OriginError.Code) -> ExitStatus {
    switch code {
    case .missing, .failed: .failed
    case .damaged: .damaged
    case .refused: .refused
    }
  }
}
