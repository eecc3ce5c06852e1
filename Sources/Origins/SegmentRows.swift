internal import Format

/// Where the rows of a segment lie in its bodies, in the order in which they must be inserted.
struct SegmentRows {
  /// What a section's head must agree with.
  struct Table {
    let columnCount: Int
    let hasRowid: Bool
  }

  struct Row {
    let key: Int64
    let table: UInt32
    let body: UInt32
    private let start: UInt32
    private let end: UInt32

    init(table: UInt32, key: Int64, body: Int, bytes: Range<Int>) {
      (self.table, self.key, self.body) = (table, key, UInt32(body))
      // A body has 64 MiB at most.
      (start, end) = (UInt32(bytes.lowerBound), UInt32(bytes.upperBound))
    }

    /// Its values in its body.
    var bytes: Range<Int> { Int(start)..<Int(end) }
  }

  private(set) var rows: [Row] = []
  private var bodyCount = 0

  /// Finds the rows of the next body; `table` tells of the table with a name.
  mutating func add(
    _ body: [UInt8], table: (String) throws -> (number: UInt32, Table)
  ) throws {
    var reader = RowReader(body)
    while !reader.isAtEnd {
      let section = try reader.section()
      let (number, layout) = try table(section.table)
      guard section.columnCount == layout.columnCount else {
        throw FormatError(.malformed, "rows with another number of columns than their table")
      }
      var key: Int64 = 0
      for _ in 0..<section.rowCount {
        if layout.hasRowid { key = try reader.key(after: key) }
        let start = reader.offset
        for _ in 0..<section.columnCount { _ = try reader.value() }
        rows.append(
          Row(table: number, key: key, body: bodyCount, bytes: start..<reader.offset))
      }
    }
    bodyCount += 1
  }

  /// Puts the rows into the order of their tables and keys; rows without a key stay as they come.
  mutating func sort() {
    rows.sort { one, other in
      one.table == other.table ? one.key < other.key : one.table < other.table
    }
  }
}
