import Format
import Foundation
@testable import Operations
@testable import Repository
import TestKit
import Testing

@Suite struct `A prune is planned from what is known` {
  private static let day = Span.day
  private static let now: Int64 = 1000 * day

  private func run(_ byte: UInt8) throws -> RunID {
    try #require(RunID([UInt8](repeating: byte, count: 16)))
  }

  /// A snapshot taken so many days ago.
  private func snapshot(
    _ number: UInt8, age: Int64, _ packs: Set<Int64> = [], _ state: SnapshotState = .complete
  ) throws -> KeptSnapshot {
    KeptSnapshot(
      run: try run(number), sequence: UInt64(number), state: state,
      started: Self.now - age * Self.day, packs: packs)
  }

  private func pack(
    _ number: Int64, age: Int64 = 1, _ contents: PackContents = .rows, byteCount: Int = 1 << 20,
    _ state: PackState = .committed, alive: Int? = 10, of entries: Int? = 10,
    condemned: Int64? = nil, dropped: Int64? = nil
  ) throws -> PackRow {
    let id = try #require(PackID([UInt8](repeating: UInt8(number), count: 16)))
    let digest = try #require(Digest([UInt8](repeating: 0, count: 32)))
    return PackRow(
      number: number,
      summary: PackSummary(pack: id, contents: contents, byteCount: byteCount, digest: digest),
      sealed: Self.now - age * Self.day, state: dropped == nil ? state : .dropped,
      chunkByteCount: entries.map { _ in byteCount },
      aliveByteCount: alive.flatMap { alive in entries.map { byteCount * alive / $0 } },
      condemned: condemned, dropped: dropped, verified: nil, damaged: nil)
  }

  private func plan(
    _ snapshots: [KeptSnapshot], _ packs: [PackRow] = [], now: Int64 = now,
    renewed: Int64? = now, debt: Int64 = 0, horizon: Int64 = 0, objection: String? = nil
  ) -> PrunePlan {
    PrunePlan(
      PrunePlan.Situation(
        snapshots: snapshots, packs: packs, now: now, retention: 14 * Self.day,
        renewal: 14 * Self.day, renewed: renewed, renewalDebt: debt,
        horizon: horizon, objection: objection))
  }

  private func numbers(_ snapshots: [KeptSnapshot]) -> [UInt64] { snapshots.map(\.sequence) }

  @Test func `snapshots expire at their time to the millisecond`() throws {
    let snapshots = [try snapshot(1, age: 14), try snapshot(2, age: 13), try snapshot(3, age: 0)]
    #expect(numbers(plan(snapshots).expired) == [1])
    #expect(numbers(plan(snapshots, now: Self.now - 1).expired) == [])
    #expect(numbers(plan(snapshots, now: Self.now + Self.day - 1).expired) == [1])
    #expect(numbers(plan(snapshots, now: Self.now + Self.day).expired) == [1, 2])
  }

  @Test(arguments: [SnapshotState.partial, .degraded])
  func `snapshots that lack something never outlast the newest complete one`(
    state: SnapshotState
  ) throws {
    let snapshots = [
      try snapshot(1, age: 60), try snapshot(2, age: 50), try snapshot(3, age: 40, [], state),
      try snapshot(4, age: 1, [], state),
    ]
    #expect(numbers(plan(snapshots).expired) == [1, 3])
    #expect(numbers(plan(Array(snapshots.dropFirst(2))).expired) == [], "there is no complete one")
    #expect(numbers(plan([snapshots[1]]).expired) == [])
    #expect(plan([]).dropped.isEmpty)
    #expect(plan([], [try pack(1)]).dropped.isEmpty, "nothing tells what is needed")
  }

  @Test func `dates that do not follow the log do not decide`() throws {
    let decade: Int64 = 3652
    let snapshots = [
      try snapshot(1, age: 10), try snapshot(2, age: decade), try snapshot(3, age: -decade),
      try snapshot(4, age: 3),
    ]
    #expect(numbers(plan(snapshots).expired) == [])
    #expect(numbers(plan(snapshots, now: Self.now + 4 * Self.day).expired) == [1, 2, 3])
    #expect(numbers(plan(Array(snapshots.dropFirst(2))).expired) == [])
  }

