/// The sizes that packs may have, so that a size tells little about what was sent. [F-PACK-5]
package enum Padding {
  /// The byte count of a pack that holds `byteCount` bytes of prefix, header and chunks.
  ///
  /// Every full pack has the one full size; a shorter (or, for one giant chunk, longer) pack goes up
  /// to the Padmé grid, which wastes at most 12 % and keeps log log n bits of the length.
  package static func paddedByteCount(_ byteCount: Int, isLast: Bool) -> Int {
    if !isLast, byteCount <= Limits.packByteCount { return Limits.packByteCount }
    let padded = max(Limits.minimumPackByteCount, padme(byteCount))
    return byteCount <= Limits.packByteCount ? min(padded, Limits.packByteCount) : padded
  }

  /// Rounds up so that only the leading bits of the length, as many as its exponent has, are free.
  static func padme(_ byteCount: Int) -> Int {
    guard byteCount > 1 else { return byteCount }
    let exponent = Int.bitWidth - 1 - byteCount.leadingZeroBitCount
    let exponentBits = Int.bitWidth - exponent.leadingZeroBitCount
    let mask = (1 << (exponent - exponentBits)) - 1
    return exponent > exponentBits ? (byteCount + mask) & ~mask : byteCount
  }
}
