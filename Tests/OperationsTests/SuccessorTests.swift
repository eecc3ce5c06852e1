import Foundation
import Operations
import Repository
import TestKit
import Testing

@Suite struct `Whoever registers a deleted name gets only what is theirs` {
  private static let start = Timestamp.now()
  private let former = Person(name: "zwieback")
  private let successor = Person(name: "zwieback", registered: "2026-02-03 04:05:06")

  /// What the server forgot to delete of the former: an archived message and a file.
  private func leaveRemains(on site: Site) throws {
    try site.live().execute(
      """
      INSERT INTO archive(username, timestamp, peer, bare_peer, xml, txt, created_at)
        VALUES('zwieback', 5, 'p', 'p', '\(former.canary)', 'x', '\(former.registered)')
      """)
    let path = "zwieback/d9/\(former.canary).txt"
    try site.writeUpload(path, Array(former.canary.utf8))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_741_000_000)],
      ofItemAtPath: site.uploads + "/" + path)
  }

  private func removeRemains(from site: Site) throws {
    try site.live().execute("DELETE FROM archive WHERE xml = '\(former.canary)'")
    try? FileManager.default.removeItem(
      atPath: site.uploads + "/zwieback/d9/\(former.canary).txt")
  }

  /// A run with the remains in place, and the server without them.
  private func snapshotAmidRemains(_ journey: Journey) async throws -> (BackupReport, Moment) {
    try leaveRemains(on: journey.site)
    let report = try await journey.backup()
    try removeRemains(from: journey.site)
    return (report, try Moment(report, of: journey.site))
  }

  @Test(arguments: [false, true])
  func `from every snapshot`(isSeenGone: Bool) async throws {
    let (journey, _) = try await Journey.withPerson(former.name)
    let before = try await journey.snapshot().1
    try former.delete(from: journey.site)
    if isSeenGone { try await journey.backup() }
    try successor.register(on: journey.site)
    let (report, after) = try await snapshotAmidRemains(journey)
    #expect(report.accounts.new == 1 && report.accounts.erased == (isSeenGone ? 0 : 1))
    #expect(try journey.erasures().erasures.map(\.cause) == [isSeenGone ? "missing" : "reborn"])
    try await journey.expect(before, without: [former])
    try await journey.expect(before, without: [former], includingHeld: !isSeenGone)
    let target = journey.site.directory.path + "/t"
    try await journey.restore(target, snapshot: after.snapshot, accounts: [successor.address])
    let restored = try LiveDatabase(target + "/xmpp/ejabberd.db")
    #expect(try successor.tablesWithoutCanary(in: restored) == [])
    #expect(try Haystack.paths(below: target, holding: former.canary) == [])
    let whole = journey.site.directory.path + "/whole"
    try await journey.restore(whole, snapshot: after.snapshot)
    #expect(try Haystack.paths(below: whole, holding: former.canary) == [])
    #expect(
      try DatabaseImage(whole + "/xmpp/ejabberd.db").differences(from: after.rows(without: []))
        == [])
    let failure = await journey.failure { try await journey.cancel(former) }
    #expect(failure.status == .refused && failure.message.contains("somebody else"))
  }

  @Test func `also from an agent that was adopted since`() async throws {
    let (journey, _) = try await Journey.withPerson(former.name)
    try await journey.backup()
    try former.delete(from: journey.site)
    try successor.register(on: journey.site)
    _ = try await snapshotAmidRemains(journey)
    try FileManager.default.removeItem(atPath: journey.site.state)
    try await journey.adopt()
    let (report, after) = try await snapshotAmidRemains(journey)
    #expect(report.accounts.new == 0 && report.accounts.erased == 0)
    let target = journey.site.directory.path + "/t"
    try await journey.restore(target, snapshot: after.snapshot)
    #expect(try Haystack.paths(below: target, holding: former.canary) == [])
    #expect(
      try successor.tablesWithoutCanary(in: LiveDatabase(target + "/xmpp/ejabberd.db")) == [])
  }

  @Test func `however often it is registered anew`() async throws {
    let (journey, _) = try await Journey.withPerson(former.name)
    var moments = [try await journey.snapshot().1]
    var people = [former]
    for round in 1...4 {
      try people[round - 1].delete(from: journey.site)
      let next = Person(name: former.name, registered: "2026-0\(round)-01 00:00:00")
      try next.register(on: journey.site)
      people.append(next)
      let (report, moment) = try await journey.snapshot(
        at: Self.start + Int64(round) * 30 * Span.hour)
      #expect(report.accounts.erased == 1 && report.accounts.new == 1)
      moments.append(moment)
    }
    for (index, moment) in moments.enumerated().dropLast() {
      try await journey.expect(moment, without: [people[index]], includingHeld: true)
    }
    try await journey.expect(moments[4])
    #expect(try journey.erasures().erasures.filter { $0.destroyed != nil }.count == 1)
  }
}

