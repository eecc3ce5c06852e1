@testable import Origins
import TestKit
import Testing

@Suite struct `Segments rest where rows rest` {
  private typealias Previous = SegmentPlan.Previous

  /// Segments of so many rows of 100 bytes, one key to a row.
  private func segments(_ counts: [Int]) -> [Previous] {
    var lower = Int64.min
    var next: Int64 = 1
    return counts.map { count in
      defer {
        next += Int64(count)
        lower = next
      }
      return Previous(lower: lower, recordCount: count, byteCount: count * 100)
    }
  }

  /// Row counts of the segments that a plan's bounds make of keys 1 to `count`.
  private func rowCounts(_ plan: SegmentPlan, _ count: Int) -> [Int] {
    cut(plan, keys: Array(1...Int64(count))).map(\.count)
  }

  private func cut(_ plan: SegmentPlan, keys: [Int64], rowByteCount: Int = 100) -> [[Int64]] {
    var cutter = SegmentCutter(plan: plan, highest: keys.last ?? 0)
    var result: [[Int64]] = []
    var open: [Int64] = []
    for key in keys {
      if !open.isEmpty,
        cutter.cuts(before: key, rowCount: open.count, byteCount: open.count * rowByteCount)
      {
        result.append(open)
        open = []
      }
      open.append(key)
    }
    return result + (open.isEmpty ? [] : [open])
  }

  private func plan(_ segments: [[Int64]], rowByteCount: Int = 100) -> SegmentPlan {
    SegmentPlan(
      previous: segments.enumerated().map { index, keys in
        Previous(
          lower: index == 0 ? .min : keys[0], recordCount: keys.count,
          byteCount: keys.count * rowByteCount)
      })
  }

  /// Four that rest are merged; the eight newest are left; what is full stays.
  @Test(
    arguments: [
      ([], []), ([300], [300]),
      (Array(repeating: 512, count: 11), Array(repeating: 512, count: 11)),
      (Array(repeating: 512, count: 12), [2048] + Array(repeating: 512, count: 8)),
      (
        [8192] + Array(repeating: 512, count: 12),
        [8192, 2048] + Array(repeating: 512, count: 8)
      ),
      (
        Array(repeating: 2048, count: 4) + Array(repeating: 512, count: 8),
        [8192] + Array(repeating: 512, count: 8)
      ),
      (
        Array(repeating: 9000, count: 5) + Array(repeating: 512, count: 8),
        Array(repeating: 9000, count: 5) + Array(repeating: 512, count: 8)
      ),
    ] as [([Int], [Int])])
  func `what rests is merged by fours, the newest is left fine`(
    _ before: [Int], _ after: [Int]
  ) {
    let plan = SegmentPlan(previous: segments(before))
    let total = before.reduce(0, +)
    guard total > 0 else {
      #expect(plan.bounds.isEmpty)
      return
    }
    #expect(rowCounts(plan, total) == after)
  }

  @Test func `segments partition the rows, and a second scan of the same rows ends the same way`() {
    var random = Seed.generator("segments")
    for _ in 0..<60 {
      let rowByteCount = [20, 100, 2_000, 40_000].randomElement(using: &random) ?? 100
      let step = Int.random(in: 1...50, using: &random)
      var key = Int64.random(in: -5_000...5_000, using: &random)
      let keys = (0..<Int.random(in: 1...12_000, using: &random)).map { _ in
        key += Int64.random(in: 1...Int64(step), using: &random)
        return key
      }
      var last = cut(SegmentPlan(previous: []), keys: keys, rowByteCount: rowByteCount)
      #expect(last.flatMap { $0 } == keys, "\(Seed.hint)")
      // Merging settles after a few rounds; then nothing is sent again.
      for _ in 0..<3 {
        last = cut(
          plan(last, rowByteCount: rowByteCount), keys: keys, rowByteCount: rowByteCount)
        #expect(last.flatMap { $0 } == keys, "\(Seed.hint)")
      }
      let again = cut(
        plan(last, rowByteCount: rowByteCount), keys: keys, rowByteCount: rowByteCount)
      #expect(again == last, "\(Seed.hint)")
    }
  }

  @Test func `what is appended changes a bounded number of rows' segments`() {
    var keys = Array(Int64(1)...40_000)
    var before = cut(SegmentPlan(previous: []), keys: keys)
    for _ in 0..<3 { before = cut(plan(before), keys: keys) }
    var sentCount = 0
    let runCount = 40
    for _ in 0..<runCount {
      keys += (keys[keys.count - 1] + 1)...(keys[keys.count - 1] + 100)
      let after = cut(plan(before), keys: keys)
      let known = Set(before)
      let sent = after.filter { !known.contains($0) }.reduce(0) { $0 + $1.count }
      // The open segment, and at most one merge in each of two tiers.
      #expect(sent <= 2 * 512 + 4 * 512 + 4 * 2048)
      sentCount += sent
      before = after
    }
    // 4,000 rows came; each is sent some times while its segment fills, and once for each tier.
    #expect(sentCount <= runCount * (512 + 100) * 2 + 3 * 4_000 + 8192)
  }

  @Test func `a segment that grows within is split before it is too large to restore`() {
    let plan = SegmentPlan(
      previous: [
        Previous(lower: .min, recordCount: 10, byteCount: 1_000),
        Previous(lower: 1_000_000, recordCount: 10, byteCount: 1_000),
      ])
    let cut = cut(plan, keys: Array(1...2_000), rowByteCount: 1 << 20)
    for segment in cut.dropLast() {
      #expect(segment.count << 20 <= SegmentCutter.most.byteCount + 1 << 20)
    }
  }
}
