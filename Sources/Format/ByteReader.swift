/// Takes the bytes of one object apart; every length is checked before anything is allocated for it.
package struct ByteReader {
  private let bytes: [UInt8]
  private var offset: Int
  /// What is being read, for the error message.
  private let subject: String

  /// Begins at the first byte; `subject` is what messages call the object, as in "a log entry".
  package init(_ bytes: [UInt8], subject: String) {
    self.bytes = bytes
    self.subject = subject
    offset = 0
  }

  /// Bytes that were not taken yet.
  package var remaining: Int { bytes.count - offset }

  private var ended: FormatError {
    FormatError(.truncated, "\(subject) ends within a value")
  }

  /// The next `count` bytes; `truncated` where fewer are left.
  package mutating func take(_ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else {
      throw ended
    }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  /// The next byte; `truncated` where none is left.
  package mutating func byte() throws(FormatError) -> UInt8 {
    guard offset < bytes.count else {
      throw ended
    }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// The next bytes as they are in memory: a run reads millions of numbers.
  private mutating func load<Number: FixedWidthInteger & BitwiseCopyable>()
    throws(FormatError) -> Number
  {
    let byteCount = MemoryLayout<Number>.size
    guard byteCount <= remaining else {
      throw ended
    }
    defer { offset += byteCount }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
  }

  /// Four bytes, little-endian; `truncated` where fewer are left. [F-ENC-1]
  package mutating func fixed32() throws(FormatError) -> UInt32 {
    UInt32(littleEndian: try load())
  }

  /// Eight bytes, little-endian; `truncated` where fewer are left. [F-ENC-1]
  package mutating func fixed64() throws(FormatError) -> UInt64 {
    UInt64(littleEndian: try load())
  }

  /// Refuses numbers over 64 bits and longer forms of short numbers. [F-ENC-2]
  package mutating func varint() throws(FormatError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      let byte = try byte()
      let bits = UInt64(byte & 0x7f)
      guard shift < 63 || bits <= 1 else { break }
      value |= bits << shift
      if byte < 0x80 {
        guard byte != 0 || shift == 0 else { break }
        return value
      }
    }
    throw malformed("a number is not in its shortest form")
  }

  /// A varint of the zigzag form; refused for the same reasons as ``varint()``. [F-ENC-3]
  package mutating func signed() throws(FormatError) -> Int64 {
    let raw = try varint()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  /// A count of things, at most `limit` of them, each at least `minimum` bytes long, all of which
  /// must still be there: a short object cannot ask for a large allocation.
  package mutating func count(
    limit: Int, eachAtLeast minimum: Int = 0
  ) throws(FormatError) -> Int {
    let value = try varint()
    guard value <= UInt64(limit) else {
      throw FormatError(.overLimit, "\(subject) holds a count of \(value), more than \(limit)")
    }
    guard minimum == 0 || Int(value) <= remaining / minimum else {
      throw FormatError(.truncated, "\(subject) ends within a list")
    }
    return Int(value)
  }

  /// A varint length and that many bytes. [F-ENC-4]
  ///
  /// A length above `limit` bytes is `over-limit`, even where the bytes would be missing too
  /// (`truncated`).
  package mutating func string(limit: Int) throws(FormatError) -> [UInt8] {
    try Array(take(count(limit: limit)))
  }

  /// A string of at most `limit` bytes, `malformed` unless it is valid UTF-8. [F-ENC-4]
  package mutating func text(limit: Int) throws(FormatError) -> String {
    let bytes = try string(limit: limit)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw malformed("a text is not UTF-8")
    }
    return text
  }

  /// Sixteen bytes; `truncated` where fewer are left. [F-ID-1]
  package mutating func identifier<Kind>() throws(FormatError) -> Identifier<Kind> {
    Identifier(high: UInt64(bigEndian: try load()), low: UInt64(bigEndian: try load()))
  }

  /// The 32 bytes of a hash; `truncated` where fewer are left.
  package mutating func digest() throws(FormatError) -> Digest {
    guard let value = Digest(Array(try take(Digest.byteCount))) else {
      throw malformed("a hash is short")
    }
    return value
  }

  /// One byte, 0 or 1; any other is `malformed`. [F-ENC-4]
  package mutating func flag() throws(FormatError) -> Bool {
    switch try byte() {
    case 0: false
    case 1: true
    default: throw malformed("a flag is neither 0 nor 1")
    }
  }

  /// Nothing may follow the last field. [F-ENC-5]
  package func end() throws(FormatError) {
    guard remaining == 0 else { throw malformed("\(remaining) bytes follow its end") }
  }

  /// A `malformed` error whose message names the object and then the `rule` that it broke.
  package func malformed(_ rule: String) -> FormatError {
    FormatError(.malformed, "\(subject): \(rule)")
  }
}
