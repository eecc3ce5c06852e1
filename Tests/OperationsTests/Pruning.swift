import Format
import Foundation
@testable import Operations
@testable import Repository
import Storing
import TestKit
import Testing

extension Journey {
  /// A small site and its repository.
  static func small(
    messages: Int = 10, over store: any Store = MemoryStore(), more: String = ""
  ) async throws -> Journey {
    let journey = Journey(site: try Site(messages: messages), store: store)
    if !more.isEmpty { try journey.site.writeConfiguration(more: more) }
    try await journey.initialise()
    return journey
  }

  /// Carries a prune out, or tells what it would do.
  @discardableResult
  func prune(at time: Int64, isRehearsal: Bool = false) async throws -> PruneReport {
    try await Prune(try configuration, store: store, now: time).run(isRehearsal: isRehearsal)
  }

  /// A run with `--no-prune`.
  @discardableResult
  func backupAlone(at time: Int64) async throws -> BackupReport {
    try await Backup(
      try configuration, store: store, pruning: .never, now: { time }, progress: { _ in }
    ).run()
  }

  func archive() async throws -> Archive {
    try await Archive(store: store, kit: try kit.open(passphrase: nil))
  }

  /// Ids of the snapshots that have not expired, oldest first.
  func kept() async throws -> [String] { try await snapshots().snapshots.map(\.id) }

  /// Ids of the packs on the remote.
  func storedPacks() async throws -> Set<String> {
    Set(try await store.list("packs").map { String($0.name.path.dropFirst(6)) })
  }

  /// The packs that each kept snapshot needs, by what its catalogue says.
  func neededPacks() async throws -> [RunID: Set<String>] {
    let archive = try await archive()
    let directory = try TemporaryDirectory("lethe-scratch")
    let scratch = try AgentState(creating: directory.path + "/state")
    var packs = SnapshotPacks(archive)
    try await packs.note(in: scratch)
    let ids = archive.numberedPacks.map(\.summary.pack.hex)
    return Dictionary(
      uniqueKeysWithValues: try scratch.snapshots().map { snapshot in
        (snapshot.run, Set(snapshot.packs.map { ids[Int($0) - 1] }))
      })
  }

  /// The same by what the agent remembers.
  func rememberedPacks() throws -> [RunID: Set<String>] {
    let state = try AgentState(opening: site.state)
    let ids = Dictionary(
      uniqueKeysWithValues: try state.packRows().map { ($0.number, $0.summary.pack.hex) })
    return Dictionary(
      uniqueKeysWithValues: try state.snapshots().map { snapshot in
        (snapshot.run, Set(snapshot.packs.map { ids[$0] ?? "pack \($0), forgotten" }))
      })
  }

  /// Expects that everything a kept snapshot needs is there and was not dropped, and that agent, log
  /// and catalogues agree about what that is.
  func expectSound(
    _ comment: Comment = "", sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let archive = try await archive()
    let (needed, stored) = (try await neededPacks(), try await storedPacks())
    let good = Set(archive.packs.keys.map(\.hex))
    for packs in needed.values {
      #expect(packs.isSubset(of: good), comment, sourceLocation: sourceLocation)
      #expect(packs.isSubset(of: stored), comment, sourceLocation: sourceLocation)
    }
    #expect(try rememberedPacks() == needed, comment, sourceLocation: sourceLocation)
    #expect(
      needed.keys.map(\.hex).sorted() == archive.snapshots.map(\.entry.run.hex).sorted(),
      comment, sourceLocation: sourceLocation)
    let known = try AgentState(opening: site.state).packRows().map(\.summary.pack.hex)
    #expect(Set(known) == stored, comment, sourceLocation: sourceLocation)
  }

  /// Takes the uploads away from the server, or brings them back as they were.
  func hideUploads(_ isHidden: Bool) throws {
    let away = site.directory.path + "/away"
    let (from, to) = isHidden ? (site.uploads, away) : (away, site.uploads)
    try FileManager.default.moveItem(atPath: from, toPath: to)
  }
}

extension Span {
  static let minute: Int64 = 60_000
}
