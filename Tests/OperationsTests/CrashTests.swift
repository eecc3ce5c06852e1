import Foundation
import Operations
import Storing
import TestKit
import Testing

@Suite struct `A run that is cut off loses at most itself` {
  /// A repository and a state that many runs begin from.
  private struct Start {
    let site: Site
    let contents: [ObjectName: [UInt8]]
    let saved: String
    let snapshotCount: Int

    /// Puts state and remote back to where they were.
    func journey() async throws -> Journey {
      try copyDirectory(saved, to: site.state)
      let store = MemoryStore()
      try await store.create()
      await store.restore(contents)
      return Journey(site: site, store: store)
    }
  }

  private func start(afterFirst: Bool) async throws -> Start {
    let site = try Site(messages: 400)
    let store = MemoryStore()
    let journey = Journey(site: site, store: store)
    try await journey.initialise()
    if afterFirst {
      try await journey.backup()
      try site.change(1)
    }
    let saved = site.directory.path + "/saved"
    try copyDirectory(site.state, to: saved)
    return Start(
      site: site, contents: await store.contents, saved: saved,
      snapshotCount: afterFirst ? 1 : 0)
  }

  @Test(arguments: Cut.allCases, [false, true])
  func `a store that fails at any operation`(cut: Cut, afterFirst: Bool) async throws {
    let start = try await start(afterFirst: afterFirst)
    let counting = try await start.journey()
    let counter = FaultyStore(counting.store)
    let whole = try await counting.backup(over: counter).stored.bytes_uploaded
    let count = await counter.operationCount
    #expect(count >= 8, "list, newest entry, three packs, two keyrings, entry")
    let allPacks =
      await (counting.store as? MemoryStore)?.contents.keys.filter { $0.path.hasPrefix("packs/") }
      .count ?? 0
    for operation in 1...count {
      try await cutOff(start, cut, operation, whole: whole, allPacks: allPacks)
    }
  }

  private func cutOff(
    _ start: Start, _ cut: Cut, _ operation: Int, whole: Int, allPacks: Int
  ) async throws {
    let comment = "\(cut) operation \(operation)"
    let journey = try await start.journey()
    guard let memory = journey.store as? MemoryStore else { return }
    let faulty = FaultyStore(memory, plan: cut.plan(operation))
    var wasCommitted = false
    do {
      try await journey.backup(over: faulty)
      // Only what follows the commit may fail unnoticed.
      wasCommitted = true
    } catch {
      let failure = OperationError(error)
      #expect([.failed, .repositoryMissing].contains(failure.status), "\(comment): \(failure)")
    }
    let stored = await memory.contents.keys.filter { $0.path.hasPrefix("packs/") }.count
    let wasLogged = await memory.contents.keys.filter { $0.path.hasPrefix("log/") }.count
    let sent = await memory.traffic.bytesSent
    let again = try await journey.backup()
    let used = await memory.traffic.bytesSent - sent
    #expect(again.state == "complete", "\(comment)")
    let logged = start.contents.keys.filter { $0.path.hasPrefix("log/") }.count
    // A run reads the same and pads what is left anew.
    #expect(used < whole + 4096, "\(comment)")
    if wasLogged == logged, stored == allPacks {
      #expect(used < whole / 2, "\(comment): the packs of the cut run are sent again")
    }
    let commits = (wasLogged - logged) + 1
    #expect(!wasCommitted || commits == 2, "\(comment)")
    #expect(
      try await journey.snapshots().snapshots.count == start.snapshotCount + commits, "\(comment)")
    try await journey.expectRestoreEqualsSource(comment)
  }

  @Test(arguments: [Cut.before, .after])
  func `an init that fails at any operation can be run again`(cut: Cut) async throws {
    let site = try Site(messages: 10)
    var operation = 0
    while true {
      operation += 1
      let memory = MemoryStore()
      let faulty = FaultyStore(memory, plan: cut.plan(operation))
      let journey = Journey(site: site, store: faulty)
      var failed = false
      do { try await journey.initialise() } catch { failed = true }
      if failed {
        #expect(!FileManager.default.fileExists(atPath: site.kit + "/lethe-static.kit"))
        #expect(!FileManager.default.fileExists(atPath: site.state + "/agent.sqlite"))
        #expect(await memory.contents.isEmpty, "\(cut) operation \(operation)")
        try await Journey(site: site, store: memory).initialise()
      }
      try await Journey(site: site, store: memory).backup()
      for path in [site.kit, site.state] { try FileManager.default.removeItem(atPath: path) }
      guard failed else { break }
    }
    #expect(operation > 4)
  }

  @Test func `an init whose store goes away says what to do`() async throws {
    let site = try Site(messages: 10)
    for operation in 2...5 {
      let memory = MemoryStore()
      let faulty = FaultyStore(memory, plan: .from(operation))
      let cut = Journey(site: site, store: faulty)
      _ = await cut.failure { try await cut.initialise() }
      let journey = Journey(site: site, store: memory)
      guard await !memory.contents.isEmpty else { continue }
      let failure = await journey.failure { try await journey.initialise() }
      #expect(failure.status == .refused)
      #expect(failure.message.contains("empty"), "\(failure.message)")
      #expect(!FileManager.default.fileExists(atPath: site.kit + "/lethe-static.kit"))
    }
  }
}
