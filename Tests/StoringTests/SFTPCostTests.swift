import Storing
import TestKit
import Testing

@Suite struct `Round trips are few` {
  @Test func `a small object costs at most seven once the session is warm`() async throws {
    let server = try LoopbackSSHD()
    let store = SFTPStore(try server.settings())
    try await store.create()
    try await store.put([0], as: try StoreContract.object("packs/warm"))
    let before = await store.traffic
    var random = SeededRandom(seed: 7)
    try await store.put(random.bytes(5_000), as: try StoreContract.object("packs/small"))
    let cost = await store.traffic - before
    #expect(cost.roundTrips == 6, "open, write, sync, close, rename, sync of the directory")
    #expect(cost.bytesSent > 5_000 && cost.bytesSent < 6_500)
    await store.close()
  }

  @Test func `reading costs four and a part of an object three`() async throws {
    let server = try LoopbackSSHD()
    let store = SFTPStore(try server.settings())
    try await store.create()
    var random = SeededRandom(seed: 8)
    let bytes = random.bytes(2_000_000)
    let name = try StoreContract.object("packs/one")
    try await store.put(bytes, as: name)
    let start = await store.traffic
    _ = try await store.get(name, upTo: bytes.count)
    let whole = await store.traffic
    #expect((whole - start).roundTrips == 4)
    _ = try await store.get(name, range: 1_000..<101_000)
    let part = await store.traffic
    #expect((part - whole).roundTrips == 3)
    // One request of 30,000 bytes too many, the last requests' rest, and the framing.
    #expect((part - whole).bytesReceived < 100_000 + 30_000 + 4_096 + 2_000)
    await store.close()
  }

  @Test func `sessions are opened as needed and kept`() async throws {
    let server = try LoopbackSSHD()
    var settings = try server.settings()
    settings.connections = 2
    let store = SFTPStore(settings)
    try await store.create()
    for index in 0..<5 {
      try await store.put([1], as: try StoreContract.object("packs/p\(index)"))
    }
    #expect(server.logins == 1)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 5..<15 {
        group.addTask {
          let name = try StoreContract.object("packs/p\(index)")
          try await store.put([UInt8](repeating: 1, count: 400_000), as: name)
        }
      }
      try await group.waitForAll()
    }
    #expect(server.logins == 2)
    await store.close()
  }

  @Test func `all sessions together stay below the upload limit`() async throws {
    let server = try LoopbackSSHD()
    var settings = try server.settings()
    settings.uploadLimit = 1 << 20
    let store = SFTPStore(settings)
    try await store.create()
    var random = SeededRandom(seed: 9)
    let bytes = [random.bytes(700_000), random.bytes(700_000)]
    let names = [try StoreContract.object("packs/a"), try StoreContract.object("packs/b")]
    let began = ContinuousClock.now
    async let one: Void = store.put(bytes[0], as: names[0])
    async let two: Void = store.put(bytes[1], as: names[1])
    try await one
    try await two
    // The last quarter of a second's worth goes at once.
    #expect(ContinuousClock.now - began >= .seconds(1_400_000.0 / 1_048_576 - 0.26))
    for (name, bytes) in zip(names, bytes) {
      #expect(try await store.get(name, upTo: 1 << 20) == bytes)
    }
    await store.close()
  }
}
