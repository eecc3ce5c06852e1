import Format
import Foundation
import Operations
import Repository
import Storing
import TestKit
import Testing

@Suite struct `A check does not take the agent at its word` {
  private func vault(_ checkup: Checkup) async throws -> Vault {
    try await Vault(
      state: try AgentState(opening: checkup.journey.site.state), store: checkup.memory)
  }

  @Test func `a drop of packs that a kept snapshot needs`() async throws {
    let checkup = try await Checkup()
    let rows = try await checkup.packs(of: .rows)
    let pack = try #require(PackID(hex: rows[0].name.dropFirst("pack ".count)))
    try await vault(checkup).drop([pack], time: Timestamp.now())
    let report = try await checkup.check()
    let finding = try #require(report.findings.first)
    #expect(finding.kind == .referenceBroken && finding.object == "packs/\(pack.hex)")
    #expect(!report.isClean)
  }

  @Test func `keys destroyed of somebody who was not erased`() async throws {
    let checkup = try await Checkup()
    try await vault(checkup).beginEpoch(destroying: [AccountNumber(1)], time: Timestamp.now())
    let kinds = try await checkup.check().findings.map(\.kind)
    #expect(kinds.contains(.logContradiction))
  }

  @Test func `a state that lost a pack`() async throws {
    let checkup = try await Checkup()
    let state = try AgentState(opening: checkup.journey.site.state)
    try state.forget([try #require(try state.packRows().first).number])
    #expect(try await checkup.check().findings.map(\.kind) == [.stateMismatch])
  }

  @Test func `packs that were dropped, and one that came back`() async throws {
    let checkup = try await Checkup()
    let before = await checkup.memory.contents
    func prune(at time: Int64) async throws -> PruneReport {
      try await Prune(
        try checkup.journey.configuration, store: checkup.memory, now: time
      ).run(isRehearsal: false)
    }
    // No longer than the retention from one entry to the next, or the clock is doubted.
    let soon = Timestamp.now() + 10 * Span.day
    try await checkup.journey.backup(at: soon)
    let later = soon + 10 * Span.day
    #expect(try await prune(at: later).dropped_packs > 0)
    #expect(try await checkup.check(at: later + 1000).findings == [])
    let waiting = try await checkup.check(at: later + 2 * Span.hour)
    #expect(!waiting.findings.isEmpty && waiting.isClean)
    #expect(waiting.findings.allSatisfy { $0.kind == .packDropped })
    #expect(try await prune(at: later + 2 * Span.hour).removed_packs == waiting.findings.count)
    #expect(try await checkup.check(at: later + 2 * Span.hour).findings == [])
    let name = try checkup.name(waiting.findings[0].object)
    await checkup.memory.tamper(with: name, before[name])
    #expect(
      try await checkup.check(at: later + 2 * Span.hour).findings.map(\.kind) == [.packReturned])
    #expect(await checkup.memory.contents[name] == nil, "it is gone for good")
    #expect(try await checkup.check(at: later + 2 * Span.hour).findings == [])
  }

  @Test func `a commit whose answer was lost is no fork`() async throws {
    let checkup = try await Checkup()
    try checkup.journey.site.change(2)
    let counter = FaultyStore(checkup.memory)
    await counter.set(.none, counting: [.put])
    try await checkup.journey.backup(over: counter)
    let count = await counter.operationCount
    try await checkup.reset()
    await counter.set(.after(count), counting: [.put])
    _ = await checkup.journey.failure { try await checkup.journey.backup(over: counter) }
    let report = try await checkup.check(reading: 100)
    #expect(report.findings.filter { $0.severity != .info } == [])
  }

  @Test func `a check that is cut off anywhere is an error, and changes nothing`() async throws {
    let checkup = try await Checkup(messages: 30)
    let counter = FaultyStore(checkup.memory)
    let journey = Journey(site: checkup.journey.site, store: counter)
    _ = try await journey.check(reading: 100)
    let (count, whole) = (await counter.operationCount, await checkup.memory.contents)
    #expect(count > 10)
    for operation in 1...count {
      await counter.set(.before(operation))
      let failure = await journey.failure { _ = try await journey.check(reading: 100) }
      #expect(failure.status == .failed, "operation \(operation): \(failure)")
    }
    #expect(await checkup.memory.contents == whole)
    #expect(try await checkup.check(reading: 100).findings == [])
  }

  @Test func `an unreachable remote is an error of its own`() async throws {
    let checkup = try await Checkup(messages: 10)
    let faulty = FaultyStore(
      checkup.memory, plan: .from(1),
      error: StoreError(code: .unreachable, message: "nobody answers."))
    let journey = Journey(site: checkup.journey.site, store: faulty)
    let failure = await journey.failure { _ = try await journey.check() }
    #expect(failure.status == .repositoryMissing)
  }
}
