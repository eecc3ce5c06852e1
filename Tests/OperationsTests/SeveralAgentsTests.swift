import Foundation
import Operations
@testable import Repository
import Storing
import TestKit
import Testing

/// A store before whose operations something else happens: a pause, or another agent's work.
actor InterruptedStore: Store {
  typealias Interruption = @Sendable (FaultyStore.Operation, String) async -> Void

  private let store: any Store
  private let interruption: Interruption

  init(_ store: any Store, before interruption: @escaping Interruption) {
    self.store = store
    self.interruption = interruption
  }

  var traffic: Traffic { get async { await store.traffic } }
  func create() async throws(StoreError) {
    await interruption(.create, "")
    try await store.create()
  }
  func put(_ bytes: [UInt8], as name: ObjectName) async throws(StoreError) {
    await interruption(.put, name.path)
    try await store.put(bytes, as: name)
  }
  func get(_ name: ObjectName, upTo limit: Int) async throws(StoreError) -> [UInt8] {
    await interruption(.get, name.path)
    return try await store.get(name, upTo: limit)
  }
  func get(_ name: ObjectName, range: Range<Int>) async throws(StoreError) -> [UInt8] {
    await interruption(.get, name.path)
    return try await store.get(name, range: range)
  }
  func byteCount(of name: ObjectName) async throws(StoreError) -> Int? {
    await interruption(.byteCount, name.path)
    return try await store.byteCount(of: name)
  }
  func modificationTime(of name: ObjectName) async throws(StoreError) -> Int64? {
    try await store.modificationTime(of: name)
  }
  func list(_ directory: String) async throws(StoreError) -> [StoredObject] {
    await interruption(.list, directory)
    return try await store.list(directory)
  }
  func remove(_ name: ObjectName) async throws(StoreError) {
    await interruption(.remove, name.path)
    try await store.remove(name)
  }
  func makeDurable(_ directory: String) async throws(StoreError) {
    await interruption(.makeDurable, directory)
    try await store.makeDurable(directory)
  }
  func freeByteCount() async throws(StoreError) -> Int? { try await store.freeByteCount() }
  func close() async { await store.close() }
}

/// Another machine that may become the agent: the same site, a state directory of its own.
private struct Machine: Sendable {
  let state: String
  let configuration: Configuration

  init(_ name: String, of site: Site) throws {
    state = "\(site.directory.path)/\(name)"
    let text = try String(contentsOfFile: site.configuration, encoding: .utf8)
      .replacingOccurrences(of: "state: \(site.state)", with: "state: \(state)")
    let path = "\(site.directory.path)/\(name).yaml"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    configuration = try Configuration.load(path)
  }

  func backup(over store: any Store) async throws -> BackupReport {
    try await Backup(
      configuration, store: store, pruning: .inTurn, now: { Timestamp.now() }, progress: { _ in }
    ).run()
  }

  func adopt(_ journey: Journey) async throws {
    _ = try await Adoption(configuration, store: journey.store).run(
      kit: journey.kit, passphrase: nil, time: Timestamp.now())
  }
}

@Suite struct `An agent that stalls takes nothing from its successor` {
  /// Where the former agent stalls while the other one takes over and backs up.
  enum Stall: String, CaseIterable {
    case listing = "list keyring"
    case sweeping = "remove keyring/"
    case appending = "put log/"

    func isHere(_ operation: FaultyStore.Operation, _ path: String) -> Bool {
      "\(operation) \(path)".hasPrefix(rawValue)
    }
  }

  @Test(arguments: Stall.allCases)
  func `wherever it stalls in an epoch, which writes the keyring anew`(stall: Stall) async throws {
    let (journey, person) = try await Journey.withPerson()
    try await journey.backup()
    try person.delete(from: journey.site)
    let successor = try Machine("successor", of: journey.site)
    let once = OneTime()
    let store = InterruptedStore(journey.store) { operation, path in
      guard stall.isHere(operation, path), await once.isFirst() else { return }
      do {
        try await successor.adopt(journey)
        for _ in 0..<2 { _ = try await successor.backup(over: journey.store) }
      } catch { Issue.record(error) }
    }
    let stalled = Journey(site: journey.site, store: store)
    _ = try? await stalled.erase(person, atOnce: true)
    #expect(await !once.isFirst(), "it stalled")
    // Whatever it does next it is told that it is not the agent any more.
    #expect(await journey.failure { try await journey.backup() }.status == .refused)
    #expect(try await successor.backup(over: journey.store).state == "complete")
    try await journey.expectRestoreEqualsSource(stall.rawValue)
    let check = Check(
      successor.configuration, store: journey.store, reading: 100, now: Timestamp.now(),
      progress: { _ in })
    #expect(try await check.run().findings == [], "\(stall)")
  }
}

/// Says once that it is the first time.
private actor OneTime {
  private var isOver = false

  func isFirst() -> Bool {
    defer { isOver = true }
    return !isOver
  }
}

