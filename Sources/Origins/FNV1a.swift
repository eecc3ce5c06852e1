/// The hash of Fowler, Noll and Vo, of 64 bits: small and quick, for what nobody gains by making collide.
package struct FNV1a: Sendable {
  /// The hash of what was taken in so far.
  package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The hash of nothing.
  package init() {}

  /// Takes in a number at once.
  mutating func mix(_ word: UInt64) { value = (value ^ word) &* 0x100_0000_01b3 }

  /// Takes in bytes, one after the other.
  package mutating func mix(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { mix(UInt64(byte)) }
  }

  /// What a row without a row id, or a path, is known by where it begins a segment.
  package var mark: Int64 { Int64(bitPattern: value ^ value >> 29) }
}
