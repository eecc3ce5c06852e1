import Foundation
@testable import Operations
import Repository
import Storing
import TestKit
import Testing

@Suite struct `Monitoring is told, and nobody is named` {
  private static let start = Timestamp.now()

  /// A time so many hours after the first run.
  private func hour(_ hours: Int64) -> Int64 { Self.start + hours * Span.hour }

  private func journey(metrics: String? = nil) async throws -> Journey {
    let site = try Site(messages: 30)
    try site.writeConfiguration(more: "metrics: \(site.directory.path)/\(metrics ?? "lethe.prom")")
    let journey = Journey(site: site, store: MemoryStore())
    try await journey.initialise()
    return journey
  }

  private func metrics(_ journey: Journey) throws -> Exposition {
    let path = try #require(try journey.configuration.metrics)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o644)
    #expect(!FileManager.default.fileExists(atPath: path + ".new"))
    return try Exposition(String(contentsOfFile: path, encoding: .utf8))
  }

  @Test func `the metrics are written after a run and after a failure`() async throws {
    let journey = try await journey()
    let previous = umask(0o077)
    defer { umask(previous) }
    try await journey.backup(at: hour(0))
    let first = try metrics(journey)
    #expect(first.values["lethe_status_code"] == 0)
    #expect(first.values["lethe_newest_snapshot_timestamp_seconds"] == Int(hour(0) / 1000))
    #expect(first.values["lethe_last_run_state{state=\"complete\"}"] == 1)
    #expect(first.values["lethe_run_in_progress"] == 0)
    #expect(first.values["lethe_last_run_sent_bytes"] ?? 0 > 100_000)
    #expect(!first.families.contains("lethe_remote_free_bytes"), "this store cannot tell")
    #expect(!first.families.contains("lethe_last_verified_restore_timestamp_seconds"))
    let faulty = FaultyStore(journey.store, plan: .from(1))
    _ = await journey.failure { try await journey.backup(over: faulty, at: hour(9)) }
    let second = try metrics(journey)
    #expect(second.values["lethe_status_code"] == 1)
    #expect(second.values["lethe_status_timestamp_seconds"] == Int(hour(9) / 1000))
    #expect(second.values["lethe_newest_snapshot_timestamp_seconds"] == Int(hour(0) / 1000))
    #expect(second.values["lethe_last_run_state{state=\"failed\"}"] == 1)
    #expect(second.values["lethe_finding{severity=\"warning\",kind=\"run-failed\"}"] == 1)
    try FileManager.default.removeItem(atPath: journey.site.state)
    _ = await journey.failure { try await journey.backup(at: hour(10)) }
    #expect(try metrics(journey).values["lethe_status_code"] == 3)
  }

  @Test func `metrics that cannot be written are a warning and fail no run`() async throws {
    let journey = try await journey(metrics: "nowhere/lethe.prom")
    let report = try await journey.backup(at: hour(0))
    #expect(report.state == "complete")
    #expect(report.warnings.contains { $0.contains("nowhere/lethe.prom") })
  }

