import Foundation
import Operations
import Repository
import TestKit
import Testing

@Suite struct `Keys are destroyed after the hold and not before` {
  private static let start = Timestamp.now()

  /// A time so many hours after the first run.
  private func hour(_ hours: Int64) -> Int64 { Self.start + hours * Span.hour }

  @Test func `a run after the hold destroys, and the kit's advance is noted`() async throws {
    let (journey, person) = try await Journey.withPerson()
    let moment = try await journey.snapshot(at: hour(0)).1
    try person.delete(from: journey.site)
    try await journey.backup(at: hour(4))
    let early = try await journey.backup(at: hour(4 + 72) - 1)
    #expect(early.accounts.held == 1 && early.accounts.destroyed == 0)
    #expect(try journey.erasures(at: hour(76)).due == 1)
    let late = try await journey.backup(at: hour(4 + 72))
    #expect(late.accounts.held == 0 && late.accounts.destroyed == 1 && late.warnings == [])
    let receipt = try #require(try journey.erasures().erasures.first)
    #expect(receipt.excluded == Timestamp.text(hour(4)))
    #expect(receipt.destroyed == Timestamp.text(hour(76)) && receipt.beyond_kit == nil)
    let failure = await journey.failure { try await journey.cancel(person, at: hour(77)) }
    #expect(failure.status == .refused)
    let advance = try await journey.advanceKit(at: hour(78))
    #expect(advance.epoch == advance.epoch_before + 1 && advance.erasures_beyond_kit == 1)
    #expect(
      try journey.erasures().erasures.map(\.beyond_kit) == [Timestamp.text(hour(78))])
    #expect(try await journey.advanceKit(at: hour(79)).erasures_beyond_kit == 0)
    try await journey.expect(moment, without: [person])
    try await journey.backup(at: hour(80))
    try await journey.expect(moment, without: [person], includingHeld: true)
  }

  @Test func `an epoch begins every week without erasures, and the kit still opens`()
    async throws
  {
    let (journey, person) = try await Journey.withPerson()
    try await journey.backup(at: hour(0))
    // It is thirteen days old in the end, and not expired.
    let moment = try await journey.snapshot(at: hour(3 * 24)).1
    for day in [6, 8, 10, 16] as [Int64] { try await journey.backup(at: hour(day * 24)) }
    try await journey.expect(moment)
    let advance = try await journey.advanceKit(at: hour(400))
    #expect(advance.epoch == advance.epoch_before + 2)
    try await journey.expect(moment)
    #expect(try person.tablesWithoutCanary(in: journey.site.live()) == [])
  }

  /// Somebody is held when the database loses more people than can have left.
  private func braked() async throws -> (Journey, Person, Moment, lost: [Person]) {
    let (journey, person) = try await Journey.withPerson()
    let moment = try await journey.snapshot(at: hour(0)).1
    try person.delete(from: journey.site)
    try await journey.backup(at: hour(4))
    let lost = ["alice", "bob", "carol", "dave"].map { Person(name: $0) }
    for other in lost { try other.delete(from: journey.site) }
    return (journey, person, moment, lost)
  }

  @Test func `nothing is destroyed while a brake is on`() async throws {
    let (journey, person, moment, _) = try await braked()
    for hours in [8, 77, 200] as [Int64] {
      let report = try await journey.backup(at: hour(hours))
      #expect(report.state == "degraded" && report.accounts.erased == 0)
      #expect(report.accounts.held == 1 && report.accounts.destroyed == 0)
      #expect(report.accounts.live == 6, "whoever is not listed is kept")
    }
    let list = try journey.erasures(at: hour(200))
    #expect(list.brake?.cause == "accounts-halved" && list.brake?.gone == 5)
    #expect(list.brake?.since == Timestamp.text(hour(8)), "it began when it began")
    try await journey.expect(moment, without: [person])
    try await journey.cancel(person, at: hour(201))
    try await journey.expect(moment)
  }

  @Test func `a confirmation erases, and after its hold the keys are destroyed`() async throws {
    let (journey, person, moment, lost) = try await braked()
    try await journey.backup(at: hour(8))
    let confirmation = try await journey.confirm(at: hour(100))
    #expect(confirmation.erased == 4 && confirmation.held == 1)
    try await journey.expect(moment, without: [person] + lost)
    let first = try await journey.backup(at: hour(101))
    #expect(first.state == "complete" && first.accounts.destroyed == 1)
    #expect(first.accounts.held == 4, "these have their own hold")
    let second = try await journey.backup(at: hour(100 + 72))
    #expect(second.accounts.destroyed == 4 && second.accounts.held == 0)
    try await journey.expect(moment, without: [person] + lost)
    let failure = await journey.failure { try await journey.confirm(at: hour(180)) }
    #expect(failure.status == .usage && failure.message.contains("nothing to confirm"))
  }

  @Test func `a database that comes back releases the brake`() async throws {
    let (journey, person, moment, lost) = try await braked()
    try await journey.backup(at: hour(8))
    for other in lost { try other.register(on: journey.site) }
    let live = try journey.site.live()
    for other in lost {
      try live.execute(
        "UPDATE users SET created_at = '2024-01-02 03:04:05' WHERE username = '\(other.name)'")
    }
    let report = try await journey.backup(at: hour(80))
    #expect(report.state == "complete" && report.accounts.new == 0)
    #expect(report.accounts.destroyed == 1)
    #expect(try journey.erasures().brake == nil)
    try await journey.expect(moment, without: [person])
  }

  @Test func `who comes back to the list within the hold was never gone`() async throws {
    let (journey, person) = try await Journey.withPerson()
    let moment = try await journey.snapshot(at: hour(0)).1
    try person.delete(from: journey.site)
    try await journey.backup(at: hour(4))
    try person.register(on: journey.site)
    let (report, after) = try await journey.snapshot(at: hour(8))
    #expect(report.accounts.new == 0 && report.accounts.held == 0)
    try await journey.expect(moment)
    try await journey.expect(after)
  }

  @Test(arguments: [false, true])
  func `whoever was taken back and then leaves is found gone`(isSeenBetween: Bool) async throws {
    let (journey, person) = try await Journey.withPerson()
    let moment = try await journey.snapshot(at: hour(0)).1
    _ = try await journey.erase(person, at: hour(1))
    if isSeenBetween { try await journey.backup(at: hour(4)) }
    try await journey.cancel(person, at: hour(5))
    try person.delete(from: journey.site)
    let report = try await journey.backup(at: hour(8))
    #expect(report.accounts.missing == 1)
    try await journey.expect(moment, without: [person])
    try await journey.cancel(person, at: hour(9))
    try await journey.backup(at: hour(12))
    try await journey.expect(moment)
  }

  @Test func `an agent without another epoch does not call keys beyond the kit`() async throws {
    let (journey, person) = try await Journey.withPerson()
    let moment = try await journey.snapshot(at: hour(0)).1
    let state = try AgentState(opening: journey.site.state)
    try state.set([.epochKeys: Array(try state.required(.epochKeys).prefix(32))])
    _ = try await journey.erase(person, atOnce: true, at: hour(1))
    let stuck = try await journey.advanceKit(at: hour(2))
    #expect(stuck.epoch == stuck.epoch_before && stuck.erasures_beyond_kit == 0)
    #expect(try journey.erasures().erasures.map(\.beyond_kit) == [nil])
    // The advance brought new epochs; the next begins in its time.
    try await journey.backup(at: hour(200))
    #expect(try await journey.advanceKit(at: hour(201)).erasures_beyond_kit == 1)
    try await journey.expect(moment, without: [person])
  }
}
