import Format
import Foundation
@testable import Operations
@testable import Repository
import Storing
import TestKit
import Testing

@Suite struct `Runs prune in their turn` {
  private static let start = Timestamp.now()
  private static func hour(_ hours: Int64) -> Int64 { start + hours * Span.hour }

  private func backup(_ journey: Journey, at time: Int64) async throws -> BackupReport {
    try await Backup(
      try journey.configuration, store: journey.store, pruning: .inTurn, now: { time },
      progress: { _ in }
    ).run()
  }

  /// Sixteen days of a run every four hours.
  @Test func `three times a day, and a snapshot is kept for its fourteen days and no longer`()
    async throws
  {
    let journey = try await Journey.small(messages: 5)
    var (least, most) = (Int.max, 0)
    for run in 0..<96 as Range<Int64> {
      if run % 6 == 0 { try journey.site.change(Int(run), messages: 3) }
      let now = Self.hour(4 * run)
      #expect(try await backup(journey, at: now).warnings == [])
      let kept = try AgentState(opening: journey.site.state).snapshots()
      #expect(kept.allSatisfy { $0.started > now - 14 * Span.day }, "run \(run)")
      guard run > 84 else { continue }
      (least, most) = (min(least, kept.count), max(most, kept.count))
    }
    #expect(least == 84 && most == 84, "\(least) to \(most)")
    let entries = try await journey.archive().entries
    let expiries = entries.filter { if case .expiry = $0.event { true } else { false } }
    #expect(expiries.count == 12, "each of 12 runs")
    let drops = entries.filter { if case .drop = $0.event { true } else { false } }
    #expect(drops.count <= 16 * 3, "three times a day at most")
    let dropped = try await journey.archive().listedPacks.filter(\.isDropped).count
    #expect(dropped > 6)
    try await journey.expectSound()
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `the time of a turn`() {
    let day = Span.day
    func isDue(_ pruning: Pruning, after elapsed: Int64?, retention: Int64 = 14 * day) -> Bool {
      pruning.isDue(now: 0, last: elapsed.map { -$0 }, retention: retention)
    }
    #expect(isDue(.inTurn, after: 8 * Span.hour) && isDue(.inTurn, after: 15 * Span.hour / 2))
    #expect(!isDue(.inTurn, after: 4 * Span.hour + Span.minute))
    #expect(isDue(.inTurn, after: nil) && isDue(.inTurn, after: -Span.hour), "a clock set back")
    #expect(isDue(.inTurn, after: Span.hour, retention: day))
    #expect(isDue(.inTurn, after: 8 * Span.hour, retention: 365 * day))
    #expect(isDue(.always, after: 0) && !isDue(.never, after: 14 * day))
  }

  @Test func `between two prunes what was dropped goes all the same`() async throws {
    let journey = try await Journey.small(messages: 5)
    for run in 0..<90 as Range<Int64> {
      _ = try await backup(journey, at: Self.hour(4 * run))
      let rows = try AgentState(opening: journey.site.state).packRows()
      let waiting = rows.compactMap(\.dropped)
      #expect(waiting.allSatisfy { $0 == Self.hour(4 * run) }, "run \(run)")
    }
  }

  @Test func `much that nobody needs any more is dropped without waiting for the next prune`()
    async throws
  {
    let journey = try await Journey.small(messages: 5)
    var random = Seed.generator(#function)
    let large = journey.site.uploads + "/alice/a1/large.bin"
    for run in 0...85 as ClosedRange<Int64> {
      if run == 1 { try Data(random.bytes(3 << 20)).write(to: URL(fileURLWithPath: large)) }
      // The only snapshot that has it expires in a run in which no prune is due.
      if run == 2 { try FileManager.default.removeItem(atPath: large) }
      _ = try await backup(journey, at: Self.hour(4 * run))
    }
    let rows = try AgentState(opening: journey.site.state).packRows()
    let dropped = rows.filter { $0.dropped == Self.hour(4 * 85) }
    #expect(dropped.contains { $0.summary.byteCount > 1 << 20 }, "\(dropped)")
    try await journey.expectSound()
  }

  /// What a run that does not list the log must notice all the same.
  enum Trouble: CaseIterable { case rolledBack, forked, replaced, otherAgent, emptied }

  @Test(arguments: Trouble.allCases)
  func `a log that is not where it was is noticed without a listing`(trouble: Trouble) async throws
  {
    let memory = MemoryStore()
    let journey = try await Journey.small(messages: 5, over: memory)
    _ = try await backup(journey, at: Self.hour(0))
    let old = await memory.contents
    _ = try await backup(journey, at: Self.hour(4))
    let head = try #require(try AgentState(opening: journey.site.state).head())
    let name = try #require(ObjectName("log/\(LogEntry.name(of: head.sequence))"))
    switch trouble {
    case .rolledBack: await memory.restore(old)
    case .forked: await memory.tamper(with: name, old[try #require(ObjectName("log/000000000002"))])
    case .replaced: await memory.tamper(with: name, [])
    case .otherAgent:
      let saved = journey.site.directory.path + "/saved"
      try copyDirectory(journey.site.state, to: saved)
      try FileManager.default.removeItem(atPath: journey.site.state)
      try await journey.adopt(at: Self.hour(5))
      try copyDirectory(saved, to: journey.site.state)
    case .emptied: await memory.restore([:])
    }
    let failure = await journey.failure { _ = try await backup(journey, at: Self.hour(8)) }
    let expected: Operations.ExitStatus =
      switch trouble {
      case .rolledBack, .forked, .replaced: .damaged
      case .otherAgent: .refused
      case .emptied: .repositoryMissing
      }
    #expect(failure.status == expected, "\(failure)")
  }

  @Test func `chunks that are sent again do not share a pack of rows with new ones`() async throws {
    let journey = try await Journey.small(messages: 60)
    _ = try await backup(journey, at: Self.hour(0))
    let state = try AgentState(opening: journey.site.state)
    let old = try await names(journey, in: try state.packRows())
    try state.condemn(try state.packRows().map(\.number), time: Self.hour(1))
    try journey.site.change(1)
    try TextFile.write("new", to: journey.site.uploads + "/alice/a1/new.txt")
    _ = try await backup(journey, at: Self.hour(4))
    let fresh = try AgentState(opening: journey.site.state).packRows()
      .filter { $0.sealed == Self.hour(4) && $0.summary.contents != .catalogue }
    #expect(fresh.count == 4, "rows and files, new and sent again")
    let all = Set(old.values.flatMap { $0 })
    for (pack, names) in try await names(journey, in: fresh) {
      let known = names.filter(all.contains).count
      #expect(known == 0 || known == names.count, "pack \(pack.hex)")
    }
    try await journey.expectRestoreEqualsSource()
  }

  private func names(
    _ journey: Journey, in packs: [PackRow]
  ) async throws -> [PackID: [ChunkName]] {
    let archive = try await journey.archive()
    var names: [PackID: [ChunkName]] = [:]
    for pack in packs {
      names[pack.summary.pack] = try await archive.header(of: pack.summary.pack).entries.map(\.name)
    }
    return names
  }
}