  @Test func `packs go when no kept snapshot refers to them`() throws {
    let snapshots = [
      try snapshot(1, age: 20, [1, 2]), try snapshot(2, age: 5, [2, 3]),
      try snapshot(3, age: 0, [3]),
    ]
    let packs = [
      try pack(1), try pack(2), try pack(3), try pack(4), try pack(5, .rows, .stored),
      try pack(6, .rows, .pending), try pack(7, dropped: Self.now - PrunePlan.grace),
      try pack(8, dropped: Self.now - PrunePlan.grace + 1), try pack(9, dropped: Self.now + 1),
    ]
    let plan = plan(snapshots, packs)
    #expect(plan.dropped.map(\.number) == [1, 4])
    #expect(plan.removed.map(\.number) == [7, 9])
  }

  @Test func `an objection stops everything`() throws {
    let snapshots = [try snapshot(1, age: 20, [1]), try snapshot(2, age: 0, [2])]
    let packs = [
      try pack(1), try pack(2, age: 30), try pack(3, alive: 1), try pack(4, dropped: 0),
    ]
    let free = plan(snapshots, packs, debt: 7)
    #expect(
      !free.expired.isEmpty && !free.dropped.isEmpty && !free.removed.isEmpty
        && !free.condemned.isEmpty)
    let stopped = plan(snapshots, packs, debt: 7, objection: "no")
    #expect(
      stopped.expired.isEmpty && stopped.dropped.isEmpty && stopped.removed.isEmpty
        && stopped.condemned.isEmpty)
    #expect(stopped.renewalDebt == 7)
  }

  @Test func `rows whose time has come are sealed anew, those of the future first`() throws {
    let snapshots = [try snapshot(1, age: 0, [1, 2, 3, 4, 5])]
    let packs = [
      try pack(1, age: 14), try pack(2, age: 13), try pack(3, age: -9),
      try pack(4, age: 99, .files),
      try pack(5, age: 99, condemned: 1),
    ]
    let plan = plan(snapshots, packs)
    #expect(plan.condemned.map(\.pack.number) == [3, 1])
    #expect(plan.condemned.allSatisfy { $0.reason == .renewal })
  }

  @Test(arguments: [1, 6, 40], [UInt64(1), 2, 3])
  func `each run seals its share anew, and all is renewed in time`(
    perDay: Int64, seed: UInt64
  ) throws {
    var random = SeededRandom(seed: seed)
    var packs = try (1...40).map {
      try pack($0, age: 0, byteCount: Int.random(in: 1 << 16...1 << 24, using: &random))
    }
    let total = packs.reduce(0) { $0 + $1.summary.byteCount }
    let largest = packs.map(\.summary.byteCount).max() ?? 0
    let (step, snapshots) = (Self.day / perDay, [try snapshot(1, age: 0, Set(1...200))])
    var (debt, renewed, now) = (Int64(0), Self.now, Self.now)
    for _ in 0..<28 * perDay {
      now += step
      let plan = plan(snapshots, packs, now: now, renewed: renewed, debt: debt)
      let sent = plan.condemned.reduce(0) { $0 + $1.pack.summary.byteCount }
      #expect(sent <= total / Int(14 * perDay) + largest)
      (debt, renewed) = (plan.renewalDebt, now)
      let gone = Set(plan.condemned.map(\.pack.number))
      // What was condemned is sealed anew by the next run.
      packs = try packs.map { pack in
        guard gone.contains(pack.number) else { return pack }
        let age = (Self.now - now - step) / Self.day
        let fresh = try self.pack(pack.number, age: age, byteCount: pack.summary.byteCount)
        return PackRow(
          number: fresh.number, summary: fresh.summary, sealed: now + step, state: .committed,
          chunkByteCount: pack.summary.byteCount, aliveByteCount: pack.summary.byteCount,
          condemned: nil, dropped: nil, verified: nil, damaged: nil)
      }
      #expect(packs.allSatisfy { now - $0.sealed <= 14 * Self.day })
    }
    #expect(debt < Int64(largest) + 1)
  }
}
