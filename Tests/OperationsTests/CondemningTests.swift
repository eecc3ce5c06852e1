import Format
@testable import Operations
@testable import Repository
import TestKit
import Testing

@Suite struct `Packs are condemned so that little lies there in vain and little is sent again` {
  private static let megabyte = 1 << 20
  private static let now = 1000 * Span.day

  /// A pack of which so many of ten parts are alive.
  private func pack(
    _ number: Int64, alive: Int, _ contents: PackContents = .files, byteCount: Int = megabyte
  ) throws -> PackRow {
    let id = try #require(PackID([UInt8](repeating: UInt8(number), count: 16)))
    let digest = try #require(Digest([UInt8](repeating: 0, count: 32)))
    return PackRow(
      number: number,
      summary: PackSummary(pack: id, contents: contents, byteCount: byteCount, digest: digest),
      sealed: Self.now - Span.day, state: .committed, chunkByteCount: byteCount,
      aliveByteCount: byteCount / 10 * alive, condemned: nil, dropped: nil, verified: nil,
      damaged: nil)
  }

  /// Half a day after the last prune, unless it is said otherwise.
  private func condemned(
    _ packs: [PackRow], after elapsed: Int64 = Span.day / 2, horizon: Int64 = 0
  ) -> [(pack: PackRow, reason: PrunePlan.Condemnation)] {
    Condemning(
      PrunePlan.Situation(
        snapshots: [], packs: packs, now: Self.now, retention: 14 * Span.day,
        renewal: 14 * Span.day, renewed: Self.now - elapsed, renewalDebt: 0, horizon: horizon,
        objection: nil), packs
    ).chosen().0
  }

  private func wasteful(_ packs: [PackRow], after elapsed: Int64 = Span.day / 2) -> [Int64] {
    condemned(packs, after: elapsed).filter { $0.reason == .wasteful }.map(\.pack.number)
  }

  @Test func `nothing goes while little is dead`() throws {
    let whole = try (1...45).map { try pack($0, alive: 10) }
    #expect(wasteful(whole) == [])
    // 0.9 of 46 parts are 1.96 %.
    #expect(wasteful(whole + [try pack(46, alive: 1)]) == [])
  }

  @Test func `the deadest goes first, and no more than must`() throws {
    let whole = try (1...66).map { try pack($0, alive: 10) }
    let worn = [
      try pack(71, alive: 7), try pack(72, alive: 2), try pack(73, alive: 6),
      try pack(74, alive: 1),
      try pack(75, alive: 4),
    ]
    // 3.0 of 71 are dead, and 1.4 may be.
    #expect(wasteful(whole + worn) == [74, 72])
    // The same of 41, and 0.8 may be.
    #expect(wasteful(whole.dropLast(30) + worn) == [74, 72, 75])
  }

  @Test func `a pack of nothing alive costs nothing and is left to fall by itself`() throws {
    let packs = try (1...9).map { try pack($0, alive: 10) } + [try pack(10, alive: 0)]
    #expect(wasteful(packs) == [])
  }

  @Test func `what is not known is not taken for dead`() throws {
    let known = try pack(1, alive: 1)
    let unknown = PackRow(
      number: 2, summary: known.summary, sealed: known.sealed, state: .committed,
      chunkByteCount: nil, aliveByteCount: 0, condemned: nil, dropped: nil, verified: nil,
      damaged: nil)
    #expect(wasteful([known, unknown]) == [1])
  }

  @Test func `when many leave at once, the rest is sent again over a renewal period`() throws {
    // Of everything 40 % is dead: 60 MB would have to be sent at once.
    let packs = try (1...100).map { try pack($0, alive: 6) }
    let share = 100 * Self.megabyte / 28
    let sent = condemned(packs).reduce(0) { $0 + ($1.pack.aliveByteCount ?? 0) }
    #expect(sent <= share && sent > share / 2)
    #expect(wasteful(packs, after: 0).count == 1, "one at least, or it would never end")
    #expect(wasteful(packs, after: 100 * Span.day).count > 90)
  }

  @Test func `rows whose time comes before the next prune go in this one`() throws {
    let rows = [try pack(1, alive: 10, .rows), try pack(2, alive: 10, .files)]
    #expect(condemned(rows, after: 0, horizon: 12 * Span.day).isEmpty)
    let gone = condemned(rows, after: 0, horizon: 13 * Span.day)
    #expect(gone.map(\.pack.number) == [1] && gone.allSatisfy { $0.reason == .renewal })
  }
}
