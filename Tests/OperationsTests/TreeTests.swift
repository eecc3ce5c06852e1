import Foundation
import Operations
import Storing
import TestKit
import Testing

@Suite struct `Every shape of tree comes back` {
  @Test func `links, holes, odd names, modes and times`() async throws {
    let site = try Site(messages: 10)
    let root = site.uploads
    var random = SeededRandom(seed: 5)
    try site.writeUpload("alice/c/large.bin", random.bytes(9_500_000))
    try site.writeUpload("bob/c/empty", [])
    try site.writeUpload("bob/c/new\nline \"and\" spaces; $(x)", Array("odd".utf8))
    let invalid = Array("\(root)/bob/c/".utf8) + [0xff, 0xfe, 0x01]
    let descriptor = (invalid.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer {
      $0.baseAddress.map { open($0, O_CREAT | O_WRONLY, 0o640) } ?? -1
    }
    #expect(descriptor >= 0)
    close(descriptor)
    #expect(link("\(root)/alice/a1/photo.jpg", "\(root)/alice/again.jpg") == 0)
    #expect(symlink("../../etc/passwd", "\(root)/carol/link") == 0)
    #expect(symlink("nowhere", "\(root)/carol/dangling") == 0)
    let sparse = open("\(root)/dave/sparse", O_CREAT | O_RDWR, 0o600)
    #expect(pwrite(sparse, "begin", 5, 0) == 5)
    #expect(pwrite(sparse, "end", 3, 12 << 20) == 3)
    #expect(ftruncate(sparse, 20 << 20) == 0)
    close(sparse)
    chmod("\(root)/bob/c/empty", 0o4755)
    chmod("\(root)/erin/b2", 0o2750)
    chmod("\(root)/bob/c/empty", 0o444)
    var times = [timespec(tv_sec: 86_400, tv_nsec: 7), timespec(tv_sec: -5, tv_nsec: 999_999_999)]
    utimensat(AT_FDCWD, "\(root)/frank/a1", &times, 0)
    let journey = Journey(site: site, store: MemoryStore())
    try await journey.initialise()
    try await journey.backup()
    #expect(try await journey.backup().stored.chunks_new == 1)
    let target = site.directory.path + "/t"
    try await journey.restore(target)
    var (mine, source) = (try TreeImage(target + "/uploads"), try site.uploadImage())
    // A set-group-ID directory is named in a warning and left out.
    mine.entries["/erin/b2"] = nil
    source.entries["/erin/b2"] = nil
    #expect(mine.differences(from: source) == [])
    #expect(mine.blockByteCount < 14 << 20)
  }

  @Test func `a file that two accounts link to is each one's own`() async throws {
    let site = try Site(messages: 10)
    #expect(link("\(site.uploads)/alice/a1/photo.jpg", "\(site.uploads)/bob/same.jpg") == 0)
    let journey = Journey(site: site, store: MemoryStore())
    try await journey.initialise()
    try await journey.backup()
    let target = site.directory.path + "/t"
    try await journey.restore(target, accounts: ["bob@jix.im"])
    #expect(
      try TreeImage(target + "/uploads/bob", links: false).entries["/same.jpg"]
        == TreeImage(site.uploads + "/bob", links: false).entries["/same.jpg"])
  }

  @Test func `a directory that vanished makes a partial snapshot without it`() async throws {
    let site = try Site(messages: 10)
    let journey = Journey(site: site, store: MemoryStore())
    try await journey.initialise()
    try await journey.backup()
    try FileManager.default.moveItem(atPath: site.uploads, toPath: site.uploads + "-away")
    let report = try await journey.backup()
    #expect(report.state == "partial")
    #expect(report.warnings.contains { $0.contains(site.uploads) })
    #expect(report.origins.map(\.name) == ["xmpp"])
    try FileManager.default.moveItem(atPath: site.uploads + "-away", toPath: site.uploads)
    let next = try await journey.backup()
    #expect(next.state == "complete")
    #expect(next.stored.chunks_new < 4)
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `a database that vanished makes nobody missing`() async throws {
    let site = try Site(messages: 10)
    let plain = site.directory.path + "/certificates"
    try Site.makeDirectory(plain)
    try TextFile.write("key", to: plain + "/key.pem")
    try site.writeConfiguration(
      origins: site.usualOrigins + """

          - name: certificates
            directory: \(plain)
            profile: \(Site.project)/Config/profiles/directory.yaml
        """)
    let journey = Journey(site: site, store: MemoryStore())
    try await journey.initialise()
    try await journey.backup()
    try FileManager.default.moveItem(atPath: site.database, toPath: site.database + "-away")
    let report = try await journey.backup()
    #expect(report.state == "partial")
    #expect(report.accounts.missing == 0)
    #expect(report.warnings.contains { $0.contains(site.database) })
    #expect(report.origins.map(\.name) == ["certificates"])
    try FileManager.default.moveItem(atPath: site.database + "-away", toPath: site.database)
    let next = try await journey.backup()
    #expect(next.state == "complete")
    #expect(next.accounts.new == 0)
  }

  @Test func `a database that is damaged within leaves the other origins whole`() async throws {
    let site = try Site(messages: 3000)
    let journey = Journey(site: site, store: MemoryStore())
    try await journey.initialise()
    try await journey.backup()
    try site.live().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    let handle = try #require(FileHandle(forUpdatingAtPath: site.database))
    let end = try handle.seekToEnd()
    var offset = end / 2 / 4096 * 4096
    while offset < end * 3 / 4 {
      try handle.seek(toOffset: offset)
      try handle.write(contentsOf: Data(repeating: 0xee, count: 4096))
      offset += 4096
    }
    try handle.close()
    let report = try await journey.backup()
    #expect(report.state == "partial")
    #expect(report.origins.map(\.name) == ["uploads"])
    #expect(report.warnings.contains { $0.contains("xmpp") && $0.contains("malformed") })
    #expect(report.accounts.missing == 0)
  }

  @Test func `a file that grows while it is read is whole in the next snapshot`() async throws {
    let site = try Site(messages: 10)
    let path = site.uploads + "/alice/a1/growing.log"
    try TextFile.write("begin\n", to: path)
    let writer = Task.detached {
      let handle = FileHandle(forWritingAtPath: path)
      while !Task.isCancelled {
        _ = try? handle?.seekToEnd()
        handle?.write(Data(repeating: 0x61, count: 60_000))
        usleep(2000)
        guard (try? handle?.offset()) ?? 0 < 40 << 20 else { break }
      }
    }
    let journey = Journey(site: site, store: MemoryStore())
    try await journey.initialise()
    let report = try await journey.backup()
    writer.cancel()
    await writer.value
    #expect(["complete", "partial"].contains(report.state))
    let target = site.directory.path + "/first"
    try await journey.restore(target)
    let first = try Data(contentsOf: URL(fileURLWithPath: target + "/uploads/alice/a1/growing.log"))
    let all = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(all.starts(with: first))
    try await journey.backup()
    try await journey.expectRestoreEqualsSource()
  }
}
