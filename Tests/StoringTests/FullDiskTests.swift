import Glibc
import Storing
import TestKit
import Testing

@Suite struct `A full disk is told from every other failure` {
  private static let canMount = geteuid() == 0 && TinyDisk.works

  @Test(
    .enabled(if: canMount, "mounting a tmpfs takes root and the right to mount"),
    arguments: [false, true])
  func `a disk without space is full, and nothing is left behind`(isRemote: Bool) async throws {
    let server = try LoopbackSSHD()
    let disk = try TinyDisk("size=1m")
    let root = disk.path + "/root"
    let store: any Store =
      isRemote ? SFTPStore(try server.settings(path: root)) : DirectoryStore(root: root)
    try await store.create()
    let small = try StoreContract.object("packs/small")
    try await store.put([UInt8](repeating: 1, count: 300_000), as: small)
    await expect(.full, saying: "space") {
      let large = try StoreContract.object("packs/large")
      try await store.put([UInt8](repeating: 2, count: 2 << 20), as: large)
    }
    #expect(try await store.list("tmp").isEmpty)
    #expect(try await store.list("packs").map(\.name) == [small])
    let free = try #require(try await store.freeByteCount())
    #expect((500_000...1_000_000).contains(free))
    try await store.put([3], as: try StoreContract.object("packs/fits"))
    await store.close()
  }

  @Test(
    .enabled(if: canMount, "mounting a tmpfs takes root and the right to mount"),
    arguments: [false, true])
  func `a disk that can hold no more files is full`(isRemote: Bool) async throws {
    let server = try LoopbackSSHD()
    let disk = try TinyDisk("size=1m,nr_inodes=8")
    let root = disk.path + "/root"
    let store: any Store =
      isRemote ? SFTPStore(try server.settings(path: root)) : DirectoryStore(root: root)
    try await store.create()
    await expect(.full, saying: "space") {
      for index in 0..<8 {
        try await store.put([1], as: try StoreContract.object("packs/p\(index)"))
      }
    }
    await store.close()
  }
}
