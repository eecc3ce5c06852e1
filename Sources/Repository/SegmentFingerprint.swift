internal import Format
internal import Sealing

/// A keyed hash of all rows of a segment as the scan left them: while it is the same, so are the segment's chunks,
/// and none of them need be made to know that.
///
/// It stays in the agent's state, and so does its key, and it goes with the chunks of an account that is destroyed.
package struct SegmentFingerprint: Sendable {
  /// Another one where other chunks are made of the same rows. [F-ROW-1]
  private static let version: UInt8 = 1
  /// Random, so that whoever has the fingerprint alone cannot try what the rows may have been.
  private let key: [UInt8]

  /// Takes the key from the agent's state, where the first run puts it.
  package init(_ state: AgentState) throws {
    if let key = try state.value(.fingerprintKey) {
      self.key = key
    } else {
      key = Random.bytes(32)
      try state.set([.fingerprintKey: key])
    }
  }

  /// The fingerprint of parts that begin with what tells where each of them ends.
  package func of(_ parts: [UnsafeRawBufferPointer]) -> [UInt8] {
    let words = Hash.words(key, first: Self.version, parts)
    var writer = ByteWriter()
    writer.fixed64(words.high)
    writer.fixed64(words.low)
    return writer.bytes
  }
}
