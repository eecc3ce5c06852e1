import Format
import Foundation
import Operations
@testable import Repository
import TestKit
import Testing

@Suite struct `Pages that did not change are taken for what they are today` {
  private func archive(_ journey: Journey) throws -> [BaselineSegment] {
    try AgentState(opening: journey.site.state).baseline(of: "xmpp")
      .filter { $0.tables == ["archive"] }
  }

  /// The messages in somebody's archive in the newest snapshot.
  private func restoredCount(_ name: String, _ journey: Journey) async throws -> Int {
    let target = try TemporaryDirectory("lethe-target")
    try await journey.restore(target.path + "/t")
    return try LiveDatabase(target.path + "/t/xmpp/ejabberd.db")
      .number("SELECT count(*) FROM archive WHERE username = '\(name)'")
  }

  @Test func `an unchanged run goes on with every segment`() async throws {
    let journey = try await Journey.small(messages: 3000)
    let first = try await journey.backup()
    let segments = try archive(journey)
    #expect(segments.count > 3)
    #expect(segments.allSatisfy { $0.traits.pages != nil })
    let second = try await journey.backup()
    #expect(second.stored.chunks_new <= 1, "only the catalogue's root")
    #expect(second.origins.map(\.rows) == first.origins.map(\.rows))
    #expect(try archive(journey).map(\.id) == segments.map(\.id))
    try await journey.expectRestoreEqualsSource()
  }

  @Test
  func `rows whose account went are left out, and are the next one's only if they are younger`()
    async throws
  {
    let journey = try await Journey.small(messages: 3000)
    for _ in 1...2 { try await journey.backup() }
    #expect(try await restoredCount("bob", journey) > 0)
    let live = try journey.site.live()
    // The server forgot the account, and nothing else of it: no page of the archive changes.
    try live.execute("DELETE FROM users WHERE username = 'bob'")
    let report = try await journey.backup()
    #expect(report.warnings.contains { $0.contains("no longer exist") }, "\(report.warnings)")
    #expect(try await restoredCount("bob", journey) == 0)
    #expect(try archive(journey).contains { $0.traits.pages == nil }, "to be read again")
    try live.execute(
      "INSERT INTO users(username, password, created_at) VALUES('bob', 'other', '2199-01-01 00:00:00')"
    )
    try await journey.backup()
    #expect(try await restoredCount("bob", journey) == 0)
    #expect(try await restoredCount("alice", journey) > 0)
  }

  @Test func `rows that were nobody's are somebody's once there is an account`() async throws {
    let journey = try await Journey.small(messages: 3000)
    let live = try journey.site.live()
    try live.execute("UPDATE archive SET username = 'zoe' WHERE id % 100 = 7")
    for _ in 1...2 { try await journey.backup() }
    #expect(try await restoredCount("zoe", journey) == 0)
    try live.execute(
      "INSERT INTO users(username, password, created_at) VALUES('zoe', 'z', '2000-01-01 00:00:00')")
    try await journey.backup()
    #expect(try await restoredCount("zoe", journey) == 30)
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `a column more is in every row`() async throws {
    let journey = try await Journey.small(messages: 3000)
    for _ in 1...2 { try await journey.backup() }
    let live = try journey.site.live()
    try live.execute("ALTER TABLE archive ADD COLUMN colour TEXT DEFAULT 'blue'")
    try await journey.backup()
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `one letter has its own segment read`() async throws {
    let journey = try await Journey.small(messages: 3000)
    let live = try journey.site.live()
    for _ in 1...2 { try await journey.backup() }
    // One letter in the middle of the table: its segment alone is read.
    let before = Set(try archive(journey).map(\.id))
    try live.execute("UPDATE archive SET txt = 'X' || substr(txt, 2) WHERE id = 1500")
    try await journey.backup()
    #expect(before.subtracting(try archive(journey).map(\.id)).count == 1)
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `a damaged pack is filled again although nothing changed`() async throws {
    let journey = try await Journey.small(messages: 3000)
    for _ in 1...2 { try await journey.backup() }
    let before = try archive(journey).map(\.id)
    let state = try AgentState(opening: journey.site.state)
    try state.condemn(Array(try state.packs(in: [.committed]).keys), time: 1)
    let report = try await journey.backup()
    #expect(report.stored.chunks_new > 10)
    #expect(Set(before).isDisjoint(with: try archive(journey).map(\.id)))
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `pages that tell a lie are found out, and never trusted again`() async throws {
    let journey = try await Journey.small(messages: 3000)
    for _ in 1...2 { try await journey.backup() }
    // As if the rows had been others when the pages were these.
    let state = try LiveDatabase(AgentState.path(journey.site.state))
    try state.execute("UPDATE segment SET fingerprint = randomblob(16) WHERE pages IS NOT NULL")
    var lie: BackupReport?
    // Of five or more segments one in 42 is read in each run: 2000 runs without any are one chance in 10^90.
    for _ in 1...2000 where lie == nil {
      let report = try await journey.backup()
      if report.warnings.contains(where: { $0.contains("pages that did not") }) { lie = report }
    }
    #expect(lie?.state == "partial")
    #expect(lie?.origins.map(\.name) == ["uploads"], "no snapshot of a database that may be wrong")
    let next = try await journey.backup()
    #expect(next.state == "complete")
    #expect(try AgentState(opening: journey.site.state).value(.pagesDistrusted) != nil)
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `rows that went do not come back by a chunk that is to be replaced`() async throws {
    let journey = try await Journey.small(messages: 3000)
    try await journey.backup()
    let live = try journey.site.live()
    // All of his in the first segment, of 512 rows.
    let bob = "username = 'bob' AND id < 600"
    try live.execute("UPDATE archive SET txt = 'new' WHERE \(bob)")
    let state = try AgentState(opening: journey.site.state)
    func packs() throws -> Set<Int64> {
      Set(try state.packs(in: [.committed]).filter { $0.value.contents == .rows }.keys)
    }
    let before = try packs()
    try await journey.backup()
    // Bob's chunk lies alone in a pack that nothing new may refer to.
    try state.condemn(Array(try packs().subtracting(before)), time: 1)
    try live.execute("DELETE FROM archive WHERE \(bob)")
    try await journey.backup()
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `the state of an earlier version is taken on`() async throws {
    let journey = try await Journey.small(messages: 3000)
    try await journey.backup()
    try LiveDatabase(AgentState.path(journey.site.state))
      .execute("ALTER TABLE segment DROP COLUMN pages")
    let report = try await journey.backup()
    #expect(report.stored.chunks_new <= 1, "only the catalogue's root")
    #expect(try archive(journey).allSatisfy { $0.traits.pages != nil })
  }
}
