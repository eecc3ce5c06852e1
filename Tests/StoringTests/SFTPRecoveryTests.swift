import Glibc
import Storing
import TestKit
import Testing

@Suite struct `A lost connection costs time and nothing else` {
  /// 100,000 bytes are four writes: small enough to be quick, large enough to be cut in between.
  private let byteCount = 100_000

  @Test(arguments: [LoopbackProxy.Fuse.Direction.toServer, .toClient])
  func `a put cut at any byte leaves exactly one whole object`(
    direction: LoopbackProxy.Fuse.Direction
  ) async throws {
    let server = try LoopbackSSHD()
    let proxy = try LoopbackProxy(to: server.port)
    let store = SFTPStore(try server.settings(port: proxy.port))
    try await store.create()
    var random = SeededRandom(seed: 4)
    try await store.put(random.bytes(byteCount), as: try StoreContract.object("packs/warm"))
    let before = await store.traffic
    try await store.put(random.bytes(byteCount), as: try StoreContract.object("packs/cost"))
    let cost = await store.traffic - before
    let span = direction == .toServer ? cost.bytesSent : cost.bytesReceived

    var cutCount = 0
    for step in 0...20 {
      let cut = step * (span - 1) / 20
      let name = try StoreContract.object("packs/s-\(step)")
      let bytes = random.bytes(byteCount)
      proxy.arm(.init(direction, after: cut, .cut))
      try await store.put(bytes, as: name)
      if !proxy.disarm() { cutCount += 1 }
      #expect(try await store.get(name, upTo: byteCount) == bytes, "cut after \(cut) of \(span)")
      #expect(try await store.list("packs").count == step + 3)
      #expect(try await store.list("tmp").isEmpty, "cut after \(cut) of \(span) bytes")
    }
    // How many acknowledgements share a packet varies, so the last cuts may come too late.
    #expect(cutCount >= 17)
    await store.close()
  }

