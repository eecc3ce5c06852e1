import Foundation
import TestKit
import Testing

@Suite struct `Status answers in the terms of monitoring` {
  private func status(_ site: Site, _ arguments: String...) async throws -> Tool.Outcome {
    try await Tool.run(["status", "--config", site.configuration] + arguments)
  }

  @Test func `each state has its exit status and its first line`() async throws {
    let site = try Site(messages: 20)
    let unknown = try await status(site)
    #expect(unknown.status == 3 && unknown.output.hasPrefix("UNKNOWN: "))
    try await site.initialise()
    let critical = try await status(site)
    #expect(critical.status == 2 && critical.output.hasPrefix("CRITICAL: there is no complete"))
    try await site.backup()
    let fine = try await status(site)
    #expect(fine.status == 0 && fine.output.hasPrefix("OK: newest complete snapshot "))
    #expect(fine.errors == "")
    try FileManager.default.removeItem(atPath: site.uploads)
    #expect(try await site.lethe("backup").status == 3)
    let warning = try await status(site)
    #expect(warning.status == 1)
    #expect(warning.output.hasPrefix("WARNING: the newest snapshot is partial"))
    #expect(try await status(site, "--quiet").output == "")
    let nowhere = try await Tool.run(["status", "--config", site.directory.path + "/nothing"])
    #expect(nowhere.status == 3 && nowhere.output.contains("cannot read the configuration"))
    #expect(try await status(site, "--format", "tea").status == 64)
  }

  @Test func `JSON has every field, null where nothing is known`() async throws {
    let site = try Site(messages: 20)
    func other(_ option: String...) async throws -> [String: Any] {
      let outcome = try await Tool.run(["status", "--config", site.configuration] + option)
      return try #require(
        try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }
    func object() async throws -> [String: Any] {
      let object = try await other("--json")
      // Seconds pass between the two; what is told does not change.
      #expect(try await Set(other("--format", "json").keys) == Set(object.keys))
      return object
    }
    let fields: Set = [
      "state", "newest_snapshot", "age_seconds", "last_verified_restore", "snapshots",
      "oldest_snapshot", "erasures", "findings",
    ]
    let unknown = try await object()
    #expect(fields.isSubset(of: unknown.keys) && unknown["snapshots"] is NSNull)
    try await site.initialise()
    try await site.backup()
    let known = try await object()
    #expect(Set(known.keys) == Set(unknown.keys))
    #expect(known["state"] as? String == "ok" && known["snapshots"] as? Int == 1)
    #expect(known["last_verified_restore"] is NSNull)
    let target = site.directory.path + "/back"
    #expect(try await site.lethe("restore", "--kit", site.kit, "--target", target).status == 0)
    #expect(try await object()["last_verified_restore"] is String)
  }

  @Test func `a killed run shows as dead, and the next makes it good`() async throws {
    let site = try Site(messages: 400)
    try await site.initialise()
    try await site.backup()
    try #require(try await isKilled(site))
    let dead = try await status(site)
    #expect(dead.status == 1 && dead.output.contains("ended without a word"), "\(dead)")
    try await site.backup()
    #expect(try await status(site).status == 0)
  }

  /// Kills a run the moment that it has said it began.
  ///
  /// On a busy machine the run may be over before it is seen; another one is begun then.
  private func isKilled(_ site: Site) async throws -> Bool {
    for attempt in 1...8 {
      try site.writeUpload(
        "alice/film\(attempt).bin", [UInt8](repeating: UInt8(attempt), count: 60_000_000))
      let outcome = try await Tool.run(["backup", "--config", site.configuration]) { process in
        for _ in 0..<2000 {
          let rows = try? LiveDatabase(site.state + "/agent.sqlite")
            .rows("SELECT 1 FROM history WHERE outcome = 'running'")
          if rows?.isEmpty == false { break }
          try? await Task.sleep(for: .milliseconds(2))
        }
        kill(process, SIGKILL)
      }
      if outcome.status == 128 + SIGKILL { return true }
    }
    return false
  }

  @Test func `promtool accepts the metrics`() async throws {
    let site = try Site(messages: 20)
    try await site.initialise()
    try await site.backup()
    let outcome = try await status(site, "--format", "prometheus")
    #expect(outcome.status == 0 && outcome.output.hasPrefix("# HELP lethe_status_code "))
    let promtool = "/usr/bin/promtool"
    guard FileManager.default.isExecutableFile(atPath: promtool) else {
      print("promtool is not installed: the metrics were not checked by it")
      return
    }
    let path = site.directory.path + "/metrics"
    try TextFile.write(outcome.output, to: path)
    let status = try ChildProcess.run(
      ["/bin/sh", "-c", "\(promtool) check metrics <\(path)"], output: path + ".said")
    let said = try TextFile.read(path + ".said")
    #expect(status == 0 && said == "", "\(said)")
    print("promtool has nothing to say against the metrics")
  }

  @Test func `the page is one document`() async throws {
    let site = try Site(messages: 20)
    try await site.initialise()
    try await site.backup()
    let outcome = try await status(site, "--format", "html")
    #expect(outcome.status == 0 && outcome.output.hasPrefix("<!doctype html>\n"))
    #expect(outcome.output.hasSuffix("</html>\n"))
  }
}
