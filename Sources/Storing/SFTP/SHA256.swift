/// SHA-256 (FIPS 180-4), for the fingerprints people compare and nothing else.
///
/// The encryption library belongs to a sibling module, and libssh2 hashes only the server's key,
/// never the pinned one.
enum SHA256 {
  /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = primes(64).map { fraction(of: $0, root: 3) }
  /// The same of the square roots of the first 8 primes.
  private static let start: [UInt32] = primes(8).map { fraction(of: $0, root: 2) }

  /// Returns the 32-byte digest.
  static func digest(_ message: [UInt8]) -> [UInt8] {
    var padded = message + [0x80]
    padded += [UInt8](repeating: 0, count: (120 - padded.count % 64) % 64)
    padded += bigEndian(UInt64(message.count) * 8)
    var state = start
    for block in stride(from: 0, to: padded.count, by: 64) {
      compress(padded[block..<block + 64], into: &state)
    }
    return state.flatMap(bigEndian)
  }

  private static func compress(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
    var words = stride(from: block.startIndex, to: block.endIndex, by: 4).map { index in
      block[index..<index + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    for index in 16..<64 {
      let (early, late) = (words[index - 15], words[index - 2])
      let low = rotate(early, 7) ^ rotate(early, 18) ^ early >> 3
      let high = rotate(late, 17) ^ rotate(late, 19) ^ late >> 10
      words.append(words[index - 16] &+ low &+ words[index - 7] &+ high)
    }
    var turn = state
    for index in 0..<64 {
      let (a, e) = (turn[0], turn[4])
      let choice = (e & turn[5]) ^ (~e & turn[6])
      let majority = (a & turn[1]) ^ (a & turn[2]) ^ (turn[1] & turn[2])
      let first =
        turn[7] &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ choice
        &+ constants[index] &+ words[index]
      let second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
      turn = [first &+ second, a, turn[1], turn[2], turn[3] &+ first, e, turn[5], turn[6]]
    }
    for index in 0..<8 { state[index] &+= turn[index] }
  }

  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
  }

  private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian, Array.init)
  }

  private static func primes(_ count: Int) -> [Int] {
    var found: [Int] = []
    var candidate = 2
    while found.count < count {
      if !found.contains(where: { candidate.isMultiple(of: $0) }) { found.append(candidate) }
      candidate += 1
    }
    return found
  }

  /// The first 32 fractional bits of a root: the largest x with x^root <= prime * 2^(32 * root).
  private static func fraction(of prime: Int, root: Int) -> UInt32 {
    // 36 bits hold the roots of primes up to 311, whose square root is below 18; their cubes need
    // 108 bits.
    var value: UInt128 = 0
    for bit in stride(from: 36, through: 0, by: -1) {
      let candidate = value | 1 << UInt128(bit)
      let power = (0..<root).reduce(UInt128(1)) { product, _ in product * candidate }
      if power <= UInt128(prime) << UInt128(32 * root) { value = candidate }
    }
    return UInt32(truncatingIfNeeded: value)
  }
}
