import Foundation
@testable import Operations
import Repository
import Storing
import TestKit
import Testing

extension Journey {
  /// What `lethe status` would say at a time.
  func status(at time: Int64) throws -> Status { Status(try configuration, now: time) }

  /// The kinds of what it would report, but for proofs of restores.
  func kinds(at time: Int64) throws -> [String] {
    try status(at: time).findings.filter { $0.severity != .notice }
      .map { "\($0.severity.rawValue) \($0.kind)" }
  }

  /// What the agent remembers of its runs, oldest first.
  func outcomes() throws -> [RunOutcome] {
    try AgentState(reading: site.state).history(last: 2000).map(\.outcome)
  }
}

@Suite struct `Status is never green while something is wrong` {
  private static let start = Timestamp.now()

  /// A time so many hours after the first run.
  private func hour(_ hours: Int64) -> Int64 { Self.start + hours * Span.hour }

  private func journey(_ store: any Store = MemoryStore()) async throws -> Journey {
    let journey = Journey(site: try Site(messages: 30), store: store)
    try await journey.initialise()
    return journey
  }

  @Test func `without a state, or with a damaged one, nothing is known`() async throws {
    let journey = Journey(site: try Site(messages: 5), store: MemoryStore())
    let missing = try journey.status(at: hour(0))
    #expect(missing.state == .unknown && missing.state.code == 3)
    #expect(missing.findings.first?.remedy.contains("lethe init") ?? false)
    try Site.makeDirectory(journey.site.state)
    try TextFile.write(
      String(repeating: "no database ", count: 99), to: journey.site.state + "/agent.sqlite")
    let damaged = try journey.status(at: hour(0))
    #expect(damaged.state == .unknown)
    #expect(damaged.findings.first?.remedy.contains("lethe adopt") ?? false)
    #expect(StatusExposition(damaged).text.contains("lethe_status_code 3\n"))
    #expect(StatusPage(damaged).text.contains("lethe adopt"))
  }

  @Test func `age is judged by the interval: twice is a warning, three times critical`()
    async throws
  {
    let journey = try await journey()
    #expect(try journey.kinds(at: hour(0)) == ["critical snapshot-none"])
    try await journey.backup(at: hour(0))
    for (hours, kinds) in [
      (0, []), (8, []), (9, ["warning snapshot-old"]), (12, ["warning snapshot-old"]),
      (13, ["critical snapshot-old"]),
    ] as [(Int64, [String])] { #expect(try journey.kinds(at: hour(hours)) == kinds) }
    #expect(try journey.status(at: hour(8)).state.code == 0)
    #expect(try journey.status(at: hour(9)).state.code == 1)
    #expect(try journey.status(at: hour(13)).state.code == 2)
    #expect(StatusReport(try journey.status(at: hour(13))).age_seconds == 13 * 3600)
  }

  @Test func `a partial snapshot is a warning, and its age does not count`() async throws {
    let journey = try await journey()
    try await journey.backup(at: hour(0))
    let uploads = journey.site.uploads
    try FileManager.default.moveItem(atPath: uploads, toPath: uploads + "-away")
    #expect(try await journey.backup(at: hour(9)).state == "partial")
    #expect(
      try journey.kinds(at: hour(9)) == ["warning snapshot-old", "warning snapshot-partial"])
    try FileManager.default.moveItem(atPath: uploads + "-away", toPath: uploads)
    try await journey.backup(at: hour(10))
    #expect(try journey.kinds(at: hour(10)) == [])
    #expect(try journey.outcomes() == [.complete, .partial, .complete])
  }

