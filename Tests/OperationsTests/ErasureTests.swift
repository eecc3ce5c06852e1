import Foundation
import Operations
import Storing
import TestKit
import Testing

@Suite struct `A deleted account is in no snapshot` {
  /// Two snapshots that hold somebody.
  private func twoRuns() async throws -> (Journey, Person, [Moment]) {
    let (journey, person) = try await Journey.withPerson()
    let first = try await journey.snapshot().1
    try journey.site.change(1)
    return (journey, person, [first, try await journey.snapshot().1])
  }

  private func expect(
    _ journey: Journey, _ moments: [Moment], without people: [Person] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    for (index, moment) in moments.enumerated() {
      try await journey.expect(
        moment, without: people, "snapshot \(index + 1)", sourceLocation: sourceLocation)
    }
  }

  @Test func `the canary is in every table with owners, and a restore brings it back`()
    async throws
  {
    let (journey, person, moments) = try await twoRuns()
    #expect(try person.tablesWithoutCanary(in: journey.site.live()) == [])
    let target = journey.site.directory.path + "/t"
    try await journey.restore(target, snapshot: moments[0].snapshot)
    #expect(
      try person.tablesWithoutCanary(in: LiveDatabase(target + "/xmpp/ejabberd.db")) == [])
    #expect(try Haystack.paths(below: target, holding: person.canary).count == 3)
    try await expect(journey, moments)
  }

  @Test(arguments: [false, true])
  func `from the run that finds it gone`(leavesRemains: Bool) async throws {
    let (journey, person, before) = try await twoRuns()
    if leavesRemains {
      try journey.site.deleteAccount(person.name)
    } else {
      try person.delete(from: journey.site)
    }
    let (report, after) = try await journey.snapshot()
    #expect(report.state == "complete")
    #expect(report.accounts.missing == 1 && report.accounts.erased == 1)
    #expect(report.accounts.held == 1 && report.accounts.destroyed == 0)
    try await expect(journey, before + [after], without: [person])
    #expect(try journey.erasures().erasures.map(\.cause) == ["missing"])
  }

  @Test func `at once when the administrator says so, on the server or not`() async throws {
    let (journey, person, before) = try await twoRuns()
    let receipts = try await journey.erase(person)
    #expect(receipts.count == 1 && receipts.erasures.map(\.cause) == ["administrator"])
    try await expect(journey, before, without: [person])
    let (report, after) = try await journey.snapshot()
    #expect(report.accounts.new == 0 && report.accounts.erased == 0)
    #expect(report.warnings.contains { $0.contains("still on the server") })
    try await expect(journey, before + [after], without: [person])
  }

  @Test(arguments: [false, true])
  func `until the erasure is cancelled`(isOnServer: Bool) async throws {
    let (journey, person, before) = try await twoRuns()
    if isOnServer {
      _ = try await journey.erase(person)
    } else {
      try person.delete(from: journey.site)
      try await journey.backup()
    }
    try await journey.cancel(person)
    #expect(try journey.erasures().erasures == [])
    try await expect(journey, before)
    let (report, after) = try await journey.snapshot()
    #expect(report.accounts.missing == 0 && report.accounts.new == 0)
    #expect(report.accounts.live == (isOnServer ? 7 : 6))
    try await expect(journey, before + [after])
  }

  @Test func `nor ever again once its keys are destroyed`() async throws {
    let (journey, person, before) = try await twoRuns()
    let receipts = try await journey.erase(person, atOnce: true)
    #expect(receipts.erasures.first?.destroyed != nil)
    try await expect(journey, before, without: [person])
    let failure = await journey.failure { try await journey.cancel(person) }
    #expect(failure.status == .refused && failure.message.contains("destroyed"))
    for includingHeld in [false, true] {
      try await journey.expect(before[0], without: [person], includingHeld: includingHeld)
    }
    let (report, after) = try await journey.snapshot()
    #expect(report.accounts.new == 0 && report.accounts.held == 0)
    try await expect(journey, before + [after], without: [person])
  }

  @Test func `one account alone, unless it is erased`() async throws {
    let (journey, person, moments) = try await twoRuns()
    func restore(_ target: String) async throws {
      try await journey.restore(
        journey.site.directory.path + target, snapshot: moments[0].snapshot,
        accounts: [person.address])
    }
    try await restore("/alone")
    let live = try LiveDatabase(journey.site.directory.path + "/alone/xmpp/ejabberd.db")
    #expect(try live.rows("SELECT username FROM users") == [[person.name]])
    #expect(try person.tablesWithoutCanary(in: live) == [])
    _ = try await journey.erase(person)
    let failure = await journey.failure { try await restore("/erased") }
    #expect(failure.status == .usage && !failure.message.contains(person.name))
    #expect(!FileManager.default.fileExists(atPath: journey.site.directory.path + "/erased"))
    try await journey.cancel(person)
    try await restore("/cancelled")
  }

  @Test func `who is only missing can be included, whoever was reported cannot`() async throws {
    let (journey, missing, _) = try await twoRuns()
    let reported = Person(name: "pumpernickel")
    try reported.register(on: journey.site)
    let moment = try await journey.snapshot().1
    try missing.delete(from: journey.site)
    _ = try await journey.erase(reported)
    let (report, after) = try await journey.snapshot()
    #expect(report.accounts.held == 2)
    try await journey.expect(moment, without: [missing, reported])
    try await journey.expect(moment, without: [reported], includingHeld: true)
    try await journey.expect(after, without: [missing, reported], includingHeld: true)
  }
}
