import Glibc
import Storing
import TestKit
import Testing

@Suite struct `What does not belong in a store is named, not passed over` {
  @Test(arguments: [false, true])
  func `strange names and directories`(isRemote: Bool) async throws {
    let server = try LoopbackSSHD()
    let store: any Store =
      isRemote ? SFTPStore(try server.settings()) : DirectoryStore(root: server.root)
    try await store.create()
    let name = try StoreContract.object("packs/one")
    try await store.put([1], as: name)
    try TextFile.write("", to: server.root + "/packs/.hidden")
    #expect(try await store.list("packs").map(\.name) == [name])

    for stranger in ["Upper", "sp ace", "new\nline", String(repeating: "x", count: 200)] {
      try TextFile.write("", to: server.root + "/packs/" + stranger)
      try TextFile.write("", to: server.root + "/tmp/" + stranger)
      await expect(.damaged, saying: "packs/ holds") { _ = try await store.list("packs") }
      #expect(unlink(server.root + "/packs/" + stranger) == 0)
    }
    #expect(mkdir(server.root + "/packs/directory", 0o700) == 0)
    await expect(.damaged, saying: "directory") { _ = try await store.list("packs") }
    #expect(rmdir(server.root + "/packs/directory") == 0)
    #expect(symlink("/etc/passwd", server.root + "/packs/link") == 0)
    await expect(.damaged, saying: "link") { _ = try await store.list("packs") }
    let link = try StoreContract.object("packs/link")
    await #expect(throws: StoreError.self) { _ = try await store.byteCount(of: link) }
    #expect(try await store.list("tmp").isEmpty)
    await store.close()
  }
}
