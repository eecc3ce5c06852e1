/// One row in the text form of COPY, read into values; made once and filled anew by every row.
package struct CopyRow {
  /// Why a line is no row.
  package struct Malformed: Error, Equatable {
    /// The sentence's end.
    package let reason: String
  }

  /// All values, one after the other.
  private var bytes: [UInt8] = []
  /// Where each value ends, and whether it is NULL.
  private var ends: [(end: Int, isNull: Bool)] = []

  /// A row of nothing.
  package init() {}

  /// The number of values.
  package var count: Int { ends.count }

  /// Whether a value is there and NULL; one that is not there is NULL as well.
  package func isNull(_ column: Int) -> Bool { column >= ends.count || ends[column].isNull }

  /// The values' bytes, for ``range(_:)``.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let span = bytes.span
    return try span.withUnsafeBytes { (buffer) throws(Failure) in try body(buffer) }
  }

  /// Where a value lies in the bytes.
  package func range(_ column: Int) -> Range<Int> {
    (column == 0 ? 0 : ends[column - 1].end)..<ends[column].end
  }

  /// A value's own bytes; nil for NULL.
  package func utf8(_ column: Int) -> [UInt8]? {
    isNull(column) ? nil : Array(bytes[range(column)])
  }

  /// A value as a string, malformed parts replaced; nil for NULL.
  package func text(_ column: Int) -> String? {
    utf8(column).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A value as a number; nil for NULL and what is none.
  package func integer(_ column: Int) -> Int64? { text(column).flatMap { Int64($0) } }

  /// Reads a line, as below.
  package mutating func parse(_ line: [UInt8]) throws(Malformed) {
    let span = line.span
    try span.withUnsafeBytes { (buffer) throws(Malformed) in try parse(buffer) }
  }

  /// Reads a line, with or without the line feed that ends it.
  package mutating func parse(_ line: UnsafeRawBufferPointer) throws(Malformed) {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    var count = line.count
    if count > 0, line[count - 1] == UInt8(ascii: "\n") { count -= 1 }
    var (position, start, isNull) = (0, 0, false)
    while position < count {
      let byte = line[position]
      if byte == UInt8(ascii: "\t") {
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: line[start..<position]))
        ends.append((bytes.count, isNull))
        isNull = false
        position += 1
        start = position
      } else if byte == UInt8(ascii: "\\") {
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: line[start..<position]))
        guard position + 1 < count else { throw Malformed(reason: "a row ends with a backslash") }
        let (value, next) = Self.escaped(line, position + 1)
        if let value { bytes.append(value) } else { isNull = true }
        position = next
        start = position
      } else {
        position += 1
      }
    }
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: line[start..<count]))
    ends.append((bytes.count, isNull))
  }

  /// What stands behind a backslash, and where it ends; nil for NULL.
  private static func escaped(
    _ line: UnsafeRawBufferPointer, _ position: Int
  ) -> (value: UInt8?, next: Int) {
    let value: UInt8? =
      switch line[position] {
      case UInt8(ascii: "N"): nil
      case UInt8(ascii: "b"): 8
      case UInt8(ascii: "t"): 9
      case UInt8(ascii: "n"): 10
      case UInt8(ascii: "v"): 11
      case UInt8(ascii: "f"): 12
      case UInt8(ascii: "r"): 13
      default: line[position]
      }
    return (value, position + 1)
  }
}

/// Writes rows in the text form of COPY, as the server itself does.
package struct CopyWriter {
  /// What was written and not taken.
  package private(set) var bytes: [UInt8] = []
  private var isFirst = true

  /// A writer of nothing.
  package init() {}

  /// Forgets what was written.
  package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Adds text that is no row.
  package mutating func append(_ text: some Sequence<UInt8>) { bytes.append(contentsOf: text) }

  private mutating func separate() {
    if !isFirst { bytes.append(UInt8(ascii: "\t")) }
    isFirst = false
  }

  /// Adds a NULL to the row.
  package mutating func null() {
    separate()
    bytes.append(UInt8(ascii: "\\"))
    bytes.append(UInt8(ascii: "N"))
  }

  /// Adds a value to the row.
  package mutating func value(_ value: UnsafeRawBufferPointer) {
    separate()
    var start = 0
    for (position, byte) in value.enumerated() {
      guard let letter = Self.letter(for: byte) else { continue }
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: value[start..<position]))
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(letter)
      start = position + 1
    }
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: value[start...]))
  }

  /// Ends the row.
  package mutating func endRow() {
    bytes.append(UInt8(ascii: "\n"))
    isFirst = true
  }

  @inline(__always)
  private static func letter(for byte: UInt8) -> UInt8? {
    guard byte <= 13 || byte == UInt8(ascii: "\\") else { return nil }
    return switch byte {
    case 8: UInt8(ascii: "b")
    case 9: UInt8(ascii: "t")
    case 10: UInt8(ascii: "n")
    case 11: UInt8(ascii: "v")
    case 12: UInt8(ascii: "f")
    case 13: UInt8(ascii: "r")
    case UInt8(ascii: "\\"): UInt8(ascii: "\\")
    default: nil
    }
  }
}
