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

  @Test func `on another machine it gives a receipt, which the agent takes once`() async throws {
    let journey = try await journey()
    let count = try await journey.store.list("log").count
    let (state, away) = (journey.site.state, journey.site.directory.path + "/away")
    try FileManager.default.moveItem(atPath: state, toPath: away)
    let time = Timestamp.now() + 5000
    let report = try await drill(journey, at: time)
    #expect(report.recorded == .elsewhere)
    #expect(try await journey.store.list("log").count == count)
    try FileManager.default.moveItem(atPath: away, toPath: state)
    let receipt = try #require(report.receipt)
    for _ in 1...2 {
      let told = try await DrillReceipt(receipt).record(
        try journey.configuration, store: journey.store, time: time + 1000)
      #expect(told == Timestamp.text(time))
      #expect(try await journey.store.list("log").count == count + 1)
    }
    let status = StatusReport(Status(try journey.configuration, now: time + 2000))
    #expect(status.last_verified_restore == Timestamp.text(time))
  }

  @Test func `a receipt that was made up is refused`() async throws {
    let (journey, other) = (try await journey(), try await journey())
    let away = other.site.directory.path + "/away"
    try FileManager.default.moveItem(atPath: other.site.state, toPath: away)
    let receipt = try #require(try await drill(other).receipt)
    var changed = Array(try #require(try await drill(other).receipt).utf8)
    changed[40] = changed[40] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
    for text in [receipt, String(decoding: changed, as: UTF8.self)] {
      let failure = await journey.failure {
        _ = try await DrillReceipt(text).record(
          try journey.configuration, store: journey.store, time: Timestamp.now())
      }
      #expect(failure.status == .refused || failure.status == .usage, "\(failure)")
    }
    for text in ["", "tea", "00", String(receipt.dropLast(2))] {
      let failure = await journey.failure {
        _ = try await DrillReceipt(text).record(
          try journey.configuration, store: journey.store, time: Timestamp.now())
      }
      #expect(failure.status == .usage || failure.status == .refused)
    }
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
