/// Damages valid bytes as bad sectors, cut transfers and enemies do.
package struct Mutator {
  private let samples: [[UInt8]]
  private var random: SeededRandom

  /// Works on copies of the samples.
  package init(_ samples: [[UInt8]], random: SeededRandom) {
    self.samples = samples
    self.random = random
  }

  /// A damaged copy of one of the samples.
  package mutating func next() -> [UInt8] {
    var bytes = samples[number(samples.count)]
    for _ in 0...number(3) { damage(&bytes) }
    return bytes
  }

  private mutating func number(_ bound: Int) -> Int { Int(random.next() % UInt64(max(1, bound))) }

  private mutating func damage(_ bytes: inout [UInt8]) {
    let position = number(bytes.count)
    switch number(8) {
    case 0: bytes.removeLast(number(bytes.count))
    case 1: bytes.insert(contentsOf: random.bytes(1 + number(8)), at: position)
    case 2: bytes.removeSubrange(position..<min(bytes.count, position + 1 + number(8)))
    case 3: splice(&bytes, at: position)
    case 4: inflate(&bytes, at: position)
    case 5 where !bytes.isEmpty: bytes[position] = UInt8(truncatingIfNeeded: random.next())
    default: if !bytes.isEmpty { bytes[position] ^= 1 << UInt8(number(8)) }
    }
  }

  /// Puts a stretch of another sample in the place of what is there.
  private mutating func splice(_ bytes: inout [UInt8], at position: Int) {
    let other = samples[number(samples.count)]
    let start = number(other.count)
    let stretch = other[start..<min(other.count, start + 1 + number(24))]
    let end = min(bytes.count, position + number(24))
    bytes.replaceSubrange(position..<end, with: stretch)
  }

  /// Puts a large number in the place of one byte: as a varint, or as 4 or 8 bytes.
  private mutating func inflate(_ bytes: inout [UInt8], at position: Int) {
    let value: UInt64 = random.next() >> UInt64(number(64))
    var digits: [UInt8] = []
    var rest = value
    if number(3) == 0 {
      for _ in 0..<(number(2) == 0 ? 4 : 8) {
        digits.append(UInt8(truncatingIfNeeded: rest))
        rest >>= 8
      }
    } else {
      while rest >= 0x80 {
        digits.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      digits.append(UInt8(truncatingIfNeeded: rest))
    }
    let end = min(bytes.count, position + (number(2) == 0 ? 1 : digits.count))
    bytes.replaceSubrange(position..<end, with: digits)
  }
}
