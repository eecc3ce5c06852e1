/// What went wrong in a store, on which object, and what to do about it.
package struct StoreError: Error, Sendable, Equatable {
  /// The kinds of failure, which are never merged: whoever catches one decides by this alone.
  package enum Code: Sendable {
    /// The object, or the directory it belongs in, does not exist.
    case missing
    /// An exclusive create met different bytes under the same name.
    case exists
    /// The store answered nonsense, or other bytes than it must.
    case damaged
    /// The object has more bytes than one of its name may have; none was read.
    case oversized
    /// The object ends before the bytes that were asked for.
    case short
    /// Permission, authentication, a changed host key, or a configuration that cannot work.
    case refused
    /// No space is left, or a quota is used up.
    case full
    /// The connection was cut or stalled; the same call may succeed later.
    case transient
    /// No connection could be made at all: name not found, refused, or timed out.
    case unreachable
    /// The calling task was cancelled; whether the operation took effect is unknown.
    case cancelled
  }

  /// The kind of failure.
  package let code: Code
  /// A full sentence for the operator: what failed, where, why, and the remedy if there is one.
  package let message: String

  /// Makes an error from its kind and its sentence.
  package init(code: Code, message: String) {
    self.code = code
    self.message = message
  }
}

extension StoreError: CustomStringConvertible {
  /// The message alone.
  package var description: String { message }
}

extension StoreError {
  /// Whether repeating the operation over a new connection may help.
  var isWorthRetrying: Bool { code == .transient || code == .unreachable }

  /// Throws if the calling task has been cancelled.
  static func checkCancellation(before what: String) throws(StoreError) {
    guard !Task.isCancelled else {
      throw StoreError(code: .cancelled, message: "\(what) was cancelled.")
    }
  }
}
