import Foundation
import TestKit
import Testing

@Suite(.serialized) struct `A killed run needs no human` {
  @Test(arguments: [false, true])
  func `twenty runs killed at random moments`(isRemote: Bool) async throws {
    let seed: UInt64 = isRemote ? 2022 : 1011
    var random = SeededRandom(seed: seed)
    let server = isRemote ? try LoopbackSSHD() : nil
    let site = try Site(messages: 500)
    if let server { try site.writeConfiguration(repository: Site.repository(on: server)) }
    try await site.initialise()
    let clock = ContinuousClock()
    let whole = try await clock.measure { try await site.backup() }
    let limit = UInt64(whole / .microseconds(1))
    for round in 0..<20 {
      try site.change(round, messages: 20)
      let pause = random.next() % limit
      let outcome = try await Tool.run(["backup", "--config", site.configuration]) { process in
        try? await Task.sleep(for: .microseconds(pause))
        kill(process, SIGKILL)
      }
      #expect([0, 128 + SIGKILL].contains(outcome.status), "\(outcome.errors)")
      guard round % 4 == 3 else { continue }
      let comment = "seed \(seed), round \(round), killed after \(pause) µs of \(limit)"
      let next = try await site.lethe("backup")
      #expect(next.status == 0, "\(comment): \(next.errors)")
      try await site.expectRestoreEqualsSource(comment)
      let spool = site.state + "/spool"
      #expect((try? FileManager.default.contentsOfDirectory(atPath: spool)) ?? [] == [])
    }
  }

  @Test func `an interrupted backup says so and the next goes on`() async throws {
    let server = try LoopbackSSHD()
    let proxy = try LoopbackProxy(to: server.port)
    proxy.slowDown(pausing: .milliseconds(40))
    let site = try Site(messages: 500)
    try site.writeUpload("alice/film.bin", SeededRandom.bytes(seed: 3, 6_000_000))
    try site.writeConfiguration(
      repository: Site.repository(on: server, port: proxy.port))
    try await site.initialise()
    for number in [SIGINT, SIGTERM] {
      let outcome = try await Tool.run(["backup", "--config", site.configuration]) { process in
        try? await Task.sleep(for: .milliseconds(1500))
        kill(process, number)
      }
      expect(130, saying: "interrupted", "run the command again", from: outcome)
    }
    proxy.slowDown(pausing: .zero)
    try await site.backup()
    try await site.expectRestoreEqualsSource()
  }
}

extension SeededRandom {
  static func bytes(seed: UInt64, _ count: Int) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    return random.bytes(count)
  }
}
