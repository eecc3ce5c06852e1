import Format
import Foundation
@testable import Operations
@testable import Repository
import Storing
import TestKit
import Testing

@Suite struct `Rows are sealed anew, and what was deleted is forgotten with their keys` {
  private static let start = Timestamp.now()
  private static func hour(_ hours: Int64) -> Int64 { start + hours * Span.hour }

  /// Four weeks and a day of a run every four hours, and a change every day.
  @Test func `no row outlives the renewal by more than a run`() async throws {
    let journey = try await Journey.small(messages: 30)
    var epochCount = 0
    for run in 0..<29 * 6 as Range<Int64> {
      let now = Self.hour(4 * run)
      if run % 6 == 0 { try journey.site.change(Int(run / 6), messages: 3) }
      #expect(try await journey.backup(at: now).warnings == [])
      let state = try AgentState(opening: journey.site.state)
      let newest = try #require(try state.snapshots().last)
      let rows = try state.packRows().filter {
        newest.packs.contains($0.number) && $0.summary.contents == .rows
      }
      #expect(
        rows.allSatisfy { now - $0.sealed < 14 * Span.day + 4 * Span.hour }, "run \(run)")
      guard try state.time(.epochBegan) == now else { continue }
      epochCount += 1
      try await expectOnlyNeededSecrets(journey, "epoch at run \(run)")
    }
    #expect(epochCount == 4)
    let state = try AgentState(opening: journey.site.state)
    let secrets = try state.keyring(unpublishedOnly: false).runs.count
    #expect(secrets < 28 * 6, "those of the first week are gone: \(secrets)")
    try await journey.expectSound()
    try await journey.expectRestoreEqualsSource()
    let kept = try await journey.kept()
    #expect(kept.count == 14 * 6)
  }

  /// The secrets in the keyring are those of runs whose packs of rows are not dropped: the agent's are
  /// the remote's.
  private func expectOnlyNeededSecrets(_ journey: Journey, _ comment: Comment) async throws {
    let live = try LiveDatabase(AgentState.path(journey.site.state))
    let needed = try live.rows(
      "SELECT DISTINCT hex(run) FROM pack WHERE contents = 1 AND state <> 4 AND length(run) = 16")
    let kept = try AgentState(opening: journey.site.state).keyring(unpublishedOnly: false).runs
    #expect(Set(kept.map(\.id.hex)) == Set(needed.map { $0[0].lowercased() }), comment)
    let published = try await journey.archive().runSecrets
    #expect(Set(published.keys) == Set(kept.map(\.id)), comment)
  }

  /// A site of two people and an upload that is deleted, over a remote that keeps everything.
  private func hoarded() async throws -> Journey {
    let journey = try await Journey.small(
      messages: 3, over: HoardingStore(MemoryStore()), more: "retention: 4d\nrenewal: 4d")
    for name in ["bob", "carol", "erin", "frank"] {
      try Person(name: name).delete(from: journey.site)
    }
    return journey
  }

  @Test func `a hoarder reads nothing that was deleted long ago, and all that is live`()
    async throws
  {
    let journey = try await hoarded()
    let store = try #require(journey.store as? HoardingStore)
    let file = journey.site.uploads + "/alice/a1/photo.jpg"
    // Until the second day; then it is deleted.
    var early: Set<RunID> = []
    for run in 0..<12 as Range<Int64> {
      if run % 3 == 0 { try journey.site.change(Int(run), messages: 2) }
      early.insert(
        try #require(RunID(hex(try await journey.backup(at: Self.hour(4 * run)).snapshot))))
    }
    let alice = try #require(
      try AgentState(opening: journey.site.state).accounts().first {
        $0.account.address == "alice@jix.im"
      }
    ).account.number
    let pieces = try AgentState(opening: journey.site.state)
      .file(Array("alice/a1/photo.jpg".utf8), of: "uploads")?.pieces
    #expect(pieces?.count == 1)
    let deleted = try await targets(pieces ?? [], journey)
    try FileManager.default.removeItem(atPath: file)
    try journey.site.live().execute("DELETE FROM archive WHERE username = 'alice'")
    let oldKit = journey.site.directory.path + "/old-kit"
    try copyDirectory(journey.site.kit, to: oldKit)

    // Retention, renewal, the week of an epoch, and a day.
    let end = 12 + (4 + 4 + 7 + 1) * 6 as Int64
    for run in 12..<end {
      if run % 6 == 0 { try journey.site.change(Int(run), messages: 1) }
      try await journey.backup(at: Self.hour(4 * run))
    }
    try await journey.advanceKit(at: Self.hour(4 * end))
    try await journey.backup(at: Self.hour(4 * end + 1))

    func hoarder(_ kit: String) async throws -> Hoarder {
      let kit = try KitDirectory(kit).open(passphrase: nil)
      var hoarder = try Hoarder(await store.hoard, state: journey.site.state, kit: kit)
      try hoarder.exhaustAll()
      return hoarder
    }
    let before = try await hoarder(oldKit)
    let old = before.chunks(of: [.rows, .records, .description]) { early.contains($0) }
    #expect(old.count > 10 && deleted.count == 1, "\(old.count)")
    #expect(before.opened.isSuperset(of: old.union(deleted)), "an old kit: so it can fail")

    var after = try await hoarder(journey.site.kit)
    #expect(after.opened.isDisjoint(with: old), "rows of runs long past")
    #expect(after.opened.isDisjoint(with: deleted), "the content of a file long gone")
    let live = try await liveChunks(journey)
    #expect(live.count > 20 && after.opened.isSuperset(of: live))
    let content = after.chunks(of: [.content]) { early.contains($0) }
    #expect(!live.isDisjoint(with: content), "a file that stayed lies where it lay at first")

    // Not by any combination of whatever is known, either.
    let sample = Set(old.intersection(after.chunks(of: alice)).prefix(1)).union(deleted)
    try after.exhaust(sample)
    #expect(sample.count == 2 && after.opened.isDisjoint(with: sample))
    try await journey.expectSound()
  }

  /// Where pieces of a file lie.
  private func targets(_ pieces: [KnownPiece], _ journey: Journey) async throws
    -> Set<Hoarder.Target>
  {
    let packs = try AgentState(opening: journey.site.state).packs(in: [.committed])
    return Set(
      pieces.compactMap { piece in
        guard case .chunk(_, _, let pack, let ordinal) = piece, let summary = packs[pack] else {
          return nil
        }
        return Hoarder.Target(pack: summary.pack, ordinal: ordinal)
      })
  }

  /// What the newest snapshot refers to, but for its catalogue.
  private func liveChunks(_ journey: Journey) async throws -> Set<Hoarder.Target> {
    let archive = try await journey.archive()
    let reader = CatalogueReader(archive: archive)
    var found: Set<Hoarder.Target> = []
    for origin in try await reader.root(of: try #require(archive.snapshots.last)).origins {
      var places = [origin.description]
      for segment in origin.segments {
        for group in try await reader.part(segment.part).groups {
          places += group.records + group.contents
        }
      }
      found.formUnion(places.map { Hoarder.Target(pack: $0.pack, ordinal: $0.ordinal) })
    }
    return found
  }
}
