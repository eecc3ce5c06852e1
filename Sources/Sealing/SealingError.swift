/// Why something could not be sealed or opened.
package struct SealingError: Error, Equatable, Sendable {
  /// What is to blame, as far as the cipher can tell.
  package enum Code: Sendable {
    /// A wrong key, or bytes that were changed: the cipher cannot tell which, nor do we.
    case forged
    /// The library or the machine refused: no memory for the passphrase's key, no randomness.
    case unavailable
  }

  /// The class; all but `unavailable` are failure classes of the format too.
  package let code: Code
  /// What failed and why; where it is about an object, callers put its name before it.
  package let message: String

  /// Makes an error of a class and a sentence, in which no secret may stand.
  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
