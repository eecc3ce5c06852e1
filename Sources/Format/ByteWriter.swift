/// Builds the bytes of one object. [F-ENC-1]
package struct ByteWriter {
  /// All that was written so far.
  package private(set) var bytes: [UInt8] = []

  /// Begins an object, with no bytes yet.
  package init() {}

  /// Begins another object in the same room.
  package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Bytes as they are, with no length before them.
  package mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }
  /// One byte: a kind, a state, or a flag's 0 or 1.
  package mutating func byte(_ value: UInt8) { bytes.append(value) }

  /// Four bytes, little-endian.
  package mutating func fixed32(_ value: UInt32) {
    for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  /// Eight bytes, little-endian.
  package mutating func fixed64(_ value: UInt64) {
    fixed32(UInt32(truncatingIfNeeded: value))
    fixed32(UInt32(truncatingIfNeeded: value >> 32))
  }

  /// Seven bits a byte, least significant first, in the fewest bytes. [F-ENC-2]
  package mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// A varint; a negative number traps, for it can only be our own mistake. [F-ENC-4]
  package mutating func count(_ value: Int) { varint(UInt64(value)) }

  /// Zigzag, so that small negative numbers are short. [F-ENC-3]
  package mutating func signed(_ value: Int64) {
    varint(UInt64(bitPattern: value << 1 ^ value >> 63))
  }

  /// A length and that many bytes. [F-ENC-4]
  package mutating func string(_ value: some Collection<UInt8>) {
    count(value.count)
    bytes.append(contentsOf: value)
  }

  /// A string of the text's UTF-8, which is never normalised. [F-ENC-4]
  package mutating func text(_ value: String) {
    var value = value
    value.withUTF8 { string($0) }
  }

  /// The sixteen bytes of an id, most significant first. [F-ID-1]
  package mutating func identifier<Kind>(_ value: Identifier<Kind>) {
    for word in [value.high, value.low] {
      for shift in stride(from: UInt64(56), through: 8, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
      bytes.append(UInt8(truncatingIfNeeded: word))
    }
  }

  /// The 32 bytes of a hash, with no length before them.
  package mutating func digest(_ value: Digest) { append(value.bytes) }
}
