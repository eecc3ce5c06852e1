import Foundation
import Operations
import Storing
import TestKit
import Testing

@Suite struct `Only one agent at a time, and only where it left off` {
  private func twoRuns() async throws -> (Journey, MemoryStore, whole: Int) {
    let memory = MemoryStore()
    let journey = Journey(site: try Site(), store: memory)
    try await journey.initialise()
    let first = try await journey.backup()
    try journey.site.change(1)
    try await journey.backup()
    return (journey, memory, first.stored.bytes_uploaded)
  }

  @Test func `an adopted repository is sent little, and the former agent is refused`() async throws
  {
    let (journey, _, whole) = try await twoRuns()
    let former = journey.site.directory.path + "/former"
    try copyDirectory(journey.site.state, to: former)
    try FileManager.default.removeItem(atPath: journey.site.state)
    try await journey.adopt()
    let next = try await journey.backup()
    #expect(next.state == "complete")
    #expect(next.accounts.new == 0)
    // A catalogue pack of 64 KiB and the log; no rows, no content.
    #expect(next.stored.bytes_uploaded < 80 << 10, "of \(whole)")
    #expect(next.stored.chunks_new <= 4)
    try await journey.expectRestoreEqualsSource()

    try copyDirectory(former, to: journey.site.state)
    let failure = await journey.failure { try await journey.backup() }
    #expect(failure.status == .refused)
    #expect(failure.message.contains("lethe adopt"))
  }

  @Test func `a machine of an agent is not adopted over`() async throws {
    let (journey, _, _) = try await twoRuns()
    let failure = await journey.failure { try await journey.adopt() }
    #expect(failure.status == .refused)
    #expect(failure.message.contains(journey.site.state))
    try await journey.backup()
  }

  @Test func `an adoption that fails leaves no state, and can be run again`() async throws {
    let (journey, memory, _) = try await twoRuns()
    try FileManager.default.removeItem(atPath: journey.site.state)
    let counter = FaultyStore(memory)
    try await Journey(site: journey.site, store: counter).adopt()
    let count = await counter.operationCount
    for operation in 1...count {
      try FileManager.default.removeItem(atPath: journey.site.state)
      let faulty = Journey(
        site: journey.site, store: FaultyStore(memory, plan: .from(operation)))
      _ = await faulty.failure { try await faulty.adopt() }
      #expect(!FileManager.default.fileExists(atPath: journey.site.state + "/agent.sqlite"))
      try await journey.adopt()
    }
    try await journey.backup()
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `a state directory restored from an older copy is recognised`() async throws {
    let journey = Journey(site: try Site(messages: 50), store: MemoryStore())
    try await journey.initialise()
    try await journey.backup()
    let old = journey.site.directory.path + "/old"
    try copyDirectory(journey.site.state, to: old)
    try await journey.backup()
    try copyDirectory(old, to: journey.site.state)
    let failure = await journey.failure { try await journey.backup() }
    #expect(failure.status == .refused)
    #expect(failure.message.contains("old copy"))
    try FileManager.default.removeItem(atPath: journey.site.state)
    try await journey.adopt()
    try await journey.backup()
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `a remote rolled back to an older copy is recognised`() async throws {
    let memory = MemoryStore()
    let journey = Journey(site: try Site(messages: 50), store: memory)
    try await journey.initialise()
    try await journey.backup()
    let old = await memory.contents
    try await journey.backup()
    await memory.restore(old)
    let failure = await journey.failure { try await journey.backup() }
    #expect(failure.status == .damaged)
    #expect(failure.message.contains("rolled back"))
    #expect(await memory.contents == old)
  }

  @Test func `a forked log is recognised`() async throws {
    let memory = MemoryStore()
    let journey = Journey(site: try Site(messages: 50), store: memory)
    try await journey.initialise()
    let (state, before) = (journey.site.state, await memory.contents)
    let fork = journey.site.directory.path + "/fork"
    try copyDirectory(state, to: fork)
    try await journey.backup()
    let mine = journey.site.directory.path + "/mine"
    try copyDirectory(state, to: mine)
    await memory.restore(before)
    try copyDirectory(fork, to: state)
    try await journey.backup()
    try copyDirectory(mine, to: state)
    let failure = await journey.failure { try await journey.backup() }
    #expect(failure.status == .damaged)
    #expect(failure.message.contains("forked"))
  }
}
