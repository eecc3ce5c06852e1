package import Format

/// The rows of one segment as the scan left them: encoded, attributed, not yet grouped.
package struct RawSegment: Sendable {
  struct Row {
    var owner: UInt32
    /// Position among the segment's tables.
    var table: UInt32
    /// The row id, where the table has one.
    var key: Int64
    /// The end of its values in `values`; they begin where the row before ends.
    var end: Int
  }

  /// One table of the segment.
  package struct Table: Equatable, Sendable {
    /// What sections and segments call it; for PostgreSQL its label. [F-ROW-2]
    package let name: String
    /// Its position in the origin's schema.
    package let number: UInt32
    let columnCount: Int
    let hasRowID: Bool
  }

  /// The origin's name, which stands in the header of every chunk. [F-ROW-1]
  package let origin: String
  /// In the order of the schema; several where small ones share it. [F-CAT-3]
  package let tables: [Table]
  /// What the catalogue says of where it begins.
  package let lower: Int64
  /// What the agent's state knows it by.
  package let mark: Int64
  let rows: [Row]
  let buffer: RowBuffer
  /// What the pages are recognised by that its rows stand on; nil where they alone do not decide about it.
  package var pages: [UInt8]?

  /// The values of all rows.
  var values: [UInt8] { buffer.bytes }
  /// Rows of all owners, at most 65,536.
  package var recordCount: Int { rows.count }
  /// Bytes of the values, without key steps and section heads. [F-CAT-3]
  package var byteCount: Int { values.count }

  /// Lends everything that decides about the chunks: first what they are called and how much follows, then
  /// owners and keys, then values.
  package func withContent<Result>(_ body: ([UnsafeRawBufferPointer]) -> Result) -> Result {
    var head = ByteWriter()
    head.text(origin)
    head.fixed64(UInt64(bitPattern: lower))
    head.count(tables.count)
    for table in tables {
      head.text(table.name)
      head.count(table.columnCount)
      head.byte(table.hasRowID ? 1 : 0)
    }
    head.count(rows.count)
    head.count(values.count)
    return head.bytes.withUnsafeBytes { head in
      rows.withUnsafeBytes { rows in values.withUnsafeBytes { body([head, rows, $0]) } }
    }
  }

  /// A row's owner and its place among all rows in one number: sorting numbers costs a tenth of sorting by two
  /// keys.
  private struct Position: Comparable {
    private let number: UInt64

    init(owner: UInt32, index: Int) { number = UInt64(owner) << 32 | UInt64(index) }

    var owner: UInt32 { UInt32(number >> 32) }
    var index: Int { Int(number & 0xffff_ffff) }

    static func < (one: Position, other: Position) -> Bool { one.number < other.number }
  }

  /// Lends the plaintexts of every owner's chunks, owners in ascending order, chunks in order.
  ///
  /// Each lives until the body returns: most owners have one chunk of a row or two, and a segment has thousands.
  package func forEachChunk(
    _ body: (AccountNumber, UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    let order = rows.indices.map { Position(owner: rows[$0].owner, index: $0) }.sorted()
    var cutter = ChunkCutter(origin: origin, table: tables.first?.name ?? "", lower: lower)
    try values.withUnsafeBytes { values in
      var start = 0
      while start < order.count {
        let owner = order[start].owner
        var end = start + 1
        while end < order.count, order[end].owner == owner { end += 1 }
        try cut(order[start..<end], values, &cutter) { try body(AccountNumber(owner), $0) }
        start = end
      }
    }
  }

  /// Writes one owner's rows, table by table, and cuts them at row boundaries into chunks.
  private func cut(
    _ owned: ArraySlice<Position>, _ values: UnsafeRawBufferPointer, _ cutter: inout ChunkCutter,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    var start = owned.startIndex
    while start < owned.endIndex {
      let table = rows[owned[start].index].table
      var end = start + 1
      while end < owned.endIndex, rows[owned[end].index].table == table { end += 1 }
      try write(owned[start..<end], values, of: tables[Int(table)], to: &cutter, body)
      start = end
    }
    try cutter.finish(body)
  }

  private func write(
    _ owned: ArraySlice<Position>, _ values: UnsafeRawBufferPointer, of table: Table,
    to cutter: inout ChunkCutter, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    try cutter.append(
      RowSection(table: table.name, columnCount: table.columnCount, rowCount: owned.count), body)
    var previous: Int64 = 0
    for index in owned.lazy.map(\.index) {
      let row = rows[index]
      if table.hasRowID {
        try cutter.append(keyStep: row.key &- previous, body)
        previous = row.key
      }
      let start = index == 0 ? 0 : rows[index - 1].end
      try cutter.append(UnsafeRawBufferPointer(rebasing: values[start..<row.end]), body)
    }
  }
}
