internal import Format

/// Where the scan of one table is cut into segments.
///
/// Bounds are remembered from snapshot to snapshot: a segment whose rows rest is recognised whole.
/// New rows go into fine segments at the end, so that appending re-sends little; fine segments that
/// are no longer the newest are merged by fours, so that an account costs few chunks.
package struct SegmentPlan: Equatable, Sendable {
  /// A segment of the last snapshot.
  package struct Previous: Equatable, Sendable {
    /// The lowest row id that belongs to it; −2^63 for the first of a table.
    package let lower: Int64
    /// Rows of all owners.
    package let recordCount: Int
    /// Bytes of their values as encoded.
    package let byteCount: Int
    /// What its pages are recognised by; nil if it has to be read whatever they hold.
    package let pages: [UInt8]?

    /// A segment as the agent remembers it.
    package init(lower: Int64, recordCount: Int, byteCount: Int, pages: [UInt8]? = nil) {
      self.lower = lower
      self.recordCount = recordCount
      self.byteCount = byteCount
      self.pages = pages
    }
  }

  /// The tiers that segments grow through: at most so many rows and bytes.
  static let tiers: [(rowCount: Int, byteCount: Int)] = [
    (512, 512 << 10), (2048, 2 << 20), (8192, 8 << 20),
  ]

  /// The newest segments, in which most changes fall, are left fine.
  static let restlessCount = 8

  /// Merged together at a time; each row is sent again once per tier.
  static let mergeCount = 4

  /// The lower bounds to cut at, ascending; the first is open to everything below.
  package let bounds: [Int64]

  /// What the pages of segments that go on as they were are recognised by, by their lower bounds.
  let pages: [Int64: [UInt8]]

  /// What the last segment held; it is not cut before it has grown beyond that.
  let last: Previous?

  /// Merges what rests of the last snapshot's segments, which come in ascending order.
  package init(previous: [Previous]) {
    var merged = previous.dropLast(Self.restlessCount).map { $0 }
    for tier in Self.tiers.indices.dropLast() { merged = Self.merge(merged, tier: tier) }
    let segments = merged + previous.suffix(Self.restlessCount)
    bounds = segments.map(\.lower)
    pages = Dictionary(
      segments.compactMap { segment in segment.pages.map { (segment.lower, $0) } },
      uniquingKeysWith: { first, _ in first })
    last = previous.last
  }

  private static func merge(_ segments: [Previous], tier: Int) -> [Previous] {
    var result: [Previous] = []
    var group: [Previous] = []
    for segment in segments {
      if fits(segment, tier) {
        group.append(segment)
        if group.count == mergeCount {
          result.append(joined(group))
          group = []
        }
      } else {
        result += group
        result.append(segment)
        group = []
      }
    }
    return result + group
  }

  private static func fits(_ segment: Previous, _ tier: Int) -> Bool {
    segment.recordCount <= tiers[tier].rowCount && segment.byteCount <= tiers[tier].byteCount
  }

  private static func joined(_ group: [Previous]) -> Previous {
    Previous(
      lower: group[0].lower, recordCount: group.reduce(0) { $0 + $1.recordCount },
      byteCount: group.reduce(0) { $0 + $1.byteCount })
  }
}

/// Decides, row by row, where the next segment begins.
struct SegmentCutter {
  private let bounds: [Int64]
  private let last: SegmentPlan.Previous?
  private let highest: Int64
  private var next: Int
  private var isPastLast = false
  private var closedRowCount = 0
  private var closedByteCount = 0

  /// `highest` is the table's greatest row id; of a table that is read from a bound on, that is the `first`.
  init(plan: SegmentPlan, highest: Int64, from first: Int64? = nil) {
    bounds = plan.bounds
    last = plan.last
    self.highest = highest
    next = min(1, bounds.count)
    if let first { while next < bounds.count, bounds[next] <= first { next += 1 } }
  }

  /// Whether a row with this key begins a new segment, given what the open one holds.
  mutating func cuts(before key: Int64, rowCount: Int, byteCount: Int) -> Bool {
    if next < bounds.count, key >= bounds[next] {
      while next < bounds.count, key >= bounds[next] { next += 1 }
      return true
    }
    let limit = limit(at: key, rowCount: rowCount, byteCount: byteCount)
    guard rowCount >= limit.rowCount || byteCount >= limit.byteCount else { return false }
    if next >= bounds.count { isPastLast = true }
    closedRowCount += rowCount
    closedByteCount += byteCount
    return true
  }

  private func limit(
    at key: Int64, rowCount: Int, byteCount: Int
  ) -> (rowCount: Int, byteCount: Int) {
    guard next >= bounds.count else { return Self.most }
    let finest = SegmentPlan.tiers[0]
    guard let last else {
      let rows = max(1, closedRowCount + rowCount)
      return firstTier(of: key, rowByteCount: max(1, (closedByteCount + byteCount) / rows))
    }
    if isPastLast { return finest }
    return (
      min(max(finest.rowCount, last.recordCount), Self.most.rowCount),
      min(max(finest.byteCount, last.byteCount), Self.most.byteCount)
    )
  }

  /// Any segment that reaches this is split there, so that it can be restored in bounded memory.
  static let most = (rowCount: Limits.segmentRowCount, byteCount: Limits.segmentSplitByteCount)

  /// The first snapshot cuts as the merges would leave it, so that the second has nothing to merge.
  ///
  /// The restless segments fine, two middling ones before them, the rest coarse. `rowByteCount` is
  /// the mean so far: large rows fill a segment before it has its number of them.
  private func firstTier(
    of key: Int64, rowByteCount: Int
  ) -> (rowCount: Int, byteCount: Int) {
    let tiers = SegmentPlan.tiers
    let rowCounts = tiers.map { min($0.rowCount, max(1, $0.byteCount / rowByteCount)) }
    let fine = UInt64(SegmentPlan.restlessCount * rowCounts[0])
    let middling = fine + 2 * UInt64(rowCounts[1])
    let distance = key > highest ? 0 : UInt64(bitPattern: highest &- key)
    if distance < fine { return tiers[0] }
    return distance < middling ? tiers[1] : tiers[2]
  }
}
