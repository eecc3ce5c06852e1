/// Encodes rows one value at a time, without an allocation for any of them. [F-ROW-3]
package struct RowWriter {
  /// All that was written since the buffer was last emptied.
  package private(set) var bytes: [UInt8] = []

  /// Makes room for `byteCount` bytes at once.
  package init(reserving byteCount: Int = 0) { bytes.reserveCapacity(byteCount) }

  /// Writes into a buffer that was used before; what is in it goes.
  package init(reusing buffer: consuming [UInt8]) {
    bytes = consume buffer
    bytes.removeAll(keepingCapacity: true)
  }

  /// Empties the buffer and keeps its room.
  package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// The byte 0.
  package mutating func null() { bytes.append(0) }

  /// The byte 1, and the number as a signed. [F-ENC-3]
  package mutating func integer(_ value: Int64) {
    bytes.append(1)
    varint(UInt64(bitPattern: value << 1 ^ value >> 63))
  }

  /// The eight bytes of an IEEE 754 double, little-endian, so that −0.0 and every NaN stay.
  package mutating func real(bits: UInt64) {
    bytes.append(2)
    for shift in stride(from: UInt64(0), through: 56, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
    }
  }

  /// The bytes as the database stores them, in its own encoding.
  package mutating func text(_ value: UnsafeRawBufferPointer) {
    varint(4 + UInt64(value.count) << 1)
    bytes.append(contentsOf: value)
  }

  /// Any bytes, which need not be text in any encoding.
  package mutating func blob(_ value: UnsafeRawBufferPointer) {
    varint(5 + UInt64(value.count) << 1)
    bytes.append(contentsOf: value)
  }

  /// Values that are encoded already.
  package mutating func append(_ encoded: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: encoded)
  }

  /// A bare number, which is no value of a row. [F-ENC-2]
  ///
  /// The proof of a restore puts the number of its table before each row that it sums.
  package mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}
