import Foundation
import Operations
import Repository
import Sealing
import TestKit
import Testing

@Suite struct `Secrets are where they must be and nowhere else` {
  private static let words = "a passphrase of the canary \(UInt64.random(in: .min ... .max))"

  /// A repository on a server, behind a relay, with a passphrase in a file.
  private func site() async throws -> (Site, LoopbackSSHD, LoopbackProxy, passphrase: String) {
    let site = try Site(messages: 200)
    let server = try LoopbackSSHD()
    let proxy = try LoopbackProxy(to: server.port)
    try site.writeConfiguration(repository: Site.repository(on: server, port: proxy.port))
    try site.writeUpload("alice/film.bin", [UInt8](repeating: 7, count: 9_000_000))
    var random = SeededRandom(seed: 3)
    try site.writeUpload("bob/film.bin", random.bytes(9_000_000))
    let passphrase = site.directory.path + "/passphrase"
    try TextFile.write(Self.words + "\n", to: passphrase)
    try await site.initialise(passphraseFile: passphrase)
    try await site.backup()
    return (site, server, proxy, passphrase)
  }

  @Test func `a restore keeps passphrase and kit in guarded memory alone`() async throws {
    guard geteuid() == 0 else {
      print("left out: only root may look into the memory of a process that forbids core dumps")
      return
    }
    let (site, server, proxy, passphrase) = try await site()
    let needles = try Self.needles(site)
    proxy.arm(.init(.toClient, after: 4_000_000, .stall))
    let target = site.directory.path + "/target"
    let outcome = try await Tool.run([
      "restore", "--config", site.configuration, "--kit", site.kit, "--passphrase-file",
      passphrase, "--target", target,
    ]) { process in
      await Self.waitForStall(target)
      do {
        let hits = try ProcessMemory(process).hits(needles)
        for (name, hits) in hits {
          #expect(hits.exposed == 0, "\(name): \(hits)")
        }
        #expect(hits["recovery secret"]?.guarded ?? 0 > 0, "the scan sees what is there: \(hits)")
        for file in ["cmdline", "environ"] {
          let bytes = Data(try ProcessMemory.whole("/proc/\(process)/\(file)"))
          #expect(!bytes.isEmpty)
          #expect(bytes.range(of: Data(Self.words.utf8)) == nil, "\(file)")
        }
        let limits = String(
          decoding: try ProcessMemory.whole("/proc/\(process)/limits"), as: UTF8.self)
        let core = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
        #expect(core?.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
      } catch { Issue.record(error) }
      kill(process, SIGKILL)
    }
    #expect(outcome.status == 128 + SIGKILL, "\(outcome.errors)")
    withExtendedLifetime((server, proxy)) {}
  }

  /// Until the restore has written something, which it does after the kit was opened, and waits.
  private static func waitForStall(_ target: String) async {
    for _ in 0..<12_000 {
      let names = try? FileManager.default.subpathsOfDirectory(atPath: target)
      if names?.count ?? 0 > 1 { break }
      try? await Task.sleep(for: .milliseconds(10))
    }
    try? await Task.sleep(for: .milliseconds(500))
  }

  private static func needles(_ site: Site) throws -> [String: [UInt8]] {
    let kit = try KitDirectory(site.kit).open(passphrase: Passphrase(copying: words.utf8))
    return [
      "passphrase": Array(words.utf8), "recovery secret": kit.recovery.secretKey.copy,
      "epoch seed": kit.seed.copy,
    ]
  }

  @Test func `no file has them, and none can be read by others`() async throws {
    let (site, server, proxy, passphrase) = try await site()
    let needles = try Self.needles(site)
    let places = [site.state, site.kit, server.root]
    for place in places {
      for name in try FileManager.default.subpathsOfDirectory(atPath: place) {
        let path = "\(place)/\(name)"
        let bytes = FileManager.default.contents(atPath: path) ?? Data()
        for (what, needle) in needles {
          #expect(bytes.range(of: Data(needle)) == nil, "\(what) is in \(name)")
        }
        let mode =
          try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0
        #expect(
          place == server.root || mode & 0o077 == 0, "\(name) has mode \(String(mode, radix: 8))")
      }
    }
    let outcome = try await Tool.run([
      "kit", "verify", "--config", site.configuration, "--kit", site.kit, "--passphrase-file",
      passphrase, "--verbose",
    ])
    #expect(outcome.status == 0)
    for text in [outcome.output, outcome.errors] { #expect(!text.contains(Self.words)) }
    withExtendedLifetime(proxy) {}
  }
}
