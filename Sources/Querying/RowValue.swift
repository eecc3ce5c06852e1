/// One value of a row as the database stores it, borrowed until the cursor moves on.
package struct RowValue {
  /// The five storage classes; the raw values are SQLite's own.
  package enum Kind: UInt8, Sendable {
    /// A signed integer of 64 bits.
    case integer = 1
    /// A floating point number of 64 bits.
    case real = 2
    /// Text in the encoding of the database, which may be malformed.
    case text = 3
    /// Bytes.
    case blob = 4
    /// No value.
    case null = 5
  }

  /// The storage class.
  package var kind: Kind

  /// The integer in two's complement, or the number as IEEE 754 bits; 0 otherwise.
  package var bits: UInt64

  /// The bytes of a text or blob, untouched; empty otherwise.
  package var bytes: UnsafeRawBufferPointer

  /// The absence of a value.
  package static var null: RowValue {
    RowValue(kind: .null, bits: 0, bytes: .init(start: nil, count: 0))
  }

  /// An integer.
  package static func integer(_ value: Int64) -> RowValue {
    RowValue(kind: .integer, bits: UInt64(bitPattern: value), bytes: .init(start: nil, count: 0))
  }

  /// A floating point number, exact to the bit.
  package static func real(_ value: Double) -> RowValue {
    RowValue(kind: .real, bits: value.bitPattern, bytes: .init(start: nil, count: 0))
  }

  /// Text in the encoding of the database; the bytes must outlive the use of the value.
  package static func text(_ bytes: UnsafeRawBufferPointer) -> RowValue {
    RowValue(kind: .text, bits: 0, bytes: bytes)
  }

  /// A blob; the bytes must outlive the use of the value.
  package static func blob(_ bytes: UnsafeRawBufferPointer) -> RowValue {
    RowValue(kind: .blob, bits: 0, bytes: bytes)
  }

  /// Creates a value from its parts.
  package init(kind: Kind, bits: UInt64, bytes: UnsafeRawBufferPointer) {
    self.kind = kind
    self.bits = bits
    self.bytes = bytes
  }

  /// The integer, meaningful for that kind alone.
  package var integer: Int64 { Int64(bitPattern: bits) }

  /// The floating point number, meaningful for that kind alone.
  package var real: Double { Double(bitPattern: bits) }
}
