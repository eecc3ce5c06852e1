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

  /// The plaintexts of every owner's chunks, owners in ascending order, chunks in order.
  package func chunks() -> [(owner: AccountNumber, chunks: [[UInt8]])] {
    // Owner and position in one number: sorting numbers costs a tenth of sorting by two keys.
    let order = rows.indices.map { UInt64(rows[$0].owner) << 32 | UInt64($0) }.sorted()
      .map { Int($0 & 0xffff_ffff) }
    let header = ChunkHeader(
      origin: origin, table: tables.first?.name ?? "", lower: lower, part: 0)
    let firstHeader = header.encode()
    var groups: [(owner: AccountNumber, chunks: [[UInt8]])] = []
    var start = 0
    while start < order.count {
      let owner = rows[order[start]].owner
      var end = start + 1
      while end < order.count, rows[order[end]].owner == owner { end += 1 }
      groups.append((AccountNumber(owner), cut(order[start..<end], header, firstHeader)))
      start = end
    }
    return groups
  }

  /// Writes one owner's rows, table by table, and cuts them at row boundaries into chunks.
  private func cut(_ owned: ArraySlice<Int>, _ header: ChunkHeader, _ first: [UInt8]) -> [[UInt8]] {
    // Most owners have one chunk of a row or two: room for it is made once.
    let byteCount = owned.reduce(Self.sectionByteCount) { $0 + rowByteCount($1) }
    var cutter = ChunkCutter(header: header, first: first, reserving: byteCount)
    var start = owned.startIndex
    while start < owned.endIndex {
      let table = rows[owned[start]].table
      var end = start + 1
      while end < owned.endIndex, rows[owned[end]].table == table { end += 1 }
      write(owned[start..<end], of: tables[Int(table)], to: &cutter)
      start = end
    }
    return cutter.finish()
  }

  /// About what stands before the rows of a table: its name and two numbers.
  private static let sectionByteCount = 32

  /// Bytes of a row, its key at its longest.
  private func rowByteCount(_ index: Int) -> Int {
    rows[index].end - (index == 0 ? 0 : rows[index - 1].end) + 10
  }

  private func write(_ owned: ArraySlice<Int>, of table: Table, to cutter: inout ChunkCutter) {
    cutter.append(
      RowSection(table: table.name, columnCount: table.columnCount, rowCount: owned.count).encode()[
        ...])
    let (rows, values) = (rows, values)
    var previous: Int64 = 0
    for index in owned {
      let row = rows[index]
      if table.hasRowID {
        cutter.appendKey(row.key &- previous)
        previous = row.key
      }
      let start = index == 0 ? 0 : rows[index - 1].end
      cutter.append(values[start..<row.end])
    }
  }
}

/// Cuts one owner's records in one segment into chunks, each with its header. [F-ROW-1]
package struct ChunkCutter {
  private let header: ChunkHeader
  private var chunks: [[UInt8]] = []
  private var current: [UInt8] = []
  private var headerByteCount = 0

  /// `header` is that of the first chunk, `first` its encoding, which segments of many owners make once; room is
  /// made for `byteCount` bytes.
  init(header: ChunkHeader, first: [UInt8], reserving byteCount: Int) {
    self.header = header
    current.reserveCapacity(first.count + min(byteCount, Limits.rowChunkByteCount))
    current += first
    headerByteCount = first.count
  }

  /// For one owner in one segment; in a tree `table` is empty and `lower` 0.
  package init(origin: String, table: String, lower: Int64) {
    let header = ChunkHeader(origin: origin, table: table, lower: lower, part: 0)
    self.init(header: header, first: header.encode(), reserving: 0)
  }

  private mutating func open() {
    current = ChunkHeader(
      origin: header.origin, table: header.table, lower: header.lower, part: UInt32(chunks.count)
    ).encode()
    headerByteCount = current.count
  }

  private var room: Int { Limits.rowChunkByteCount - (current.count - headerByteCount) }

  /// Adds bytes that belong together; only what is larger than a chunk is cut within.
  package mutating func append(_ bytes: ArraySlice<UInt8>) {
    if bytes.count > room, current.count > headerByteCount { close() }
    var rest = bytes
    while rest.count > room {
      let filling = rest.prefix(room)
      current += filling
      rest = rest.dropFirst(filling.count)
      close()
    }
    current += rest
  }

  /// A row id, as the signed difference to the one before it.
  mutating func appendKey(_ step: Int64) {
    // Ten bytes hold any number; fewer than that of room are left unused.
    if room < 10, current.count > headerByteCount { close() }
    var rest = UInt64(bitPattern: step << 1 ^ step >> 63)
    while rest >= 0x80 {
      current.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    current.append(UInt8(rest))
  }

  private mutating func close() {
    chunks.append(current)
    open()
  }

  /// The plaintexts in order, each with its header; none where nothing was added.
  package consuming func finish() -> [[UInt8]] {
    if current.count > headerByteCount { chunks.append(current) }
    return chunks
  }
}