  /// The first of two names is made durable with the second; a server that loses its power between
  /// the two may forget the first.
  @Test func `of two names the first is stored again where the server lost it`() async throws {
    let server = try LoopbackSSHD()
    let proxy = try LoopbackProxy(to: server.port)
    let store = SFTPStore(try server.settings(port: proxy.port))
    try await store.create()
    var random = SeededRandom(seed: 6)
    let bytes = random.bytes(byteCount)
    let names = try ["keyring/one", "keyring/two"].map { try StoreContract.object($0) }
    proxy.arm(.init(.toServer, after: byteCount * 3 / 2, .cut))
    let first = server.root + "/" + names[0].path
    let loss = Task {
      while unlink(first) != 0 { try await Task.sleep(for: .milliseconds(1)) }
    }
    try await store.put(bytes, as: names)
    try await loss.value
    #expect(!proxy.disarm())
    for name in names { #expect(try await store.get(name, upTo: byteCount) == bytes, "\(name)") }
    await store.close()
  }

  @Test func `reading, listing and removing survive a cut`() async throws {
    let server = try LoopbackSSHD()
    let proxy = try LoopbackProxy(to: server.port)
    let store = SFTPStore(try server.settings(port: proxy.port))
    try await store.create()
    var random = SeededRandom(seed: 5)
    let bytes = random.bytes(3_000_000)
    let name = try StoreContract.object("packs/one")
    try await store.put(bytes, as: name)

    proxy.arm(.init(.toClient, after: 1_000_000, .cut))
    #expect(try await store.get(name, upTo: bytes.count) == bytes)
    #expect(!proxy.disarm())
    proxy.arm(.init(.toClient, after: 100, .cut))
    #expect(try await store.list("packs").count == 1)
    proxy.arm(.init(.toClient, after: 0, .cut))
    try await store.remove(name)
    #expect(try await store.byteCount(of: name) == nil)
    await store.close()
  }

  @Test func `a put goes on when the server's sessions are killed`() async throws {
    let server = try LoopbackSSHD()
    let store = SFTPStore(try server.settings())
    try await store.create()
    server.cutSessions()
    let name = try StoreContract.object("packs/one")
    try await store.put([1, 2, 3], as: name)
    #expect(try await store.get(name, upTo: 3) == [1, 2, 3])
    await store.close()
  }

  @Test(.timeLimit(.minutes(2)))
  func `an SFTP program that dies is noticed without waiting for its answer`() async throws {
    let directory = try TemporaryDirectory("lethe-sftp")
    let program = directory.path + "/program"
    try TextFile.write(
      "#!/bin/sh\necho $$ >> \(directory.path)/pids\nexec /usr/lib/openssh/sftp-server\n",
      to: program)
    try #require(chmod(program, 0o700) == 0)
    var options = LoopbackSSHD.Options()
    options.sftpServer = program
    let server = try LoopbackSSHD(options)
    var settings = try server.settings()
    settings.patience = .seconds(600)
    let store = SFTPStore(settings)
    try await store.create()
    let pids = try TextFile.read(directory.path + "/pids").split(separator: "\n").compactMap {
      pid_t($0)
    }
    try #require(!pids.isEmpty && pids.allSatisfy { kill($0, SIGKILL) == 0 })
    let name = try StoreContract.object("packs/one")
    try await store.put([1, 2, 3], as: name)
    #expect(try await store.get(name, upTo: 3) == [1, 2, 3])
    await store.close()
  }

  @Test func `a server that restarts is found again`() async throws {
    let server = try LoopbackSSHD()
    let store = SFTPStore(try server.settings())
    try await store.create()
    server.stop()
    await expect(.unreachable, saying: "127.0.0.1:\(server.port)", "whether the SSH server runs") {
      _ = try await store.list("log")
    }
    try server.start()
    #expect(try await store.list("log").isEmpty)
    await store.close()
  }

  @Test func `a frozen server is given up after the patience, and found again`() async throws {
    let server = try LoopbackSSHD()
    var settings = try server.settings()
    settings.patience = .seconds(2)
    settings.connectingPatience = .seconds(2)
    settings.pauses = []
    let store = SFTPStore(settings)
    try await store.create()
    let name = try StoreContract.object("packs/one")
    server.pause()
    await expect(.transient, saying: "stalled", "nothing moved for 2.0 seconds") {
      try await store.put([UInt8](repeating: 1, count: 8 << 20), as: name)
    }
    await expect(.unreachable) { _ = try await store.list("packs") }
    server.resume()
    try await store.put([1], as: name)
    #expect(try await store.get(name, upTo: 1) == [1])
    await store.close()
  }

  @Test func `slow progress is not a stall`() async throws {
    let server = try LoopbackSSHD()
    let proxy = try LoopbackProxy(to: server.port)
    var settings = try server.settings(port: proxy.port)
    settings.patience = .seconds(2)
    settings.pauses = []
    let store = SFTPStore(settings)
    try await store.create()
    proxy.slowDown(pausing: .milliseconds(100))
    var random = SeededRandom(seed: 6)
    let bytes = random.bytes(2_000_000)
    let name = try StoreContract.object("packs/slow")
    let start = ContinuousClock.now
    try await store.put(bytes, as: name)
    #expect(ContinuousClock.now - start > .seconds(2), "longer than the patience in all")
    proxy.slowDown(pausing: .zero)
    #expect(try await store.get(name, upTo: bytes.count) == bytes)
    await store.close()
  }

  @Test(.timeLimit(.minutes(5))) func `a cancelled wait ends at once`() async throws {
    let server = try LoopbackSSHD()
    var settings = try server.settings()
    settings.patience = .seconds(3600)
    let store = SFTPStore(settings)
    try await store.create()
    server.pause()
    let task = Task { try await store.list("packs") }
    try await Task.sleep(for: .milliseconds(100))
    task.cancel()
    await expect(.cancelled) { _ = try await task.value }
    server.resume()
    #expect(try await store.list("packs").isEmpty)
    await store.close()
  }

  @Test func `a port where nobody listens is unreachable`() async throws {
    let server = try LoopbackSSHD()
    let settings = try server.settings()
    server.stop()
    await expect(.unreachable, saying: "127.0.0.1:\(server.port)") {
      try await SFTPStore(settings).create()
    }
  }

  @Test func `a host without an address is unreachable`() async throws {
    let server = try LoopbackSSHD()
    var settings = try server.settings()
    settings.pauses = []
    settings.address = SFTPAddress(user: "lethe", host: "no-such-host.invalid", path: "/srv")
    await expect(.unreachable, saying: "no-such-host.invalid") {
      try await SFTPStore(settings).create()
    }
  }

  @Test func `a server that speaks something else is unreachable`() async throws {
    let server = try LoopbackSSHD()
    let (listener, port) = try Loopback.listener()
    defer { Loopback.close(listener) }
    var settings = try server.settings(port: port)
    settings.connectingPatience = .milliseconds(200)
    settings.pauses = []
    await expect(.unreachable, saying: "stalled") { try await SFTPStore(settings).create() }
  }
}
