package import Storing

internal import Format
internal import Sealing

/// What went wrong with a repository, in the classes that decide the exit status.
package struct VaultError: Error, Equatable, Sendable {
  package enum Code: Sendable {
    /// There is no repository, or no host that answers for it.
    case missing
    /// Another run holds the state directory.
    case busy
    /// The kit or its passphrase is not the one.
    case wrongKit
    /// Going on could lose or reveal something; the administrator decides.
    case refused
    /// An object is not what was written.
    case damaged
    /// The administrator stopped it.
    case interrupted
    /// No space, no permission, no answer: this run failed, the next may not.
    case failed
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// A store's error, in the classes of a repository.
  package init(_ error: StoreError, doing action: String) {
    let code: Code =
      switch error.code {
      case .missing, .unreachable: .missing
      case .damaged: .damaged
      case .cancelled: .interrupted
      case .refused, .exists, .full, .transient: .failed
      }
    self.init(code, "\(action): \(error.message)")
  }

  /// An object that does not decode or open.
  static func damaged(_ object: String, _ error: any Error) -> VaultError {
    let reason =
      switch error {
      case let error as FormatError: error.message
      case let error as SealingError: error.message
      default: "\(error)"
      }
    return VaultError(
      .damaged, "\(object) is damaged: \(reason); run `lethe check` to see what it touches")
  }
}
