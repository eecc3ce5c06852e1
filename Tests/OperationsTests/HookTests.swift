import Foundation
@testable import Operations
import Storing
import TestKit
import Testing

@Suite struct `Programs are told how a run ended, and cannot make it fail` {
  private struct Place {
    let site: Site
    var log: String { site.directory.path + "/told" }
    var configuration: Configuration { get throws { try .load(site.configuration) } }

    init(_ hooks: String) throws {
      site = try Site(messages: 20)
      try site.writeConfiguration(
        more: "hooks:\n"
          + hooks.replacingOccurrences(of: "LOG", with: site.directory.path + "/told"))
    }

    func told() throws -> [String: Any] {
      let text = try String(contentsOfFile: log, encoding: .utf8)
      #expect(text.hasSuffix("}\n") && text.split(separator: "\n").count == 1)
      return try #require(
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }
  }

  private static func report(
    _ state: String = "complete", _ warnings: [String] = []
  ) -> BackupReport {
    BackupReport(
      snapshot: "aa", sequence: 2, started: "", finished: "", state: state, origins: [],
      accounts: .init(live: 1, new: 1, missing: 0, erased: 0, held: 0, destroyed: 0),
      stored: .init(chunks_new: 1, chunks_total: 1, bytes_uploaded: 1, round_trips: 1),
      warnings: warnings)
  }

  @Test(arguments: [
    ("complete", "on-success", "success", 0), ("partial", "on-failure", "failure", 3),
    ("degraded", "on-brake", "brake", 13),
  ])
  func `each end has its program`(_ state: String, _ key: String, _ event: String, _ status: Int)
    async throws
  {
    let place = try Place("  \(key): [/bin/sh, -c, 'cat > LOG']")
    let hooks = Hooks(try place.configuration, command: "backup")
    #expect(await hooks.tell(Self.report(state, ["a warning"])) == [])
    let told = try place.told()
    #expect(told["event"] as? String == event && told["command"] as? String == "backup")
    #expect(told["exit_status"] as? Int == status)
    let report = try #require(told["report"] as? [String: Any])
    #expect(report["state"] as? String == state && report["snapshot"] as? String == "aa")
    #expect(told["message"] is NSNull == (state == "complete"))
  }

  @Test func `a failure is told with its status and reason`() async throws {
    let place = try Place("  on-failure: [/bin/sh, -c, 'cat > LOG']")
    let hooks = Hooks(try place.configuration, command: "backup")
    #expect(await hooks.tell(OperationError(.busy, "another run holds it; wait")) == [])
    let told = try place.told()
    #expect(told["event"] as? String == "failure" && told["exit_status"] as? Int == 11)
    #expect(told["message"] as? String == "another run holds it; wait")
    #expect(told["report"] is NSNull)
  }

  @Test func `an interruption is told to nobody`() async throws {
    let place = try Place("  on-failure: [/bin/sh, -c, 'cat > LOG']")
    #expect(
      await Hooks(try place.configuration, command: "backup").tell(CancellationError()) == [])
    #expect(!FileManager.default.fileExists(atPath: place.log))
  }

  @Test(arguments: [
    ("/nowhere/program", "cannot be run"), ("[/bin/sh, -c, 'exit 7']", "status 7"),
    ("[/bin/sh, -c, 'kill -9 $$']", "signal 9"), ("[/usr/bin/yes]", "more than 1 MiB"),
  ])
  func `a program that fails is a warning`(_ program: String, _ reason: String) async throws {
    let place = try Place("  on-success: \(program)")
    let warnings = await Hooks(try place.configuration, command: "backup").tell(Self.report())
    #expect(warnings.count == 1 && warnings[0].contains(reason), "\(warnings)")
  }

  @Test func `a program hears the signals that Lethe does not`() async throws {
    let place = try Place(
      "  on-success: [/bin/sh, -c, 'grep -E \"^Sig(Ign|Blk)\" /proc/self/status > LOG']")
    #expect(await Hooks(try place.configuration, command: "backup").tell(Self.report()) == [])
    let text = try String(contentsOfFile: place.log, encoding: .utf8)
    let masks = text.split(separator: "\n").compactMap { UInt64($0.suffix(16), radix: 16) }
    #expect(masks.count == 2 && masks.allSatisfy { $0 & (1 << 12 | 1 << 14) == 0 }, "\(text)")
  }

  @Test func `a program without a full path is refused by name`() throws {
    let site = try Site(messages: 1)
    try site.writeConfiguration(more: "hooks: { on-success: mail }")
    let failure = #expect(throws: OperationError.self) {
      _ = try Configuration.load(site.configuration)
    }
    #expect(failure?.message.contains("`on-success` must begin with a program's full path") == true)
  }
}
