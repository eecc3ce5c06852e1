/// Why bytes could not be decompressed.
package struct CompressingError: Error, Equatable, Sendable {
  /// What was wrong with the frame.
  package let message: String

  package init(message: String) { self.message = message }
}
