import Format
import Foundation
import Operations
@testable import Repository
import Storing
import TestKit
import Testing

@Suite struct `What is past its time goes, and nothing else` {
  private static let start = Timestamp.now()
  private func day(_ days: Int64) -> Int64 { Self.start + days * Span.day }

  @Test func `a minute before its time a snapshot comes back, at its time it is gone`() async throws
  {
    let journey = try await Journey.small()
    let (first, moment) = try await journey.snapshot(at: day(0))
    try journey.site.change(1)
    let second = try await journey.backup(at: day(1))
    let early = try await journey.prune(at: day(14) - Span.minute)
    #expect(early.expired == [] && early.objection == nil)
    try await journey.expect(moment)
    let packs = try await journey.storedPacks()

    let late = try await journey.prune(at: day(14))
    #expect(late.expired == [first.snapshot])
    #expect(try await journey.storedPacks() == packs, "it is gone although its packs are not")
    #expect(try await journey.kept() == [second.snapshot])
    let failure = await journey.failure { try await journey.expect(moment) }
    #expect(failure.status == .usage)
    try await journey.expectRestoreEqualsSource()
    try await journey.expectSound()
  }

  @Test func `every run does it, unless it is told not to`() async throws {
    let journey = try await Journey.small()
    let (first, moment) = try await journey.snapshot(at: day(0))
    let (second, _) = try await journey.snapshot(at: day(7))
    _ = try await journey.snapshot(at: day(14) - Span.minute)
    try await journey.expect(moment)
    try await journey.backupAlone(at: day(15))
    try await journey.expect(moment)
    #expect(try await journey.kept().prefix(2) == [first.snapshot, second.snapshot])
    let kinds = try await journey.archive().entries.map(\.event)
    #expect(!kinds.contains { if case .expiry = $0 { true } else { false } })
    #expect(try await journey.backup(at: day(15) + Span.hour).warnings == [])
    #expect(try await journey.kept().first == second.snapshot)
  }

  @Test func `the newest complete snapshot stays, however old, until there is another`()
    async throws
  {
    let journey = try await Journey.small()
    let (good, moment) = try await journey.snapshot(at: day(0))
    try journey.hideUploads(true)
    var partial: [String] = []
    for days in stride(from: 6, through: 40, by: 6) as StrideThrough<Int64> {
      let report = try await journey.backup(at: day(days))
      #expect(report.state == "partial")
      partial.append(report.snapshot)
    }
    // Those of the days 24, 30 and 36.
    #expect(try await journey.kept() == [good.snapshot] + partial.suffix(3))
    try await journey.expect(moment)
    try await journey.expectSound()
    try journey.hideUploads(false)
    #expect(try await journey.backup(at: day(42)).state == "complete")
    #expect(try await !journey.kept().contains(good.snapshot))
    try await journey.expectRestoreEqualsSource()
    try await journey.expectSound()
  }

  @Test func `a rehearsal tells what a prune then does`() async throws {
    let journey = try await Journey.small()
    let memory = try #require(journey.store as? MemoryStore)
    var total = 0
    for days in 0..<34 as Range<Int64> {
      try journey.site.change(Int(days), messages: 6)
      try await journey.backupAlone(at: day(days))
      let (before, archive) = (await memory.contents, try await journey.archive())
      let condemned = try AgentState(opening: journey.site.state).condemnedPacks()
      let told = try await journey.prune(at: day(days) + Span.hour, isRehearsal: true)
      #expect(await memory.contents == before)
      #expect(try AgentState(opening: journey.site.state).condemnedPacks() == condemned)
      let done = try await journey.prune(at: day(days) + Span.hour)
      #expect(told.dry_run && !done.dry_run)
      #expect(try figures(told) == figures(done), "day \(days)")
      try await expectEffect(of: done, journey, archive, before, condemned)
      total += done.expired.count + done.dropped_packs + done.removed_packs + done.condemned_packs
    }
    #expect(total > 100, "a prune of nothing is told easily")
    try await journey.expectSound()
    try await journey.expectRestoreEqualsSource()
  }

