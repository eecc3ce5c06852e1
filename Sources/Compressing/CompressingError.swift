/// Why bytes could not be decompressed.
package struct CompressingError: Error, Equatable, Sendable {
  /// What was wrong with the frame.
  package let message: String

  /// Makes an error; callers put the chunk's name before the message.
  package init(message: String) { self.message = message }
}