@Suite struct `A restore put into service is no mass deletion` {
  @Test func `whoever registered since stays in the snapshots`() async throws {
    let (journey, person) = try await Journey.withPerson()
    try await journey.backup()
    let newcomers = (1...8).map { Person(name: "newcomer\($0)") }
    for newcomer in newcomers { try newcomer.register(on: journey.site) }
    let moment = try await journey.snapshot().1
    for newcomer in newcomers { try newcomer.delete(from: journey.site) }
    try Erasing(
      try journey.configuration, store: journey.store, now: Timestamp.now()
    ).rebase()
    let (report, after) = try await journey.snapshot()
    #expect(report.state == "complete" && report.accounts.erased == 0)
    #expect(report.accounts.live == 7)
    try await journey.expect(moment)
    try await journey.expect(after)
    // One comes back, one is reported deleted by the administrator, one leaves as everybody does.
    try newcomers[0].register(on: journey.site)
    _ = try await journey.erase(newcomers[1])
    try person.delete(from: journey.site)
    let next = try await journey.backup()
    #expect(next.accounts.live == 7 && next.accounts.new == 0 && next.accounts.erased == 1)
    try await journey.expect(moment, without: [newcomers[1], person])
  }

  @Test func `without the announcement the brake stops it`() async throws {
    let (journey, _) = try await Journey.withPerson()
    let newcomers = (1...8).map { Person(name: "newcomer\($0)") }
    for newcomer in newcomers { try newcomer.register(on: journey.site) }
    let moment = try await journey.snapshot().1
    for newcomer in newcomers { try newcomer.delete(from: journey.site) }
    #expect(try await journey.backup().state == "degraded")
    try await journey.expect(moment)
    try Erasing(
      try journey.configuration, store: journey.store, now: Timestamp.now()
    ).rebase()
    #expect(try await journey.backup().state == "complete")
    try await journey.expect(moment)
  }
}

@Suite struct `An adopted repository remembers whom it forgot` {
  @Test func `held stays held, destroyed stays destroyed, lingering stays out`() async throws {
    let (journey, missing) = try await Journey.withPerson()
    let (destroyed, lingering) = (Person(name: "pumpernickel"), Person(name: "knaeckebrot"))
    for person in [destroyed, lingering] { try person.register(on: journey.site) }
    let moment = try await journey.snapshot().1
    _ = try await journey.erase(destroyed, atOnce: true)
    try await journey.advanceKit()
    _ = try await journey.erase(lingering)
    try missing.delete(from: journey.site)
    try await journey.backup()
    let before = try journey.erasures()
    #expect(before.erasures.count == 3 && before.held == 2)
    try FileManager.default.removeItem(atPath: journey.site.state)
    try await journey.adopt()
    let after = try journey.erasures()
    #expect(after.held == 2)
    for (one, other) in zip(before.erasures, after.erasures) {
      #expect(one.id == other.id && one.cause == other.cause && one.due == other.due)
      #expect(one.excluded == other.excluded && one.destroyed == other.destroyed)
      #expect((one.beyond_kit == nil) == (other.beyond_kit == nil))
    }
    let report = try await journey.backup()
    #expect(report.accounts.new == 0 && report.accounts.erased == 0)
    let everybody = [missing, destroyed, lingering]
    try await journey.expect(moment, without: everybody)
    try await journey.expect(moment, without: [destroyed, lingering], includingHeld: true)
    let failure = await journey.failure { try await journey.cancel(destroyed) }
    #expect(failure.status == .refused)
    try await journey.cancel(missing, lingering)
    #expect(try await journey.backup().accounts.live == 7)
    try await journey.expect(moment, without: [destroyed])
  }
}
