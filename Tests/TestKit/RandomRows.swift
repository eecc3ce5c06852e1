package import Format

/// A row as tests make and compare it.
package struct TestRow: Equatable, Sendable {
  /// A value with its bytes.
  package enum Value: Equatable, Sendable {
    /// NULL.
    case null
    /// A 64-bit integer.
    case integer(Int64)
    /// The bits of a double.
    case real(UInt64)
    /// Text, in the database's encoding.
    case text([UInt8])
    /// Bytes.
    case blob([UInt8])
  }

  /// The row id.
  package let key: Int64
  /// The values, one for each column.
  package let values: [Value]
}

/// The rows of one table in one chunk.
package struct TestSection: Equatable, Sendable {
  /// The table's name.
  package let table: String
  /// How many values every row has.
  package let columnCount: Int
  /// The rows.
  package let rows: [TestRow]

  /// Writes sections as a chunk's body holds them, every table with row ids.
  package static func encode(_ sections: [TestSection]) -> [UInt8] {
    var body: [UInt8] = []
    for section in sections {
      var head = ByteWriter()
      RowSection(
        table: section.table, columnCount: section.columnCount, rowCount: section.rows.count
      ).encode(to: &head)
      body += head.bytes
      var previous: Int64 = 0
      for row in section.rows {
        var key = ByteWriter()
        key.signed(row.key &- previous)
        previous = row.key
        body += key.bytes + encode(row.values)
      }
    }
    return body
  }

  private static func encode(_ values: [TestRow.Value]) -> [UInt8] {
    var writer = RowWriter()
    for value in values {
      switch value {
      case .null: writer.null()
      case .integer(let number): writer.integer(number)
      case .real(let bits): writer.real(bits: bits)
      case .text(let bytes): bytes.withUnsafeBytes { writer.text($0) }
      case .blob(let bytes): bytes.withUnsafeBytes { writer.blob($0) }
      }
    }
    return writer.bytes
  }

  /// Reads what ``encode(_:)`` wrote.
  package static func decode(_ body: [UInt8]) throws(FormatError) -> [TestSection] {
    var reader = RowReader(body)
    var sections: [TestSection] = []
    while !reader.isAtEnd {
      let head = try reader.section()
      var rows: [TestRow] = []
      var key: Int64 = 0
      for _ in 0..<head.rowCount {
        key = try reader.key(after: key)
        var values: [TestRow.Value] = []
        for _ in 0..<head.columnCount { values.append(value(try reader.value(), body)) }
        rows.append(TestRow(key: key, values: values))
      }
      sections.append(TestSection(table: head.table, columnCount: head.columnCount, rows: rows))
    }
    return sections
  }

  private static func value(_ value: RowValue, _ body: [UInt8]) -> TestRow.Value {
    switch value {
    case .null: .null
    case .integer(let number): .integer(number)
    case .real(let bits): .real(bits)
    case .text(let range): .text(Array(body[range]))
    case .blob(let range): .blob(Array(body[range]))
    }
  }
}

extension SeededRandom {
  /// The rows of one table.
  package mutating func section() -> TestSection {
    let columnCount = Int.random(in: 0...4, using: &self)
    return TestSection(
      table: text(0...24), columnCount: columnCount,
      rows: list(4) { random in
        TestRow(key: random.signed(), values: (0..<columnCount).map { _ in random.value() })
      })
  }

  private mutating func value() -> TestRow.Value {
    switch Int.random(in: 0..<5, using: &self) {
    case 0: .null
    case 1: .integer(signed())
    case 2: .real(next())
    case 3: .text(bytes(Int.random(in: 0...70, using: &self)))
    default: .blob(bytes(Int.random(in: 0...70, using: &self)))
    }
  }
}
