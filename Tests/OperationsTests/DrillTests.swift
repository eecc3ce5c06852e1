import Format
import Foundation
import Operations
@testable import Repository
import Storing
import TestKit
import Testing

@Suite struct `A drill proves that there is something to come back to` {
  private func journey() async throws -> Journey {
    let journey = Journey(site: try Site(messages: 40), store: MemoryStore())
    try await journey.initialise()
    try await journey.backup()
    return journey
  }

  private func drill(
    _ journey: Journey, canary: String? = nil, at time: Int64 = Timestamp.now()
  ) async throws -> DrillReport {
    try await Drill(
      try journey.configuration, store: journey.store, now: { time }, progress: { _ in }
    ).run(
      DrillRequest(scratch: journey.site.directory.path, canary: canary),
      kit: try journey.kit.open(passphrase: nil))
  }

  private func scratch(_ journey: Journey) -> String {
    Drill.target(in: journey.site.directory.path)
  }

  @Test func `it restores everything, tells the log, and removes what it made`() async throws {
    let journey = try await journey()
    let time = Timestamp.now() + 5000
    let report = try await drill(journey, canary: "alice@jix.im", at: time)
    #expect(report.recorded == .log && report.listed_accounts == Site.people.count)
    #expect(report.restored.files > 12 && report.restored.rows > 40)
    #expect(!FileManager.default.fileExists(atPath: scratch(journey)))
    let status = StatusReport(Status(try journey.configuration, now: time))
    #expect(status.last_verified_restore == Timestamp.text(time))
    #expect(status.findings == [])
    let archive = try await Archive(store: journey.store, kit: journey.kit.open(passphrase: nil))
    guard case .drill(let entry) = archive.entries.last?.event else {
      Issue.record("\(String(describing: archive.entries.last))")
      return
    }
    #expect(entry.run.hex == report.snapshot && entry.rowCount == report.restored.rows)
    try await journey.backup(at: time + 1000)
  }

  @Test func `a new agent knows of it too`() async throws {
    let journey = try await journey()
    let time = Timestamp.now() + 5000
    _ = try await drill(journey, at: time)
    try FileManager.default.removeItem(atPath: journey.site.state)
    try await journey.adopt(at: time + 1000)
    let status = StatusReport(Status(try journey.configuration, now: time + 2000))
    #expect(status.last_verified_restore == Timestamp.text(time))
  }

  @Test func `on another machine it says that nobody was told`() async throws {
    let journey = try await journey()
    let count = try await journey.store.list("log").count
    try FileManager.default.removeItem(atPath: journey.site.state)
    #expect(try await drill(journey).recorded == .elsewhere)
    #expect(try await journey.store.list("log").count == count)
  }

  @Test func `damage, and a snapshot of the wrong server, fail it`() async throws {
    let journey = try await journey()
    let missing = await journey.failure { _ = try await drill(journey, canary: "zoe@jix.im") }
    #expect(missing.status == .damaged && missing.message.contains("the canary is not among"))
    #expect(!missing.message.contains("zoe"))
    let memory = try #require(journey.store as? MemoryStore)
    let pack = try #require(try await memory.list("packs").max { $0.byteCount < $1.byteCount })
    let bytes = try await memory.get(pack.name, upTo: 1 << 26)
    try await memory.remove(pack.name)
    try await memory.put(bytes.dropLast(9) + [0, 1, 2, 3, 4, 5, 6, 7, 8], as: pack.name)
    let damaged = await journey.failure { _ = try await drill(journey) }
    #expect(damaged.status == .damaged)
    #expect(!FileManager.default.fileExists(atPath: scratch(journey)))
    let status = StatusReport(Status(try journey.configuration, now: Timestamp.now()))
    #expect(status.last_verified_restore == nil)
  }

  @Test func `what a killed drill left goes with the next`() async throws {
    let journey = try await journey()
    try Site.makeDirectory(scratch(journey) + "/xmpp")
    try TextFile.write("rows of people", to: scratch(journey) + "/xmpp/ejabberd.db")
    _ = try await drill(journey)
    #expect(!FileManager.default.fileExists(atPath: scratch(journey)))
  }
}
