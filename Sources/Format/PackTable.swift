/// The packs a catalogue object refers to, and references as differences to the one before. [F-CAT-5]
///
/// Each pack is there once, in the order of the first references, so that there is one encoding.
struct PackTable {
  private var packs: [PackID] = []
  private var positions: [PackID: Int] = [:]
  private var usedCount = 0
  private var nextOrdinal: Int64 = 0

  init() {}

  init(_ reader: inout ByteReader) throws(FormatError) {
    for _ in 0..<(try reader.count(limit: Limits.packReferenceCount, eachAtLeast: 16)) {
      let pack: PackID = try reader.identifier()
      guard positions.updateValue(packs.count, forKey: pack) == nil else {
        throw reader.malformed("pack \(pack.hex) is in its table twice")
      }
      packs.append(pack)
    }
  }

  /// Every pack of the table must have been referred to.
  func end(_ reader: ByteReader) throws(FormatError) {
    guard usedCount == packs.count else {
      throw reader.malformed("\(packs.count - usedCount) packs of its table are not referred to")
    }
    try reader.end()
  }

  func encodeTable(to writer: inout ByteWriter) {
    writer.count(packs.count)
    for pack in packs { writer.identifier(pack) }
  }

  mutating func encode(_ location: ChunkLocation, to writer: inout ByteWriter) {
    let position = positions[location.pack] ?? packs.count
    if position == packs.count {
      packs.append(location.pack)
      positions[location.pack] = position
    }
    writer.count(position)
    writer.signed(Int64(location.ordinal) - nextOrdinal)
    nextOrdinal = Int64(location.ordinal) + 1
  }

  mutating func decode(_ reader: inout ByteReader) throws(FormatError) -> ChunkLocation {
    let position = try reader.count(limit: Limits.packReferenceCount)
    guard position < packs.count, position <= usedCount else {
      throw reader.malformed("a reference names pack \(position) of \(packs.count) out of turn")
    }
    usedCount = max(usedCount, position + 1)
    let (ordinal, overflow) = nextOrdinal.addingReportingOverflow(try reader.signed())
    guard !overflow, ordinal >= 0, ordinal < Limits.packEntryCount else {
      throw reader.malformed("a reference's ordinal is out of range")
    }
    nextOrdinal = ordinal + 1
    return ChunkLocation(pack: packs[position], ordinal: UInt32(ordinal))
  }
}
