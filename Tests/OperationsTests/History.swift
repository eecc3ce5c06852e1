import Format
import Foundation
import Operations
@testable import Repository
import Storing
import TestKit
import Testing

/// One random life of a server and its backups, with a model beside it of who must come back.
final class History {
  /// One person behind a name, and what they left.
  struct Instance {
    let name: String
    let registered: String
    var canaries: Set<String> = []
    /// The account's number, once a run saw it.
    var number: AccountNumber?
    /// Whether no restore may bring it back.
    var isExcluded = false
    /// Whether the server did not list it when last asked, and it is excused from that if it is live.
    var isAbsent = false
    var isOnServer = true
  }

  let journey: Journey
  let start: Start
  private(set) var instances: [Instance] = []
  /// What each snapshot holds, by instance.
  private(set) var snapshots: [(id: String, held: [Int: Set<String>])] = []
  private(set) var steps: [String] = []
  private var random: SeededRandom
  private var clock = Timestamp.now()
  private var canaryCount = 0
  private let memory: MemoryStore

  static let names = ["ann", "ben", "cleo"]

  init(_ start: Start, seed: UInt64) async throws {
    self.start = start
    random = SeededRandom(seed: seed)
    journey = try await start.journey()
    memory = try #require(journey.store as? MemoryStore)
    // Those that were there before hold none of these people.
    snapshots = try await journey.snapshots().snapshots.map { ($0.id, [:]) }
  }

  private func pick<Item>(_ items: [Item]) -> Item? {
    items.isEmpty ? nil : items[Int(random.next() % UInt64(items.count))]
  }

  private func chance(_ one: UInt64) -> Bool { random.next() % one == 0 }

  private var stamp: String {
    String(Timestamp.text(clock).prefix(19)).replacingOccurrences(of: "T", with: " ")
  }

  /// The instance behind a name on the server.
  private func present(_ name: String) -> Int? {
    instances.lastIndex { $0.name == name && $0.isOnServer }
  }

  private func person(_ name: String) -> Person { Person(name: name, registered: stamp) }

  /// One step, whichever comes.
  func step() async throws {
    clock += Int64(random.next() % 20 + 1) * Span.hour
    guard let name = pick(Self.names) else { return }
    let choice = random.next() % 16
    steps.append("\(choice):\(name)")
    switch choice {
    case 0...1 where present(name) == nil: try register(name)
    case 0...3: if let index = present(name) { try write(index) } else { try register(name) }
    case 4...6: if let index = present(name) { try delete(index) }
    case 7...11: try await run()
    case 12: try await erase(name)
    case 13: try await cancel(name)
    case 14 where chance(3): try await adopt()
    default: try await restoreAny()
    }
  }

  private func register(_ name: String) throws {
    try journey.site.live().execute(
      "INSERT INTO users(username, password, created_at) VALUES('\(name)', 'p', '\(stamp)')")
    instances.append(Instance(name: name, registered: stamp))
    if chance(2) { try journey.site.report("registered", person(name), at: clock) }
    try write(instances.count - 1)
  }