  private func figures(_ report: PruneReport) throws -> [String: String] {
    let object = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(report))
    let fields = try #require(object as? [String: Any])
    return fields.mapValues { "\($0)" }.filter { $0.key != "dry_run" }
  }

  private func expectEffect(
    of report: PruneReport, _ journey: Journey, _ archive: Archive,
    _ before: [ObjectName: [UInt8]], _ condemned: Set<Int64>
  ) async throws {
    let after = try await journey.archive()
    let gone = Set(archive.snapshots.map(\.entry.run.hex))
      .subtracting(after.snapshots.map(\.entry.run.hex))
    #expect(Set(report.expired) == gone)
    let dropped = Set(archive.packs.keys).subtracting(after.packs.keys)
    #expect(report.dropped_packs == dropped.count)
    let left = try await journey.storedPacks()
    let removed = before.filter { name, _ in
      name.path.hasPrefix("packs/") && !left.contains(String(name.path.dropFirst(6)))
    }
    #expect(report.removed_packs == removed.count)
    #expect(report.removed_bytes == removed.values.reduce(0) { $0 + $1.count })
    let now = try AgentState(opening: journey.site.state).condemnedPacks()
    #expect(report.condemned_packs >= now.subtracting(condemned).count)
  }

  @Test func `a dropped pack stays for an hour`() async throws {
    let journey = try await Journey.small()
    try await journey.backup(at: day(0))
    // Nothing but a catalogue's root, which nobody else needs.
    let second = try await journey.backup(at: day(0) + Span.hour)
    try journey.site.change(1)
    for days in [5, 10] as [Int64] { try await journey.backup(at: day(days)) }
    let time = day(14) + Span.hour
    let report = try await journey.prune(at: time)
    #expect(report.expired.last == second.snapshot && report.dropped_packs >= 1)
    let packs = try await journey.storedPacks()
    #expect(try await journey.prune(at: time + Span.hour - 1).removed_packs == 0)
    #expect(try await journey.storedPacks() == packs)
    let removal = try await journey.prune(at: time + Span.hour)
    #expect(removal.removed_packs == report.dropped_packs)
    #expect(removal.removed_bytes == report.dropped_bytes)
    #expect(try await journey.storedPacks().count == packs.count - report.dropped_packs)
    try await journey.expectSound()
  }
}

@Suite struct `A dropped pack is never used again` {
  private static let start = Timestamp.now()
  private func day(_ days: Int64) -> Int64 { Self.start + days * Span.day }

  @Test func `by an origin that was left out for weeks and comes back`() async throws {
    let journey = try await Journey.small()
    try await journey.backup(at: day(0))
    let origins = journey.site.usualOrigins
    let parts = origins.components(separatedBy: "  - name: uploads")
    try journey.site.writeConfiguration(origins: parts[0])
    for days in [7, 14, 21, 28] as [Int64] { try await journey.backup(at: day(days)) }
    let before = try await journey.archive()
    #expect(before.listedPacks.contains { $0.summary.contents == .files && $0.isDropped })
    try journey.site.writeConfiguration()
    let report = try await journey.backup(at: day(28) + Span.hour)
    #expect(report.state == "complete")
    try await journey.expectRestoreEqualsSource()
    try await journey.expectSound()
  }

  @Test func `by an origin that could not be read for weeks`() async throws {
    let journey = try await Journey.small()
    try await journey.backup(at: day(0))
    try journey.hideUploads(true)
    for days in stride(from: 5, through: 45, by: 5) as StrideThrough<Int64> {
      try journey.site.change(Int(days))
      // Only the database: the files that a change writes are taken away again.
      try FileManager.default.removeItem(atPath: journey.site.uploads)
      #expect(try await journey.backup(at: day(days)).state == "partial")
      try await journey.expectSound()
    }
    try journey.hideUploads(false)
    #expect(try await journey.backup(at: day(46)).state == "complete")
    try await journey.expectRestoreEqualsSource()
    try await journey.expectSound()
  }

  @Test func `by files that were away for weeks`() async throws {
    let journey = try await Journey.small()
    let away = journey.site.directory.path + "/away"
    let there = journey.site.uploads + "/alice"
    try await journey.backup(at: day(0))
    try FileManager.default.moveItem(atPath: there, toPath: away)
    // Others leave too, so that their pack is mostly dead and goes.
    for name in ["bob", "carol", "dave"] {
      try FileManager.default.removeItem(atPath: "\(journey.site.uploads)/\(name)")
    }
    for days in stride(from: 5, through: 30, by: 5) as StrideThrough<Int64> {
      try await journey.backup(at: day(days))
    }
    let archive = try await journey.archive()
    #expect(archive.listedPacks.contains { $0.summary.contents == .files && $0.isDropped })
    try FileManager.default.moveItem(atPath: away, toPath: there)
    try await journey.backup(at: day(31))
    try await journey.expectRestoreEqualsSource()
    try await journey.expectSound()
  }

  @Test func `by what an interrupted run left`() async throws {
    let journey = try await Journey.small()
    try await journey.backup(at: day(0))
    try journey.site.live().execute("CREATE TABLE kept AS SELECT * FROM vcard")
    let cards =
      "UPDATE vcard SET vcard = (SELECT k.vcard FROM kept k WHERE k.username = vcard.username)"
    try journey.site.change(1)
    // Its packs are stored, its keyring is not.
    let counter = FaultyStore(journey.store, plan: .from(4), counting: [.put])
    _ = await journey.failure { try await journey.backup(over: counter, at: day(1)) }
    try journey.site.live().execute("UPDATE vcard SET vcard = 'other'")
    try FileManager.default.removeItem(atPath: journey.site.uploads + "/dave/r1")
    for days in stride(from: 2, through: 32, by: 6) as StrideThrough<Int64> {
      try await journey.backup(at: day(days))
      try await journey.expectSound()
    }
    try journey.site.live().execute(cards)
    try journey.site.change(1)
    try await journey.backup(at: day(33))
    try await journey.expectRestoreEqualsSource()
    try await journey.expectSound()
  }
}