  @Test func `a parser that takes anything would prove nothing`() {
    for text in [
      "a 1\n", "# HELP a b\n# TYPE a gauge\n", "# HELP a b\n# TYPE a gauge\na x\n",
      "# HELP a b\n# TYPE a gauge\nb 1\n", "# HELP a b\n# TYPE a gauge\na{x=\"\"\"} 1\n",
      "# HELP a b\n# TYPE a gauge\na 1\na 1\n", "# HELP a b\n# TYPE a gauge\na 1",
    ] { #expect(throws: Exposition.Objection.self) { try Exposition(text) } }
  }

  @Test func `nothing that status prints names anybody`() async throws {
    let (journey, person) = try await Journey.withPerson()
    try await journey.backup(at: hour(0))
    try person.delete(from: journey.site)
    try await journey.backup(at: hour(4))
    // An error about an origin names what it met.
    try journey.site.writeConfiguration(
      origins: "  - { name: uploads, directory: /srv/alice/zwieback, "
        + "profile: \(Site.project)/Config/profiles/directory.yaml }")
    let failure = await journey.failure { try await journey.backup(at: hour(5)) }
    #expect(failure.message.contains("/srv/alice/zwieback"))
    let status = try journey.status(at: hour(5))
    #expect(status.findings.contains { $0.kind == "run-failed" })
    let report = String(decoding: try JSONEncoder().encode(StatusReport(status)), as: UTF8.self)
    for text in [report, StatusExposition(status).text, StatusPage(status).text] {
      for name in Site.people + [person.name, "jix.im"] {
        // "alice" is the name of nothing else.
        #expect(text.range(of: "\\b\(name)\\b", options: .regularExpression) == nil, "\(name)")
      }
    }
  }

  @Test func `the page needs nothing from elsewhere, and text stays text`() async throws {
    let journey = try await journey()
    try await journey.backup(at: hour(0))
    let state = try AgentState(opening: journey.site.state)
    var record = RunRecord(started: hour(1), outcome: .failed)
    record.message = "<script>alert(\"1\")</script> & '<b onclick=y>'\u{1b}[2J"
    try state.endHistory(try state.beginHistory(started: hour(1)), record)
    let page = StatusPage(try journey.status(at: hour(2))).text
    #expect(page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;&lt;b"))
    for word in ["<script", "<img", "<link", "<iframe", "@import", "url(", "\u{1b}"] {
      #expect(!page.contains(word), "\(word)")
    }
    for reference in ["(src|href|action|data|poster|srcset)\\s*=", "//\\w"] {
      #expect(page.range(of: reference, options: .regularExpression) == nil, "\(reference)")
    }
    #expect(page.contains("default-src 'none'") && page.contains("prefers-color-scheme:dark"))
    let parser = XMLCheck(page)
    #expect(parser.objection == nil)
  }

  @Test func `a state that another process is changing is waited for`() async throws {
    let journey = try await journey()
    try await journey.backup(at: hour(0))
    let writer = try LiveDatabase(journey.site.state + "/agent.sqlite")
    try writer.execute("BEGIN EXCLUSIVE")
    let configuration = try journey.configuration
    let now = hour(1)
    let status = Task.detached { Status(configuration, now: now) }
    try await Task.sleep(for: .milliseconds(300))
    try writer.execute("COMMIT")
    #expect(await status.value.state == .ok)
    // And the other way round: whoever reads makes no run fail.
    try writer.execute("BEGIN; SELECT count(*) FROM meta")
    let run = Task.detached { try await journey.backup(at: now) }
    try await Task.sleep(for: .milliseconds(500))
    try writer.execute("COMMIT")
    #expect(try await run.value.state == "complete")
  }

  @Test func `a state whose writer was killed can be read`() async throws {
    let journey = try await journey()
    try await journey.backup(at: hour(0))
    let path = journey.site.state + "/agent.sqlite"
    let killed = journey.site.directory.path + "/killed"
    do {
      let writer = try LiveDatabase(path)
      try writer.execute(
        """
        PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE;
        UPDATE pack SET entries = randomblob(200000); DELETE FROM snapshot;
        CREATE TABLE x AS SELECT randomblob(100000) FROM pack
        """)
      try #require(FileManager.default.fileExists(atPath: path + "-journal"))
      try copyDirectory(journey.site.state, to: killed)
    }
    try journey.site.writeConfiguration(state: killed)
    let status = try journey.status(at: hour(1))
    #expect(status.state == .ok, "\(status.findings)")
    #expect(StatusReport(status).snapshots == 1)
  }
}

/// Whether elements are closed in the order in which they are opened.
private struct XMLCheck {
  private(set) var objection: String?

  init(_ page: String) {
    let void: Set = ["!doctype", "meta", "path", "rect", "polygon", "polyline"]
    var open: [Substring] = []
    for match in page.matches(of: /<(\/?)([!a-z][a-z0-9]*)([^<>]*)>/) {
      let name = match.output.2
      if void.contains(String(name)) { continue }
      if match.output.1.isEmpty {
        open.append(name)
      } else if open.popLast() != name {
        objection = objection ?? "\(match.output.0) closes something else"
      }
    }
    if let left = open.last { objection = objection ?? "\(left) is never closed" }
  }
}
