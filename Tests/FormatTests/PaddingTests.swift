@testable import Format
import TestKit
import Testing

@Suite struct `Sizes of packs tell little` {
  private func sizes() -> [Int] {
    var random = Seed.generator("padding")
    let edges = [
      1, 2, Limits.minimumPackByteCount, Limits.packByteCount, Limits.maximumPackByteCount,
    ]
    return edges.flatMap { [$0 - 1, $0, $0 + 1] }.filter { $0 > 0 }
      + (0..<20_000).map { _ in Int.random(in: 1...Limits.maximumPackByteCount, using: &random) }
  }

  @Test func `nothing is cut off, and at most 12 % above the least size is added`() {
    for size in sizes() {
      let padded = Padding.paddedByteCount(size, isLast: true)
      #expect(padded >= size, "\(size); \(Seed.hint)")
      #expect(
        padded * 100 <= max(size, Limits.minimumPackByteCount) * 112, "\(size); \(Seed.hint)")
    }
  }

  @Test func `every full pack has the one size`() {
    for size in sizes() where size <= Limits.packByteCount {
      #expect(Padding.paddedByteCount(size, isLast: false) == Limits.packByteCount)
      #expect(Padding.paddedByteCount(size, isLast: true) <= Limits.packByteCount)
    }
  }

  @Test func `sizes lie on a grid: few are possible, and each pads to itself`() {
    let padded = Set(sizes().map { Padding.paddedByteCount($0, isLast: true) })
    // Between 2^16 and 2^24 an exponent of 5 bits leaves 2^5 sizes to each power of two.
    #expect(padded.count <= 9 * 32 + 4)
    for size in padded { #expect(Padding.paddedByteCount(size, isLast: true) == size) }
  }

  @Test func `more bytes never make a smaller pack`() {
    let sizes = sizes().sorted()
    for (one, next) in zip(sizes, sizes.dropFirst()) {
      #expect(
        Padding.paddedByteCount(one, isLast: true) <= Padding.paddedByteCount(next, isLast: true))
    }
  }

  @Test(arguments: [
    (0, 0), (1, 1), (9, 10), (100, 104), (1 << 20, 1 << 20), ((1 << 20) + 1, 1_081_344),
  ])
  func `the grid is Padmé's`(_ byteCount: Int, _ padded: Int) {
    #expect(Padding.padme(byteCount) == padded)
  }
}
