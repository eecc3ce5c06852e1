internal import Origins

internal import Format

/// A segment of the run in progress, whichever kind of origin it comes from.
struct Segment: Sendable {
  let origin: String
  /// Names of its tables; empty in a tree.
  let tables: [String]
  let tableNumbers: [UInt32]
  /// Where the catalogue says that it begins.
  let lower: Int64
  /// What the agent's state knows it by.
  let mark: Int64
  let recordCount: Int
  let byteCount: Int

  func entry(part: ChunkLocation) -> SegmentEntry {
    SegmentEntry(
      key: SegmentKey(tables: tableNumbers, lower: lower), recordCount: recordCount,
      byteCount: byteCount, part: part)
  }
}

extension Segment {
  init(_ raw: RawSegment) {
    self.init(
      origin: raw.origin, tables: raw.tables.map(\.name), tableNumbers: raw.tables.map(\.number),
      lower: raw.lower, mark: raw.mark, recordCount: raw.recordCount, byteCount: raw.byteCount)
  }
}
