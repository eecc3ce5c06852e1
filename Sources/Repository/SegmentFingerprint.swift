internal import Format
package import Sealing

/// A keyed hash of all rows of a segment as the scan left them: while it is the same, so are the segment's chunks,
/// and none of them need be made to know that.
///
/// It stays in the agent's state, and so does its key, and it goes with the chunks of an account that is destroyed.
package struct SegmentFingerprint: Sendable {
  /// Another one where other chunks are made of the same rows. [F-ROW-1]
  private static let version: [UInt8] = [1]
  private let hash: UniversalHash
  /// By which the pages of a database are recognised, and whose the rows on them are.
  package let pages: UniversalHash

  /// Takes the key from the agent's state, where the first run puts it.
  ///
  /// It is random, so that whoever has the fingerprint alone cannot try what the rows may have been.
  package init(_ state: AgentState) throws {
    let key: [UInt8]
    if let stored = try state.value(.fingerprintKey) {
      key = stored
    } else {
      key = Random.bytes(UniversalHash.keyByteCount)
      try state.set([.fingerprintKey: key])
    }
    hash = UniversalHash(key: key)
    pages = UniversalHash(key: Hash.keyed(key, [Array("pages".utf8), Self.version]))
  }

  /// The fingerprint of parts that begin with what tells where each of them ends.
  package func of(_ parts: [UnsafeRawBufferPointer]) -> [UInt8] {
    Self.version.withUnsafeBytes { hash.of([$0] + parts) }
  }
}
