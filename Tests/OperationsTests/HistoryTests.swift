import Foundation
import Operations
import Storing
import TestKit
import Testing

@Suite struct `Whatever happened, nobody erased comes back and nobody else is lost` {
  /// As many as take half a minute; `LETHE_HISTORIES=300` for all.
  private static let count =
    ProcessInfo.processInfo.environment["LETHE_HISTORIES"].flatMap(Int.init) ?? 30
  private static let stepCount = 18

  /// A small town: whoever comes and goes is few among many.
  private func town() async throws -> Start {
    let journey = Journey(site: try Site(messages: 3), store: MemoryStore())
    try Site.makeDirectory(journey.site.inbox)
    try journey.site.writeConfiguration(
      more: """
        erasure:
          inbox: \(journey.site.inbox)
          brake: { accounts: 100, percent: 100 }
        """)
    let live = try journey.site.live()
    try live.execute("BEGIN")
    for resident in 0..<60 {
      try live.execute("INSERT INTO users(username, password) VALUES('resident\(resident)', 'p')")
    }
    try live.execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")
    for person in Site.people {
      try FileManager.default.removeItem(atPath: "\(journey.site.uploads)/\(person)")
    }
    try await journey.initialise()
    try await journey.backup()
    return try await Start(journey)
  }

  @Test func `random histories`() async throws {
    let town = try await town()
    let saved = town.site.directory.path + "/saved.db"
    try FileManager.default.copyItem(atPath: town.site.database, toPath: saved)
    print("\(Self.count) random histories (LETHE_HISTORIES=300 for all); \(Seed.hint)")
    for number in 0..<Self.count {
      for end in ["", "-wal", "-shm"] { unlink(town.site.database + end) }
      try FileManager.default.copyItem(atPath: saved, toPath: town.site.database)
      for directory in [town.site.uploads, town.site.inbox] {
        try FileManager.default.removeItem(atPath: directory)
        try Site.makeDirectory(directory)
      }
      let seed = Seed.value &+ UInt64(number)
      let history = try await History(town, seed: seed)
      do {
        for _ in 0..<Self.stepCount { try await history.step() }
        try await history.run(reliably: true)
        for index in Set([0, history.snapshots.count / 2, history.snapshots.count - 1]) {
          try await history.check(index)
        }
      } catch { Issue.record("\(error), seed \(seed), after \(history.steps)") }
      try await town.expectAgreement(history.journey, "seed \(seed)")
    }
  }
}
