/// A keyring object as a log entry refers to it. [F-LOG-6]
package struct KeyringReference: Hashable, Sendable {
  /// The epoch whose public key it is sealed to.
  package let epoch: UInt32
  /// Two objects with the same bytes, so that one damaged sector cannot take every key.
  package let copies: [KeyringID]
  /// Bytes of either copy.
  package let byteCount: Int
  /// BLAKE2b-256 of all bytes of either copy.
  package let digest: Digest

  /// How many objects a reference names.
  package static let copyCount = 2

  /// Makes a reference of its fields.
  package init(epoch: UInt32, copies: [KeyringID], byteCount: Int, digest: Digest) {
    self.epoch = epoch
    self.copies = copies
    self.byteCount = byteCount
    self.digest = digest
  }

  func encode(to writer: inout ByteWriter) {
    writer.varint(UInt64(epoch))
    for copy in copies { writer.identifier(copy) }
    writer.count(byteCount)
    writer.digest(digest)
  }

  static func decode(_ reader: inout ByteReader) throws(FormatError) -> KeyringReference {
    let epoch = UInt32(try reader.count(limit: Int(UInt32.max)))
    var copies: [KeyringID] = []
    for _ in 0..<copyCount { copies.append(try reader.identifier()) }
    let byteCount = try reader.count(limit: Limits.keyringByteCount)
    return KeyringReference(
      epoch: epoch, copies: copies, byteCount: byteCount, digest: try reader.digest())
  }
}
