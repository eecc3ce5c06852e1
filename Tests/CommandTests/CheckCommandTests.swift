import Foundation
import TestKit
import Testing

@Suite struct `lethe check speaks to people and machines` {
  private struct Report: Decodable {
    struct Line: Decodable {
      let severity, kind, object, message, remedy: String
    }
    let findings: [Line]
    let packs: Int
    let packs_read: Int
    let bytes_read: Int
  }

  private func report(_ outcome: Tool.Outcome) throws -> Report {
    try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
  }

  @Test func `a whole repository, and one with a damaged pack`() async throws {
    let site = try Site(messages: 30)
    try await site.initialise()
    #expect(try await site.lethe("backup").status == 0)
    let plain = try await site.lethe("check", "--json")
    #expect(plain.status == 0 && plain.errors.isEmpty)
    #expect(try report(plain).findings.isEmpty)
    #expect(try report(plain).packs_read == 0)
    let all = try report(try await site.lethe("check", "--read-data", "--json"))
    #expect(all.packs_read == all.packs && all.bytes_read >= all.packs * (64 << 10))
    let few = try report(try await site.lethe("check", "--read-data", "10", "--json"))
    #expect(few.packs_read > 0 && few.packs_read < all.packs)
    for percent in ["0", "101", "x"] {
      #expect(try await site.lethe("check", "--read-data", percent).status == 64)
    }
    let packs = site.remote + "/packs"
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: packs).first)
    try FileManager.default.removeItem(atPath: "\(packs)/\(name)")
    let damaged = try await site.lethe("check", "--json")
    #expect(damaged.status == 14)
    let finding = try #require(try report(damaged).findings.first { $0.kind == "pack-missing" })
    #expect(finding.severity == "critical" && finding.object == "packs/\(name)")
    let lines = try await site.lethe("check")
    #expect(lines.status == 14 && lines.output.contains("critical: packs/\(name) is missing"))
    #expect(try await site.lethe("backup").status == 0)
    #expect(try await site.lethe("check", "--quiet").output.isEmpty)
  }

  @Test func `where there is no repository`() async throws {
    let site = try Site(messages: 10)
    #expect(try await site.lethe("check").status == 10)
  }
}