  @Test func `a brake is critical with its cause, and so is what it degraded`() async throws {
    let journey = try await journey()
    try await journey.backup(at: hour(0))
    try journey.site.live().execute("DELETE FROM users")
    #expect(try await journey.backup(at: hour(4)).state == "degraded")
    #expect(
      try journey.kinds(at: hour(4)) == ["critical snapshot-degraded", "critical brake"])
    let status = try journey.status(at: hour(4))
    #expect(status.findings.contains { $0.message.contains("accounts-empty") })
    let metrics = try Exposition(StatusExposition(status).text)
    #expect(metrics.values["lethe_brake_engaged{cause=\"accounts-empty\"}"] == 1)
    #expect(metrics.values["lethe_brake_engaged{cause=\"accounts-halved\"}"] == 0)
    #expect(metrics.values["lethe_status_code"] == 2)
  }

  @Test func `keys that outlive their time are reported`() async throws {
    let (journey, person) = try await Journey.withPerson()
    try await journey.backup(at: hour(0))
    try person.delete(from: journey.site)
    try await journey.backup(at: hour(4))
    func late(_ hours: Int64) throws -> [String] {
      try journey.kinds(at: hour(hours)).filter { $0.contains("erasures") }
    }
    #expect(try late(75) == [] && late(80) == [])
    #expect(try late(81) == ["warning erasures-late"] && late(100) == ["warning erasures-late"])
    #expect(try late(101) == ["critical erasures-late"])
    let erasures = try #require(StatusReport(try journey.status(at: hour(78))).erasures)
    #expect(erasures.held == 1 && erasures.due == 1 && erasures.late == 0)
    // After a gap as long as the hold the first run destroys nothing.
    for hours in [102, 106] as [Int64] { try await journey.backup(at: hour(hours)) }
    #expect(try journey.kinds(at: hour(106)) == [])
    #expect(StatusReport(try journey.status(at: hour(106))).erasures?.destroyed == 1)
  }

  @Test func `a snapshot that outlives the retention is critical`() async throws {
    let journey = try await journey()
    for day in [0, 10, 15] as [Int64] {
      _ = try await Backup(
        try journey.configuration, store: journey.store, pruning: .never,
        now: { hour(day * 24) }, progress: { _ in }
      ).run()
    }
    #expect(try journey.kinds(at: hour(15 * 24 - 1)).allSatisfy { !$0.contains("retention") })
    #expect(try journey.kinds(at: hour(15 * 24)) == ["critical retention-exceeded"])
    try await journey.backup(at: hour(15 * 24 + 1))
    #expect(try journey.kinds(at: hour(15 * 24 + 1)) == [])
  }

  @Test func `a clock that cannot be believed is critical`() async throws {
    let memory = MemoryStore()
    let journey = try await journey(memory)
    try await journey.backup(at: hour(4))
    #expect(try journey.kinds(at: hour(3)) == ["critical clock"])
    await memory.set(time: hour(100 * 24) / 1000)
    try await journey.backup(at: hour(8))
    #expect(try journey.kinds(at: hour(8)) == ["critical clock"])
    await memory.set(time: nil)
    try await journey.backup(at: hour(12))
    #expect(try journey.kinds(at: hour(12)) == [])
  }

  @Test func `a run that fails, is stopped or dies is remembered`() async throws {
    let journey = try await journey()
    try await journey.backup(at: hour(0))
    let faulty = FaultyStore(journey.store, plan: .from(1))
    _ = await journey.failure { try await journey.backup(over: faulty, at: hour(1)) }
    let failed = try journey.status(at: hour(1))
    #expect(failed.state == .warning && failed.findings.first?.kind == "run-failed")
    #expect(failed.findings.first?.message.contains("the test cut the connection") ?? false)
    let stopped = Task { try await journey.backup(at: hour(2)) }
    stopped.cancel()
    _ = try? await stopped.value
    #expect(try journey.outcomes().last == .interrupted)
    #expect(try journey.kinds(at: hour(2)) == ["warning run-failed"])
    _ = try AgentState(opening: journey.site.state).beginHistory(started: hour(3))
    #expect(try journey.kinds(at: hour(3)) == ["warning run-died"])
    try await journey.backup(at: hour(4))
    #expect(try journey.kinds(at: hour(4)) == [])
    #expect(try journey.outcomes() == [.complete, .failed, .interrupted, .died, .complete])
  }

  @Test func `a run that goes on is no failure until it takes too long`() async throws {
    let journey = try await journey()
    try await journey.backup(at: hour(0))
    let lock = try StateLock(journey.site.state)
    _ = try AgentState(opening: journey.site.state).beginHistory(started: hour(1))
    #expect(try journey.kinds(at: hour(2)) == [])
    let report = StatusReport(try journey.status(at: hour(2)))
    #expect(report.run_in_progress?.seconds == 3600 && report.last_run?.state == "complete")
    #expect(try journey.kinds(at: hour(6)) == ["warning run-long"])
    withExtendedLifetime(lock) {}
  }

  @Test func `only a whole restore that was proved counts as one`() async throws {
    let journey = try await journey()
    try await journey.backup(at: hour(0))
    func restore(_ accounts: [String], at time: Int64) async throws {
      let target = try TemporaryDirectory("lethe-target")
      let restore = Restore(store: journey.store, progress: { _ in })
      let plan = try await restore.plan(
        RestoreRequest(
          target: target.path + "/t", snapshot: "latest", origins: [], accounts: accounts),
        kit: try journey.kit.open(passphrase: nil))
      VerifiedRestore.note(
        try await restore.carryOut(plan), of: plan, in: try journey.configuration,
        began: time - 1000, ended: time)
    }
    try await restore(["alice@jix.im"], at: hour(1))
    #expect(StatusReport(try journey.status(at: hour(1))).last_verified_restore == nil)
    #expect(try journey.status(at: hour(1)).findings.map(\.kind) == ["restore-unproved"])
    try await restore([], at: hour(2))
    let status = try journey.status(at: hour(2))
    #expect(StatusReport(status).last_verified_restore == Timestamp.text(hour(2)))
    #expect(status.findings == [] && status.state == .ok)
  }
}
