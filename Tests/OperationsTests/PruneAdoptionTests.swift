import Format
import Foundation
import Operations
@testable import Repository
import Storing
import TestKit
import Testing

@Suite struct `An adopted agent lets go of nothing that is needed` {
  private static let start = Timestamp.now()
  private func hour(_ hours: Int64) -> Int64 { Self.start + hours * Span.hour }

  /// Sixteen days of two runs a day, with changes: snapshots expired, packs were dropped and removed.
  private func aged() async throws -> (Journey, [Moment]) {
    let journey = try await Journey.small()
    var moments: [Moment] = []
    for run in 0...32 as ClosedRange<Int64> {
      if run % 2 == 0 { try journey.site.change(Int(run), messages: 4) }
      let moment = try await journey.snapshot(at: hour(12 * run)).1
      if run % 7 == 5 { moments.append(moment) }
    }
    let archive = try await journey.archive()
    #expect(archive.listedPacks.contains { $0.isDropped })
    #expect(try await journey.storedPacks().count < archive.listedPacks.count)
    return (journey, moments)
  }

  private func adopt(_ journey: Journey, at time: Int64) async throws {
    try FileManager.default.removeItem(atPath: journey.site.state)
    try await journey.adopt(at: time)
  }

  @Test func `it learns what the former one knew`() async throws {
    let (journey, moments) = try await aged()
    let last = try await journey.prune(at: hour(33 * 12))
    let known = try journey.rememberedPacks()
    try await adopt(journey, at: hour(33 * 12) + Span.minute)
    #expect(try journey.rememberedPacks() == known)
    try await journey.expectSound("dropped packs that are there are known")
    let early = try await journey.prune(at: hour(33 * 12 + 1) - 1, isRehearsal: true)
    let told = try await journey.prune(at: hour(33 * 12 + 1), isRehearsal: true)
    #expect(told.dropped_packs == 0 && told.expired == [] && told.objection == nil)
    #expect(last.dropped_packs > 0 && early.removed_packs == 0)
    #expect(told.removed_packs == last.dropped_packs, "what the former one dropped is removed")

    for run in 34...70 as ClosedRange<Int64> {
      if run % 3 == 0 { try journey.site.change(Int(run), messages: 4) }
      #expect(try await journey.backup(at: hour(12 * run)).warnings == [])
      if run % 6 == 4 { try await journey.expectSound("run \(run)") }
      let kept = try await journey.kept()
      if let moment = moments.last, kept.contains(moment.snapshot), run % 6 == 4 {
        try await journey.expect(moment)
      }
    }
    try await journey.expectRestoreEqualsSource()
    let needed = Set(try await journey.neededPacks().values.flatMap { $0 })
    let live = try AgentState(opening: journey.site.state).packRows().filter {
      $0.state == .committed
    }
    #expect(Set(live.map(\.summary.pack.hex)) == needed)
    let oldest = try #require(live.filter { $0.summary.contents == .rows }.map(\.sealed).min())
    #expect(oldest > hour(12 * 12), "rows of the former agent were sealed anew and went")
  }

  @Test func `a catalogue that is damaged keeps everything while its snapshot is kept`()
    async throws
  {
    let (journey, moments) = try await aged()
    let memory = try #require(journey.store as? MemoryStore)
    let oldest = try #require(try await journey.archive().snapshots.first)
    let name = try #require(ObjectName("packs/\(oldest.entry.catalogue.pack.hex)"))
    var bytes = try await memory.get(name, upTo: 1 << 25)
    bytes[bytes.count / 2] ^= 1
    await memory.tamper(with: name, bytes)
    try await adopt(journey, at: hour(32 * 12 + 1))
    let packs = Set(try await journey.archive().packs.keys.map(\.hex))
    try journey.site.change(99)
    let report = try await journey.prune(at: hour(32 * 12 + 2))
    #expect(report.dropped_packs == 0 && report.objection == nil)
    #expect(try await journey.storedPacks().isSuperset(of: packs))
    try await journey.expect(try #require(moments.last))
    #expect(try await journey.backup(at: hour(32 * 12 + 3)).state == "complete")
    #expect(try await journey.storedPacks().isSuperset(of: packs))
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `it counts the chunks of the packs it found, so that dead ones go`() async throws {
    let (journey, _) = try await aged()
    try await adopt(journey, at: hour(33 * 12))
    let rows = try AgentState(opening: journey.site.state).packRows()
    let newest = try #require(try AgentState(opening: journey.site.state).snapshots().last)
    let used = rows.filter {
      newest.packs.contains($0.number) && $0.summary.contents != .catalogue
    }
    #expect(!used.isEmpty && used.allSatisfy { $0.chunkByteCount ?? 0 > 0 })
  }
}
