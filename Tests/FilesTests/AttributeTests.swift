import Files
import Glibc
import Testing

@Suite struct `What a restore withholds it says` {
  private let stranger = FileAttributes(
    mode: 0o6755, owner: 12_345, group: 54_321,
    modificationTime: FileTime(seconds: 77, nanoseconds: 88))

  @Test func `set-ID bits and owners are left out unless asked for`() throws {
    let scratch = try ScratchDirectory()
    let (report, status) = try restore(scratch.path("target"), TreeWriter.Options())
    #expect(status.st_mode & 0o7777 == 0o755)
    #expect(status.st_uid == geteuid() && status.st_gid == getegid())
    #expect(try report.withoutSetID.paths == [relative("d"), relative("d/file")].reversed())
    #expect(report.withoutSetID.count == 2)
    #expect(report.ownedOtherwise.count == 3)
  }

  @Test func `set-ID bits never go to another owner than recorded`() throws {
    let scratch = try ScratchDirectory()
    var options = TreeWriter.Options()
    options.restoresSetID = true
    let (report, status) = try restore(scratch.path("target"), options)
    #expect(status.st_mode & 0o7777 == 0o755)
    #expect(report.withoutSetID.count == 2)
  }

  @Test(.enabled(if: geteuid() == 0)) func `root gives owners and set-ID bits when asked`() throws {
    let scratch = try ScratchDirectory()
    var options = TreeWriter.Options()
    options.restoresSetID = true
    options.restoresOwners = true
    let (report, status) = try restore(scratch.path("target"), options)
    #expect(status.st_mode & 0o7777 == 0o6755)
    #expect(status.st_uid == 12_345 && status.st_gid == 54_321)
    #expect(report.withoutSetID.count == 0 && report.ownedOtherwise.count == 0)
    var link = stat()
    #expect(lstat(scratch.path("target/d/link"), &link) == 0)
    #expect(link.st_uid == 12_345 && link.st_mtim.tv_sec == 77 && link.st_mtim.tv_nsec == 88)
  }

  private func restore(
    _ target: String, _ options: TreeWriter.Options
  ) throws -> (RestoreReport, stat) {
    var writer = try TreeWriter(target: target, options: options)
    try writer.makeDirectory(relative("d"), stranger)
    let file = try writer.makeFile(relative("d/file"), byteCount: 1, stranger)
    try writer.makeSymbolicLink(relative("d/link"), target: [0x78], stranger)
    try writer.write([UInt8(1)].span.bytes, to: file, at: 0)
    // Nobody else may read or run it before all is there.
    var status = stat()
    #expect(lstat("\(target)/d/file", &status) == 0 && status.st_mode & 0o7777 == 0o600)
    let report = try writer.finish()
    #expect(lstat("\(target)/d/file", &status) == 0)
    #expect(status.st_mtim.tv_sec == 77 && status.st_mtim.tv_nsec == 88)
    return (report, status)
  }

  @Test func `directories nobody described are told, described later or not`() throws {
    let scratch = try ScratchDirectory()
    var writer = try TreeWriter(target: scratch.path("target"))
    let file = try writer.makeFile(relative("a/b/file"), byteCount: 0, plain)
    try writer.makeDirectory(relative("a"), plain)
    #expect(code { try writer.makeDirectory(relative("a"), plain) } == .refused)
    try writer.close(file)
    let report = try writer.finish()
    #expect(try report.undescribedDirectories.paths == [relative("a/b")])
    #expect(report.directoryCount == 2 && report.fileCount == 1)
  }

  @Test func `records that contradict each other are refused or damaged`() throws {
    let scratch = try ScratchDirectory()
    var writer = try TreeWriter(target: scratch.path("target"))
    let file = try writer.makeFile(relative("file"), byteCount: 3, plain)
    let four: [UInt8] = [1, 2, 3, 4]
    #expect(code { try writer.write(four.span.bytes, to: file, at: 0) } == .damaged)
    #expect(code { try writer.write(four.span.bytes, to: file, at: .max) } == .damaged)
    #expect(code { _ = try writer.makeFile(relative("x"), byteCount: .max, plain) } == .damaged)
    #expect(code { _ = try writer.makeFile(relative("file"), byteCount: 1, plain) } == .refused)
    #expect(code { _ = try writer.makeFile(relative("file/x"), byteCount: 1, plain) } == .refused)
    #expect(code { try writer.makeHardLink(relative("l"), to: relative("none")) } == .missing)
    for target in [[], [0], [UInt8](repeating: 1, count: 4_096)] {
      #expect(
        code { try writer.makeSymbolicLink(relative("s"), target: target, plain) } == .damaged)
    }
    try writer.makeDirectory(relative("d"), plain)
    #expect(code { try writer.makeHardLink(relative("l"), to: relative("d")) } == .refused)
    try writer.close(file)
    #expect(code { try writer.write([UInt8(1)].span.bytes, to: file, at: 0) } == .refused)
  }

  @Test(.enabled(if: geteuid() == 0)) func `a full disk is full and the path is named`() throws {
    let scratch = try ScratchDirectory()
    let disk = try scratch.directory("disk")
    guard mount("tmpfs", disk, "tmpfs", 0, "size=65536,nr_inodes=8") == 0 else { return }
    defer { _ = umount2(disk, 2) }
    var writer = try TreeWriter(target: "\(disk)/target")
    let file = try writer.makeFile(relative("large"), byteCount: 1 << 20, plain)
    let content = [UInt8](repeating: 1, count: 1 << 20)
    do {
      try writer.write(content.span.bytes, to: file, at: 0)
      Issue.record("a megabyte fits into 64 KiB")
    } catch {
      #expect(error.code == .full && error.message.contains("target/large"))
    }
    let codes = try (0..<10).map { number in
      let path = try relative("d\(number)")
      return code { try writer.makeDirectory(path, plain) }
    }
    #expect(codes.contains(.full))
  }
}