@Suite struct `Clones of a state directory exclude each other` {
  private static let roundCount =
    ProcessInfo.processInfo.environment["LETHE_CLONE_ROUNDS"].flatMap { Int($0) } ?? 50

  /// Pauses anywhere, so that the agents meet in every order.
  private static func pausing(_ store: any Store, seed: UInt64) -> InterruptedStore {
    let source = Pauses(seed: seed)
    return InterruptedStore(store) { _, _ in
      let pause = await source.next()
      if pause > 0 { try? await Task.sleep(for: .microseconds(pause)) }
    }
  }

  /// Lets them all run at once; gives how each ended.
  private static func race(
    _ machines: [Machine], over stores: [InterruptedStore]
  ) async -> [(Machine, Operations.ExitStatus)] {
    await withTaskGroup(of: (Machine, Operations.ExitStatus).self) { group in
      for (machine, store) in zip(machines, stores) {
        group.addTask {
          do {
            _ = try await machine.backup(over: store)
            return (machine, .done)
          } catch { return (machine, OperationError(error).status) }
        }
      }
      var outcomes: [(Machine, Operations.ExitStatus)] = []
      for await outcome in group { outcomes.append(outcome) }
      return outcomes
    }
  }

  @Test func `of two and three that run at once one commits, and the others are told`()
    async throws
  {
    let seed = Seed.hint
    var random = Seed.generator(#function)
    let journey = Journey(site: try Site(messages: 5), store: MemoryStore())
    try await journey.initialise()
    let machines = try ["one", "two", "three"].map { try Machine($0, of: journey.site) }
    for round in 0..<Self.roundCount {
      let runners = Array(machines.prefix(2 + round % 2))
      try journey.site.change(round, messages: 2)
      for machine in runners { try copyDirectory(journey.site.state, to: machine.state) }
      let outcomes = await Self.race(
        runners, over: runners.map { _ in Self.pausing(journey.store, seed: random.next()) })
      let comment: Comment = "\(seed), round \(round): \(outcomes.map(\.1))"
      let winners = outcomes.filter { $0.1 == .done }
      #expect(winners.count == 1, comment)
      #expect(outcomes.allSatisfy { [.done, .refused].contains($0.1) }, comment)
      for (machine, status) in outcomes where status != .done {
        let failure = await journey.failure {
          _ = try await machine.backup(over: journey.store)
        }
        #expect(failure.status == .refused && failure.message.contains("cloned"), comment)
      }
      guard let winner = winners.first?.0 else { return }
      try copyDirectory(winner.state, to: journey.site.state)
      if round % 10 == 9 { try await journey.expectRestoreEqualsSource("\(comment)") }
    }
    // What the losers had sent is nobody's: a check names it, and the next run removes the keyrings.
    let nobodys = try await Set(journey.check(reading: 100).findings.map(\.kind.rawValue))
    #expect(nobodys.isSubset(of: ["foreign-object", "keyring-unknown"]))
    try await journey.backup()
    let left = try await Set(journey.check(reading: 100).findings.map(\.kind.rawValue))
    #expect(left.isSubset(of: ["foreign-object"]))
    try await journey.expectRestoreEqualsSource()
  }
}

/// Seeded pauses: mostly none, sometimes long.
private actor Pauses {
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  func next() -> Int { random.next() % 3 == 0 ? Int(random.next() % 4000) : 0 }
}

@Suite struct `What is found after a crash is made durable before it counts` {
  private let undurable: Set<FaultyStore.Operation> = [.makeDurable]

  @Test func `an entry whose answer was lost`() async throws {
    let journey = Journey(site: try Site(messages: 20), store: MemoryStore())
    try await journey.initialise()
    try await journey.backup()
    let before = try AgentState(opening: journey.site.state).head()
    let counter = FaultyStore(journey.store, counting: [.put])
    try await journey.backup(over: counter)
    let count = await counter.operationCount
    let cut = FaultyStore(journey.store, plan: .after(count), counting: [.put])
    _ = await journey.failure { try await journey.backup(over: cut) }
    let failing = FaultyStore(journey.store, plan: .from(1), counting: undurable)
    _ = await journey.failure { try await journey.backup(over: failing) }
    let head = try #require(try AgentState(opening: journey.site.state).head())
    let listed = try await journey.store.list("log").count
    #expect(head != before && Int(head.sequence) == listed - 1, "not taken over yet")
    try await journey.backup()
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `packs of a run that was cut off`() async throws {
    let journey = Journey(site: try Site(messages: 20), store: MemoryStore())
    try await journey.initialise()
    let cut = FaultyStore(journey.store, plan: .after(1), counting: [.put])
    _ = await journey.failure { try await journey.backup(over: cut) }
    let failing = FaultyStore(journey.store, plan: .from(1), counting: undurable)
    _ = await journey.failure { try await journey.backup(over: failing) }
    let state = try AgentState(opening: journey.site.state)
    #expect(try state.packs(in: [.pending]).count > 0 && state.packs(in: [.stored]).isEmpty)
    try await journey.backup()
    try await journey.expectRestoreEqualsSource()
  }
}
