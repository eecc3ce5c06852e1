import Foundation
import TestKit
import Testing

@Suite struct `A remote that cannot be used is named with the remedy` {
  private func site(_ server: LoopbackSSHD) throws -> Site {
    let site = try Site(messages: 20)
    try site.writeConfiguration(repository: Site.repository(on: server))
    return site
  }

  private func initialise(_ site: Site) async throws -> Tool.Outcome {
    try await site.lethe("init", "--kit", site.kit, "--no-passphrase")
  }

  /// Nothing half-made is left on this side.
  private func expectNothing(_ site: Site) {
    let manager = FileManager.default
    #expect(!manager.fileExists(atPath: site.kit + "/lethe-static.kit"))
    #expect(!manager.fileExists(atPath: site.state + "/agent.sqlite"))
  }

  @Test func `a changed host key, a refused identity, an unreachable host`() async throws {
    let (server, other) = (try LoopbackSSHD(), try LoopbackSSHD())
    let site = try site(server)
    let usual = Site.repository(on: server)
    try site.writeConfiguration(
      repository: usual.replacingOccurrences(
        of: server.hostKeyLine.trimmed, with: other.hostKeyLine.trimmed))
    expect(1, saying: "host key", "pinned", "ssh-keygen -lf", from: try await initialise(site))
    try site.writeConfiguration(
      repository: usual.replacingOccurrences(of: server.identityPath, with: other.identityPath))
    expect(1, saying: other.identityPath, "authorized_keys", from: try await initialise(site))
    try site.writeConfiguration(
      repository: usual.replacingOccurrences(of: server.root, with: "/nowhere/at/all"))
    expect(10, saying: "/nowhere/at/all", "check the path", from: try await initialise(site))
    expectNothing(site)
    try site.writeConfiguration(repository: usual)
    #expect(try await initialise(site).status == 0)
    server.stop()
    expect(10, saying: "cannot be reached", from: try await site.lethe("backup"))
    try server.start()
    try await site.backup()
  }

  @Test func `a server with an RSA key only`() async throws {
    var options = LoopbackSSHD.Options()
    options.hostKeyType = "rsa"
    let server = try LoopbackSSHD(options)
    let site = try site(server)
    expect(64, saying: "RSA", "Ed25519 or ECDSA", from: try await initialise(site))
    try site.writeConfiguration(
      repository: Site.repository(on: server).replacingOccurrences(
        of: server.hostKeyLine.trimmed, with: try LoopbackSSHD().hostKeyLine.trimmed))
    expect(1, saying: "RSA", "Ed25519 or ECDSA", from: try await initialise(site))
    expectNothing(site)
  }

  @Test(.enabled(if: geteuid() == 0 && TinyDisk.works, "mounting takes root"))
  func `a full remote disk`() async throws {
    let disk = try TinyDisk("size=200k")
    let site = try Site(messages: 20)
    try site.writeConfiguration(repository: "url: file://\(disk.path)/repository")
    try await site.initialise()
    expect(1, saying: "No space", disk.path, "free some", from: try await site.lethe("backup"))
    _ = try ChildProcess.run(["mount", "-o", "remount,size=20m", disk.path])
    try await site.backup()
    try await site.expectRestoreEqualsSource()
  }

  @Test(.enabled(if: geteuid() == 0 && TinyDisk.works, "mounting takes root"))
  func `a full local disk`() async throws {
    let site = try Site(messages: 4000)
    for byteCount in [0, 40, 200, 420] {
      let disk = try TinyDisk("size=\(byteCount + 120)k")
      try site.writeConfiguration(state: disk.path + "/state")
      let made = try await initialise(site)
      if made.status == 0 {
        expect(1, saying: disk.path, "free", from: try await site.lethe("backup"))
        _ = try ChildProcess.run(["mount", "-o", "remount,size=40m", disk.path])
        try await site.backup()
        try await site.expectRestoreEqualsSource("\(byteCount)")
      } else {
        expect(1, saying: disk.path, "free", from: made)
      }
      for path in [site.remote, site.kit] { try? FileManager.default.removeItem(atPath: path) }
    }
  }

  @Test func `no permission on the remote directory`() async throws {
    let site = try Site(messages: 20)
    try TextFile.write("", to: site.remote)
    expect(1, saying: site.remote, "check", from: try await initialise(site))
    expectNothing(site)
  }
}
