/// The first bytes of a row or record chunk's plaintext: where it belongs. [F-ROW-1]
///
/// The reader compares it with the catalogue, so that even the holder of the metadata key cannot
/// pass one segment for another.
package struct ChunkHeader: Equatable, Sendable {
  /// The origin's name in the catalogue, at most 255 bytes.
  package let origin: String
  /// The first table of the segment; empty in a tree.
  package let table: String
  /// Where the segment begins, as the catalogue has it. [F-CAT-3]
  package let lower: Int64
  /// 0 for the first chunk of the owner in the segment; the bodies of all are joined in order.
  package let part: UInt32

  /// Makes the header of one part; a reader accepts parts up to 33,554,432.
  package init(origin: String, table: String, lower: Int64, part: UInt32) {
    self.origin = origin
    self.table = table
    self.lower = lower
    self.part = part
  }

  /// The header alone; the body follows it with nothing between them.
  package func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.text(origin)
    writer.text(table)
    writer.signed(lower)
    writer.varint(UInt64(part))
    return writer.bytes
  }

  /// Gives the header and the body that follows it.
  package static func decode(
    _ plaintext: [UInt8]
  ) throws(FormatError) -> (header: ChunkHeader, body: ArraySlice<UInt8>) {
    var reader = ByteReader(plaintext, subject: "a chunk's header")
    let header = ChunkHeader(
      origin: try reader.text(limit: Limits.nameByteCount),
      table: try reader.text(limit: Limits.nameByteCount), lower: try reader.signed(),
      part: UInt32(try reader.count(limit: Limits.segmentByteCount)))
    return (header, try reader.take(reader.remaining))
  }
}
