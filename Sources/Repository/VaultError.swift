package import Storing

internal import Compressing
internal import Format
internal import Sealing

/// What went wrong with a repository, in the classes that decide the exit status.
package struct VaultError: Error, Equatable, Sendable {
  /// The classes that callers treat differently.
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
    /// There is no room on the remote.
    case full
    /// No permission, no answer, no room here: this run failed, the next may not.
    case failed
  }

  /// What is wrong with the bytes of an object, as named in the golden vectors.
  package enum Failure: String, Sendable {
    case truncated, malformed, forged
    /// No bytes at all where an object or a key must be.
    case missing
    case unknownVersion = "unknown-version"
    case overLimit = "over-limit"
    case wrongKey = "wrong-key"
  }

  /// What decides the exit status.
  package let code: Code
  /// What failed, on which object, why, and what to do next.
  package let message: String
  /// Nil where no object's bytes, and no lack of them, are the cause.
  package let failure: Failure?

  /// An error with a message that names the object and the remedy.
  package init(_ code: Code, _ message: String, failure: Failure? = nil) {
    self.code = code
    self.message = message
    self.failure = failure
  }

  /// A store's error, in the classes of a repository.
  package init(_ error: StoreError, doing action: String) {
    let code: Code =
      switch error.code {
      case .missing, .unreachable: .missing
      case .damaged, .oversized, .short: .damaged
      case .cancelled: .interrupted
      case .full: .full
      case .refused, .exists, .transient: .failed
      }
    let failure: Failure? =
      switch error.code {
      case .missing: .missing
      case .oversized: .overLimit
      case .short: .truncated
      default: nil
      }
    self.init(code, "\(action): \(error.message)", failure: failure)
  }

  /// An object that does not decode or open.
  static func damaged(_ object: String, _ error: any Error) -> VaultError {
    let failure = failure(error)
    let reason =
      switch error {
      case let error as FormatError: error.message
      case let error as SealingError: error.message
      case let error as CompressingError: error.message
      default: "\(error)"
      }
    guard failure != .unknownVersion else {
      return VaultError(
        .refused, "\(object) was written by a later Lethe: \(reason); install that version",
        failure: failure)
    }
    return VaultError(
      .damaged, "\(object) is damaged: \(reason); restore the remote from its provider's copies",
      failure: failure)
  }

  /// The class of failure that an error of the layers below stands for.
  static func failure(_ error: any Error) -> Failure? {
    switch error {
    case let error as VaultError: error.failure
    case let error as FormatError: Failure(rawValue: error.code.rawValue)
    case let error as SealingError:
      switch error.code {
      case .forged: .forged
      case .unavailable: nil
      }
    case is CompressingError: .malformed
    default: nil
    }
  }
}
