/// Why bytes were not accepted as an object of the repository format.
package struct FormatError: Error, Equatable, Sendable {
  /// The class of failure, as named in the golden vectors.
  package enum Code: String, Sendable {
    /// The bytes end before the value does.
    case truncated
    /// The bytes break a rule of the specification.
    case malformed
    /// The object was written by a later version of the format.
    case unknownVersion = "unknown-version"
    /// A count or length exceeds its limit; nothing was allocated for it.
    case overLimit = "over-limit"
  }

  /// One of the classes that bytes alone can tell; those of seals and keys are not found here.
  package let code: Code
  /// What was being read, and which rule it broke.
  package let message: String

  /// Makes an error; callers put the object's name before the message.
  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
