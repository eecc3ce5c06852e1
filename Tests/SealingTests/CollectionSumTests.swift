import Sealing
import TestKit
import Testing

@Suite struct `Equal sums mean equal collections` {
  private let key = Random.bytes(CollectionSum.keyByteCount)

  private func sum(_ parts: [[UInt8]]) -> CollectionSum {
    var sum = CollectionSum(key: key)
    for part in parts { part.withUnsafeBytes { sum.add($0) } }
    return sum
  }

  private func parts(_ random: inout SeededRandom) -> [[UInt8]] {
    (0..<200).map { _ in random.bytes(Int.random(in: 0...40, using: &random)) }
  }

  @Test func `the order of the parts does not matter`() {
    var random = Seed.generator("order")
    let parts = parts(&random)
    #expect(sum(parts) == sum(parts.shuffled(using: &random)), "\(Seed.hint)")
  }

  @Test func `every changed bit, missing part and doubled part matters`() {
    var random = Seed.generator("sensitivity")
    let parts = parts(&random)
    let whole = sum(parts)
    for index in parts.indices {
      var other = parts
      other.remove(at: index)
      #expect(sum(other) != whole, "\(Seed.hint)")
      other = parts + [parts[index]]
      #expect(sum(other) != whole, "\(Seed.hint)")
      guard !parts[index].isEmpty else { continue }
      other = parts
      other[index][other[index].count - 1] ^= 1 << UInt8(index % 8)
      #expect(sum(other) != whole, "\(Seed.hint)")
    }
  }

  @Test func `how bytes are divided into parts matters`() {
    #expect(sum([[1, 2], [3]]) != sum([[1], [2, 3]]))
    #expect(sum([[]]) != sum([]))
    #expect(sum([[], []]).count == 2)
  }

  @Test func `another key gives another sum`() {
    var other = CollectionSum(key: Random.bytes(CollectionSum.keyByteCount))
    [UInt8]([1, 2, 3]).withUnsafeBytes { other.add($0) }
    #expect(other != sum([[1, 2, 3]]))
  }
}
