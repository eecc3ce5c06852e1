/// Why something could not be sealed or opened.
package struct SealingError: Error, Equatable, Sendable {
  package enum Code: Sendable {
    /// A wrong key, or bytes that were changed: the cipher cannot tell which, nor do we.
    case forged
    /// A passphrase or key that the bytes themselves say is not theirs.
    case wrongKey
    /// The library or the machine refused: no memory for the passphrase's key, no randomness.
    case unavailable
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
