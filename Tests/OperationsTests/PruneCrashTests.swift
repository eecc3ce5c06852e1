import Format
import Foundation
import Operations
@testable import Repository
import Storing
import TestKit
import Testing

@Suite struct `A pruning run that is cut off is finished by the next` {
  private static let start = Timestamp.now()
  private static func hour(_ hours: Int64) -> Int64 { start + hours * Span.hour }
  private static let fortnight: Int64 = 14 * 24

  /// A repository whose run at `fortnight + 4` hours expires, drops and removes.
  private func prepared() async throws -> (Start, [Moment]) {
    let journey = try await Journey.small(messages: 5)
    // All but the first have nothing new but their catalogues' roots, which go with them.
    for hour in [0, 1, 3, 6] as [Int64] { try await journey.backup(at: Self.hour(hour)) }
    var moments: [Moment] = []
    for (round, days) in [5, 10].enumerated() {
      try journey.site.change(round, messages: 3)
      moments.append(try await journey.snapshot(at: Self.hour(Int64(days) * 24)).1)
    }
    // Expires two, drops what only they needed.
    moments.append(try await journey.snapshot(at: Self.hour(Self.fortnight + 1)).1)
    try journey.site.change(9, messages: 3)
    return (try await Start(journey), moments)
  }

  @Test func `the run that is cut does all three`() async throws {
    let (start, moments) = try await prepared()
    let journey = try await start.journey()
    let before = try await journey.archive()
    #expect(before.listedPacks.contains { $0.isDropped })
    let packs = try await journey.storedPacks()
    try await journey.backup(at: Self.hour(Self.fortnight + 4))
    let after = try await journey.archive()
    #expect(before.snapshots.count == moments.count + 2)
    #expect(after.snapshots.count == moments.count + 2, "one expired, one came")
    #expect(Set(before.packs.keys).subtracting(after.packs.keys).count >= 1)
    #expect(try await !packs.isSubset(of: journey.storedPacks()))
  }

  /// All but the question how much room there is: a run that gets no answer to it knows less, and
  /// nothing is wrong.
  private static let counted = Set(FaultyStore.Operation.allCases).subtracting([.freeByteCount])

  @Test(arguments: Cut.allCases)
  func `wherever it is cut`(cut: Cut) async throws {
    let (start, moments) = try await prepared()
    let counter = FaultyStore(try await start.journey().store, counting: Self.counted)
    try await Journey(site: start.site, store: counter)
      .backup(at: Self.hour(Self.fortnight + 4))
    let count = await counter.operationCount
    #expect(count >= 12)
    for operation in 1...count {
      let comment: Comment = "cut \(cut) operation \(operation) of \(count)"
      let journey = try await start.journey()
      let faulty = FaultyStore(
        journey.store, plan: cut.plan(operation), counting: Self.counted)
      var wasCut = false
      do {
        let report = try await journey.backup(over: faulty, at: Self.hour(Self.fortnight + 4))
        wasCut = !report.warnings.isEmpty
      } catch { wasCut = true }
      // Whatever the cut left, what is kept comes back.
      try await journey.expect(moments[0], "\(comment)")
      #expect(wasCut || cut != .from, comment)
      let next = try await journey.snapshot(at: Self.hour(Self.fortnight + 8))
      #expect(next.0.state == "complete" && next.0.warnings == [], comment)
      for moment in moments + [next.1] { try await journey.expect(moment, "\(comment)") }
      try await start.expectAgreement(journey, comment)
      try await journey.expectSound(comment)
      try await journey.backup(at: Self.hour(Self.fortnight + 12))
      try await journey.prune(at: Self.hour(Self.fortnight + 14))
      let needed = try await journey.neededPacks().values.reduce(into: Set()) { $0.formUnion($1) }
      #expect(try await journey.storedPacks() == needed, comment)
    }
  }
}