  /// A message and now and then an upload.
  private func write(_ index: Int) throws {
    let name = instances[index].name
    canaryCount += 1
    let canary = "canary-\(canaryCount)."
    instances[index].canaries.insert(canary)
    guard chance(2) else {
      return try journey.site.live().execute(
        """
        INSERT INTO archive(username, timestamp, peer, bare_peer, xml, txt, created_at)
          VALUES('\(name)', 5, 'p', 'p', '\(canary)', '', '\(stamp)')
        """)
    }
    try journey.site.writeUpload("\(name)/u\(canaryCount)/f", Array(canary.utf8))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: TimeInterval(clock / 1000))],
      ofItemAtPath: "\(journey.site.uploads)/\(name)/u\(canaryCount)/f")
  }

  /// With or without an event; with or without remains, if Lethe can tell whose they are.
  private func delete(_ index: Int) throws {
    let name = instances[index].name
    instances[index].isOnServer = false
    try journey.site.live().execute("DELETE FROM users WHERE username = '\(name)'")
    if instances[index].number == nil || chance(2) {
      try journey.site.live().execute("DELETE FROM archive WHERE username = '\(name)'")
      try? FileManager.default.removeItem(atPath: "\(journey.site.uploads)/\(name)")
    }
    if chance(2) { try journey.site.report("deleted", person(name), at: clock) }
    if chance(3) {
      clock += Span.hour
      try register(name)
    }
  }

  /// The store, or one that fails at a random operation.
  private func store() -> any Store {
    guard chance(4) else { return memory }
    let operation = Int(random.next() % 16) + 1
    let plans: [FaultyStore.Plan] = [.before(operation), .after(operation), .from(operation)]
    let plan = pick(plans) ?? .none
    steps.append("\(plan)")
    return FaultyStore(memory, plan: plan)
  }

  func run(reliably: Bool = false) async throws {
    do {
      try await journey.backup(over: reliably ? memory : store(), at: clock)
    } catch {
      // The ordinary next run.
      clock += Span.hour
      try await journey.backup(at: clock)
    }
    try settle()
    let present = instances.indices.filter {
      instances[$0].isOnServer && !instances[$0].isExcluded
    }
    let held = Dictionary(uniqueKeysWithValues: present.map { ($0, instances[$0].canaries) })
    // A run whose last answer was lost counts as well.
    let listed = try await journey.snapshots().snapshots.map(\.id)
    for id in listed.dropFirst(snapshots.count) { snapshots.append((id, held)) }
  }

  /// What a run makes of the server as it is.
  private func settle() throws {
    let rows = try AgentState(opening: journey.site.state).accounts().map(\.account)
    for index in instances.indices {
      let instance = instances[index]
      if instance.isOnServer, instance.number == nil {
        instances[index].number =
          rows.last {
            $0.address == instance.name + "@jix.im"
              && $0.birthMark == Array(instance.registered.utf8)
          }?.number
        #expect(instances[index].number != nil, "\(steps)")
      }
      guard instance.number != nil else { continue }
      if !instance.isOnServer, !instance.isExcluded, !instance.isAbsent {
        instances[index].isExcluded = true
      }
      instances[index].isAbsent = !instance.isOnServer
    }
  }

  /// Instances of a name that the agent knows and that may come back.
  private func known(_ name: String) -> [Int] {
    instances.indices.filter {
      instances[$0].name == name && instances[$0].number != nil && !instances[$0].isExcluded
    }
  }

  private func erase(_ name: String) async throws {
    let indices = known(name)
    let other = Journey(site: journey.site, store: store())
    do {
      _ = try await other.erase(person(name), atOnce: chance(3), at: clock)
      for index in indices { instances[index].isExcluded = true }
    } catch { try await learn(indices) }
  }

  private func cancel(_ name: String) async throws {
    let held = Set(
      try AgentState(opening: journey.site.state).erasures().map(\.erasure).filter(\.isHeld)
        .map(\.entry.account))
    let index = instances.lastIndex {
      $0.name == name && $0.number.map(held.contains) ?? false
    }
    let isTaken = !known(name).isEmpty
    let other = Journey(site: journey.site, store: store())
    do {
      try await other.cancel(person(name), at: clock)
      #expect(index != nil && !isTaken, "\(steps)")
      if let index { instances[index].isExcluded = false }
    } catch {
      if let index { try await learn([index]) }
    }
  }

  /// A command that failed took effect or not; the log says which.
  private func learn(_ indices: [Int]) async throws {
    let archive = try await archive()
    for index in indices {
      guard let number = instances[index].number else { continue }
      instances[index].isExcluded = archive.ledger.erasures[number] != nil
    }
  }

  private func archive() async throws -> Archive {
    try await Archive(store: memory, kit: try journey.kit.open(passphrase: nil))
  }

  private func adopt() async throws {
    try FileManager.default.removeItem(atPath: journey.site.state)
    try await journey.adopt(at: clock)
    // What no entry says is forgotten: numbers of accounts that no run committed, and excuses.
    let committed = Set(try await archive().accounts.keys)
    let erased = Set(try await archive().ledger.erasures.keys)
    for index in instances.indices {
      guard let number = instances[index].number else { continue }
      if !committed.contains(number), !erased.contains(number) { instances[index].number = nil }
      if !instances[index].isExcluded { instances[index].isAbsent = false }
    }
  }

  private func restoreAny() async throws {
    if let snapshot = pick(Array(snapshots.indices)) { try await check(snapshot) }
  }

  /// Restores a snapshot and compares the canaries in it, wherever they are, with those of whoever may
  /// come back.
  func check(_ index: Int) async throws {
    let directory = try TemporaryDirectory("lethe-target")
    let target = directory.path + "/t"
    try await journey.restore(target, snapshot: snapshots[index].id)
    let expected = snapshots[index].held.filter { !instances[$0.key].isExcluded }
    let found = try Haystack.canaries(below: target)
    #expect(
      found == expected.values.reduce(into: Set()) { $0.formUnion($1) },
      "snapshot \(index) of \(snapshots.count) after \(steps)")
  }
}

extension Haystack {
  /// Every canary with a number, in any file below a directory.
  static func canaries(below directory: String) throws -> Set<String> {
    var found: Set<String> = []
    let prefix = Data("canary-".utf8)
    for path in try paths(below: directory, holding: prefix) {
      guard let content = FileManager.default.contents(atPath: directory + "/" + path) else {
        continue
      }
      var start = content.startIndex
      while let range = content.range(of: prefix, in: start..<content.endIndex) {
        let digits = content[range.upperBound...].prefix { $0 != UInt8(ascii: ".") }
        found.insert("canary-\(String(decoding: digits, as: UTF8.self)).")
        start = range.upperBound
      }
    }
    return found
  }
}
