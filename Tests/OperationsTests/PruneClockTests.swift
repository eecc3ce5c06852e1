import Format
import Foundation
import Operations
@testable import Repository
import Storing
import TestKit
import Testing

@Suite struct `A clock that cannot be believed, or a brake, lets nothing go` {
  private static let start = Timestamp.now()
  private static func hour(_ hours: Int64) -> Int64 { start + hours * Span.hour }
  private static let due = hour(14 * 24 + 2)
  /// Within a hold of that, and before the erasure is due.
  private static let lastRun = hour(12 * 24)

  /// What is wrong in a run.
  enum Trouble: String, CaseIterable {
    case tenYearsOn, tenYearsBack, anHourBack, weeksOfNothing, remoteADayOff, remoteTenYearsOff
    case remoteTellsOfTenYearsOn, brake

    /// The time of day, as this machine says.
    fileprivate var now: Int64 {
      switch self {
      case .tenYearsOn, .remoteTellsOfTenYearsOn: due + 3652 * Span.day
      case .tenYearsBack: due - 3652 * Span.day
      case .anHourBack: lastRun - Span.hour
      case .weeksOfNothing: lastRun + 14 * Span.day + 1
      case .remoteADayOff, .remoteTenYearsOff, .brake: due
      }
    }

    /// The remote's, in seconds; nil where it cannot tell.
    fileprivate var remote: Int64? {
      switch self {
      case .remoteADayOff: due / 1000 + 25 * 3600
      case .remoteTenYearsOff: due / 1000 - 3652 * 86_400
      case .remoteTellsOfTenYearsOn: due / 1000
      default: nil
      }
    }

    fileprivate var word: String {
      self == .brake ? "brake" : self == .weeksOfNothing ? "the next run goes on" : "timedatectl"
    }
  }

  /// A clock that is set by more than it may, within one boot and across two, seen by a prune 15 days later.
  @Test(arguments: [
    (Span.hour, true), (-Span.hour, true), (12 * Span.hour, true), (5 * Span.minute, false),
  ])
  func `a clock that was set since the last run`(by drift: Int64, isSeen: Bool) async throws {
    let journey = try await Journey.small(messages: 3)
    let boot = ContinuousClock.now
    func prune(after days: Int64, _ offset: Int64, in name: String) async throws -> PruneReport {
      let elapsed = days * Span.day
      return try await Prune(
        try journey.configuration, store: journey.store, now: Self.start + elapsed + offset,
        boot: BootTime(boot: name, instant: boot + .milliseconds(elapsed))
      ).run(isRehearsal: false)
    }
    _ = try await journey.backup(at: Self.hour(0))
    #expect(try await prune(after: 0, 0, in: "one").objection == nil)
    try journey.site.change(1)
    _ = try await journey.backup(at: Self.hour(13 * 24))
    let report = try await prune(after: 15, drift, in: "one")
    #expect(report.objection?.contains("the clock was set") == (isSeen ? true : nil))
    #expect(report.expired.isEmpty == isSeen)
    // Whatever it says then is believed, and so it is after a start of the machine.
    #expect(try await prune(after: 15, drift, in: "one").objection == nil)
    #expect(try await prune(after: 15, drift + Span.day, in: "two").objection == nil)
  }

  /// A site with a snapshot, an erasure and packs that are due at one time.
  private func prepared() async throws -> (Journey, [Moment]) {
    let (journey, person) = try await Journey.withPerson(messages: 10)
    var moments = [try await journey.snapshot(at: Self.hour(0)).1]
    moments.append(try await journey.snapshot(at: Self.hour(1)).1)
    try journey.site.change(1)
    try await journey.backup(at: Self.hour(5 * 24))
    _ = try await journey.erase(person, at: Self.hour(10 * 24))
    try person.delete(from: journey.site)
    moments.append(try await journey.snapshot(at: Self.hour(10 * 24)).1)
    try await journey.backup(at: Self.lastRun)
    return (journey, moments)
  }

  private func secrets(_ journey: Journey) throws -> Int {
    try AgentState(opening: journey.site.state).keyring(unpublishedOnly: false).runs.count
  }

  @Test func `without any trouble all of it goes`() async throws {
    let (journey, moments) = try await prepared()
    let memory = try #require(journey.store as? MemoryStore)
    await memory.set(time: Self.due / 1000 + 23 * 3600)
    let report = try await journey.backup(at: Self.due)
    #expect(report.accounts.destroyed == 1 && report.warnings == [])
    let kept = try await journey.kept()
    #expect(!kept.contains(moments[0].snapshot) && !kept.contains(moments[1].snapshot))
    #expect(try await journey.archive().listedPacks.contains { $0.isDropped })
    #expect(try !AgentState(opening: journey.site.state).condemnedPacks().isEmpty)
  }

  @Test(arguments: Trouble.allCases)
  func `and says why`(trouble: Trouble) async throws {
    let (journey, moments) = try await prepared()
    let memory = try #require(journey.store as? MemoryStore)
    await memory.set(time: trouble.remote)
    if trouble == .brake { try journey.site.live().execute("DELETE FROM users") }
    let (packs, runs) = (try await journey.storedPacks(), try secrets(journey))
    let condemned = try AgentState(opening: journey.site.state).condemnedPacks()
    let report = try await journey.backup(at: trouble.now)
    #expect(report.warnings.contains { $0.contains(trouble.word) }, "\(report.warnings)")
    #expect(report.accounts.destroyed == 0)

    let oldest = Array(try await journey.kept().prefix(2))
    #expect(oldest == moments.prefix(2).map(\.snapshot))
    #expect(try await journey.storedPacks().isSuperset(of: packs))
    #expect(try await !journey.archive().listedPacks.contains { $0.isDropped })
    #expect(try AgentState(opening: journey.site.state).condemnedPacks() == condemned)
    #expect(try secrets(journey) == runs + 1)
    for moment in moments { try await journey.expect(moment, without: [Person(name: "zwieback")]) }
    try await journey.expectSound()

    if trouble == .brake {
      let told = try await journey.prune(at: trouble.now, isRehearsal: true)
      #expect(told.objection?.contains("brake") == true && told.expired == [])
      return
    }
    // Clocks that are right again are believed from the second run on.
    await memory.set(time: nil)
    let right = max(Self.due, trouble == .weeksOfNothing ? trouble.now : Self.due) + Span.hour
    _ = try await journey.backup(at: right)
    let last = try await journey.backup(at: right + Span.hour)
    #expect(last.warnings == [])
    #expect(try await !journey.kept().contains(moments[0].snapshot))
    #expect(try journey.erasures().erasures.allSatisfy { $0.destroyed != nil })
    try await journey.expectRestoreEqualsSource()
    try await journey.expectSound()
  }

  @Test(arguments: [Trouble.tenYearsOn, .tenYearsBack])
  func `what a wrong clock dated lives as long as its neighbours`(trouble: Trouble) async throws {
    let (journey, _) = try await prepared()
    let wrong = try await journey.backup(at: trouble.now)
    var days: Int64 = 0
    func run() async throws {
      days += 1
      try await journey.backup(at: Self.due + days * Span.day)
    }
    while days < 9 { try await run() }
    #expect(try await journey.kept().contains(wrong.snapshot), "of the time of the tenth day")
    while days < 16 { try await run() }
    #expect(try await !journey.kept().contains(wrong.snapshot))
    try await journey.expectSound()
    let future = try AgentState(opening: journey.site.state).packRows().filter {
      $0.sealed > Self.due + 16 * Span.day && $0.summary.contents == .rows && $0.condemned == nil
    }
    #expect(future == [], "rows of the future are sealed anew")
  }
}
