import Format
import Foundation
import Operations
import Repository
import Storing
import TestKit
import Testing

@Suite struct `The next backup heals what the server still has` {
  @Test(arguments: [false, true])
  func `any pack, missing or damaged`(isMissing: Bool) async throws {
    let checkup = try await Checkup()
    for (name, bytes) in await checkup.objects(in: "packs") {
      let comment: Comment = "\(name)"
      if isMissing {
        await checkup.memory.tamper(with: name, nil)
      } else {
        try await checkup.flip(name, at: bytes.count - 1)
      }
      let found = try await checkup.check(reading: 100)
      #expect(!found.isClean, comment)
      let healed = try await checkup.journey.backup()
      #expect(healed.state == "complete" && healed.warnings == [], comment)
      let after = try await checkup.check(reading: 100)
      #expect(after.findings.allSatisfy { $0.severity != .critical }, comment)
      #expect(after.findings.allSatisfy { !$0.snapshots.contains(healed.snapshot) }, comment)
      // What was damaged stays known as long as older snapshots are kept.
      #expect(Set(after.findings.flatMap(\.snapshots)).isSubset(of: checkup.snapshots), comment)
      try await checkup.journey.expectRestoreEqualsSource("\(name)")
      try await checkup.reset()
    }
  }

  @Test func `all packs at once`() async throws {
    let checkup = try await Checkup()
    for (name, _) in await checkup.objects(in: "packs") {
      await checkup.memory.tamper(with: name, nil)
    }
    #expect(try await checkup.check().findings.contains { $0.kind == .catalogueDamaged })
    let healed = try await checkup.journey.backup()
    let after = try await checkup.check(reading: 100)
    #expect(!after.findings.contains { $0.snapshots.contains(healed.snapshot) })
    try await checkup.journey.expectRestoreEqualsSource()
  }

  @Test func `packs of an interrupted run`() async throws {
    let memory = MemoryStore()
    let journey = Journey(site: try Site(messages: 200), store: memory)
    try await journey.initialise()
    let faulty = FaultyStore(memory)
    // The packs come first; the keyring's addition is cut off.
    await faulty.set(.from(4), counting: [.put])
    _ = await journey.failure { try await journey.backup(over: faulty) }
    let left = await memory.contents.keys.filter { $0.path.hasPrefix("packs/") }.sorted()
    #expect(left.count >= 2)
    #expect(try await journey.check(reading: 100).findings.filter { $0.severity != .info } == [])
    for (index, name) in left.enumerated() {
      let bytes = index % 2 == 0 ? nil : await memory.contents[name].map { Array($0.reversed()) }
      await memory.tamper(with: name, bytes)
    }
    #expect(!(try await journey.check(reading: 100).isClean))
    let report = try await journey.backup()
    let after = try await journey.check(reading: 100)
    #expect(!after.findings.contains { $0.snapshots.contains(report.snapshot) })
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `an object that was put back is believed once it was read`() async throws {
    let checkup = try await Checkup()
    let (name, bytes) = try #require(await checkup.objects(in: "packs").first)
    try await checkup.flip(name, at: bytes.count - 1)
    #expect(!(try await checkup.check(reading: 100).isClean))
    // A plain check reads what was damaged before.
    #expect(!(try await checkup.check().isClean))
    await checkup.memory.tamper(with: name, bytes)
    #expect(try await checkup.check().findings == [])
  }

  @Test func `a damaged snapshot does not let a good one expire`() async throws {
    let checkup = try await Checkup()
    let packs = await checkup.memory.contents.keys.filter { $0.path.hasPrefix("packs/") }
    let archive = try await Archive(
      store: checkup.memory, kit: try checkup.journey.kit.open(passphrase: nil))
    let second = try #require(archive.snapshots.last).entry.packs.map { "packs/\($0.pack.hex)" }
    for name in packs where second.contains(name.path) {
      await checkup.memory.tamper(with: name, nil)
    }
    #expect(!(try await checkup.check().isClean))
    let later = Timestamp.now() + 13 * Span.day
    for time in [later, later + 13 * Span.day] {
      _ = try await Prune(
        try checkup.journey.configuration, store: checkup.memory, now: time
      ).run(isRehearsal: false)
    }
    #expect(try await checkup.journey.snapshots().snapshots.map(\.id).count == 2)
  }
}

@Suite struct `Reading a share a day reads everything` {
  @Test func `ten times ten percent, the oldest first`() async throws {
    let checkup = try await Checkup(messages: 1500)
    for round in 2...9 {
      try checkup.journey.site.change(round)
      try await checkup.journey.backup()
    }
    let start = Timestamp.now()
    var (read, last) = (0, "")
    for day in 1...10 {
      let time = start + Int64(day) * Span.day
      let report = try await checkup.check(reading: 10, at: time)
      #expect(report.findings.allSatisfy { $0.severity == .info })
      #expect(report.packs_read >= 1 && report.packs_read < report.packs)
      let since = try #require(report.oldest_unverified).since
      #expect(since >= last)
      (read, last) = (read + report.packs_read, since)
    }
    let end = try await checkup.check(at: start + 11 * Span.day)
    #expect(read >= end.packs)
    // None was read longest ago than on the first of these days.
    let oldest = try #require(end.oldest_unverified).since
    #expect(oldest >= Timestamp.text(start + Span.day))
    let status = try checkup.journey.status(at: start + 11 * Span.day)
    #expect(StatusReport(status).oldest_unverified == oldest)
  }

  @Test func `a flipped byte is found within the round`() async throws {
    let checkup = try await Checkup()
    for (name, bytes) in await checkup.objects(in: "packs") {
      try await checkup.flip(name, at: bytes.count - 2)
      var found = false
      for day in 1...14 where !found {
        let report = try await checkup.check(
          reading: 8, at: Timestamp.now() + Int64(day) * Span.day)
        found = !report.isClean
      }
      #expect(found, "\(name)")
      try await checkup.reset()
    }
  }
}
