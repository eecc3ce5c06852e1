import Format
import Foundation
import Operations
@testable import Repository
import Storing
import TestKit
import Testing

/// Where a store fails.
enum Cut: String, CaseIterable {
  case before, after, from

  func plan(_ count: Int) -> FaultyStore.Plan {
    switch self {
    case .before: .before(count)
    case .after: .after(count)
    case .from: .from(count)
    }
  }
}

/// A repository and a state that many commands begin from.
struct Start: Sendable {
  let site: Site
  private let contents: [ObjectName: [UInt8]]
  private let saved: String
  private let savedKit: String

  /// Remembers where a journey stands; its store must be in memory.
  init(_ journey: Journey) async throws {
    site = journey.site
    let memory = try #require(journey.store as? MemoryStore)
    contents = await memory.contents
    saved = site.directory.path + "/saved-state"
    savedKit = site.directory.path + "/saved-kit"
    try copyDirectory(site.state, to: saved)
    try copyDirectory(site.kit, to: savedKit)
  }

  /// Puts state, kit and remote back to where they were.
  func journey() async throws -> Journey {
    try copyDirectory(saved, to: site.state)
    try copyDirectory(savedKit, to: site.kit)
    let store = MemoryStore()
    try await store.create()
    await store.restore(contents)
    return Journey(site: site, store: store)
  }

  /// Expects that nothing half-done is left: the log is whole, the agent's state says of erasures what
  /// it says, and no keyring is there but those in force.
  func expectAgreement(
    _ journey: Journey, _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let archive = try await Archive(
      store: journey.store, kit: try journey.kit.open(passphrase: nil))
    let state = try AgentState(opening: site.state)
    let mine = Dictionary(
      uniqueKeysWithValues: try state.erasures().map {
        ($0.erasure.entry.account, $0.erasure)
      })
    #expect(mine == archive.ledger.erasures, comment, sourceLocation: sourceLocation)
    #expect(try state.head() == archive.head, comment, sourceLocation: sourceLocation)
    #expect(try state.value(.pendingEntry) == nil, comment, sourceLocation: sourceLocation)
    let named = Set(
      archive.entries.last?.keyring.flatMap { [$0.name(0), $0.name(1)] } ?? [])
    let stored = Set(try await journey.store.list("keyring").map(\.name.path))
    #expect(stored == named, comment, sourceLocation: sourceLocation)
    let accounts = Set(try state.accounts().map(\.account.number))
    #expect(
      accounts == Set(archive.accounts.keys), comment, sourceLocation: sourceLocation)
  }
}
