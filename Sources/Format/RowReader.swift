/// One value of a row; text and blobs are ranges of the bytes being read. [F-ROW-3]
package enum RowValue: Equatable, Sendable {
  case null
  case integer(Int64)
  /// The bits of an IEEE 754 double.
  case real(UInt64)
  case text(Range<Int>)
  case blob(Range<Int>)
}

/// The head of a run of rows of one table. [F-ROW-2]
package struct RowSection: Equatable, Sendable {
  /// At most 255 bytes; a reader refuses a table that the segment does not list.
  package let table: String
  /// Values of each row, at most 32,767; a key step is none.
  package let columnCount: Int
  /// Rows that follow this head.
  package let rowCount: Int

  /// Makes a head of its fields.
  package init(table: String, columnCount: Int, rowCount: Int) {
    self.table = table
    self.columnCount = columnCount
    self.rowCount = rowCount
  }

  /// Writes the head alone; its rows follow, each its key step, if there is one, and its values.
  package func encode(to writer: inout ByteWriter) {
    writer.text(table)
    writer.count(columnCount)
    writer.count(rowCount)
  }
}

/// Decodes the joined body of one owner's row chunks. [F-ROW-2]
package struct RowReader {
  private let bytes: [UInt8]
  /// Where the next byte is read, from the body's beginning.
  package private(set) var offset = 0

  /// Begins at the first byte; the caller has seen to the limit of joined bodies. [F-ROW-1]
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether no section follows; a body has no count of them.
  package var isAtEnd: Bool { offset == bytes.count }

  /// Goes back to an offset at which a row's values were found to begin.
  package mutating func seek(to offset: Int) {
    precondition((0...bytes.count).contains(offset), "an offset within the body")
    self.offset = offset
  }

  /// The head of the next section.
  ///
  /// A long name and too many columns are `over-limit`; more rows than the rest can hold are
  /// `truncated`, so that a short body cannot ask for a large allocation.
  package mutating func section() throws(FormatError) -> RowSection {
    let name = try range(limit: Limits.nameByteCount)
    guard let table = String(validating: bytes[name], as: UTF8.self) else {
      throw FormatError(.malformed, "a table's name is not UTF-8")
    }
    let columnCount = try varint()
    guard columnCount <= UInt64(Limits.columnCount) else {
      throw FormatError(.overLimit, "a section of table \(table) has \(columnCount) columns")
    }
    let rowCount = try varint()
    // Every value takes a byte at least, every row of no columns its key.
    guard rowCount <= UInt64(bytes.count - offset) / max(1, columnCount) else { throw truncated }
    return RowSection(table: table, columnCount: Int(columnCount), rowCount: Int(rowCount))
  }

  /// The row id, given the one before it in the section (0 for the first); sums wrap around.
  package mutating func key(after previous: Int64) throws(FormatError) -> Int64 {
    let raw = try varint()
    return previous &+ (Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1))
  }

  /// The next value; `truncated` where a text or blob is longer than what is left.
  package mutating func value() throws(FormatError) -> RowValue {
    let head = try varint()
    switch head {
    case 0: return .null
    case 1:
      let raw = try varint()
      return .integer(Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1))
    case 2:
      guard bytes.count - offset >= 8 else { throw truncated }
      defer { offset += 8 }
      return .real(bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) })
    case 3: throw FormatError(.malformed, "a value of unknown type")
    default:
      let count = (head - 4) >> 1
      guard count <= UInt64(bytes.count - offset) else { throw truncated }
      let range = offset..<offset + Int(count)
      offset = range.upperBound
      return head & 1 == 0 ? .text(range) : .blob(range)
    }
  }

  private var truncated: FormatError { FormatError(.truncated, "a row ends within a value") }

  private mutating func range(limit: Int) throws(FormatError) -> Range<Int> {
    let count = try varint()
    guard count <= UInt64(limit) else { throw FormatError(.overLimit, "a name of \(count) bytes") }
    guard count <= UInt64(bytes.count - offset) else { throw truncated }
    defer { offset += Int(count) }
    return offset..<offset + Int(count)
  }

  /// As ``ByteReader/varint()``. [F-ENC-2]
  @inline(__always)
  private mutating func varint() throws(FormatError) -> UInt64 {
    // Most numbers of a row are short.
    if offset < bytes.count, bytes[offset] < 0x80 {
      defer { offset += 1 }
      return UInt64(bytes[offset])
    }
    return try longVarint()
  }

  private mutating func longVarint() throws(FormatError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift <= 63 {
      guard offset < bytes.count else { throw truncated }
      let byte = bytes[offset]
      offset += 1
      let bits = UInt64(byte & 0x7f)
      guard shift < 63 || bits <= 1 else { break }
      value |= bits << shift
      if byte < 0x80 {
        guard byte != 0 || shift == 0 else { break }
        return value
      }
      shift += 7
    }
    throw FormatError(.malformed, "a number is not in its shortest form")
  }
}
