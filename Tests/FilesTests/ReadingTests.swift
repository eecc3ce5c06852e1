import CLinux
import Files
import Glibc
import Testing

@Suite struct `A reader gives one state of one file or says so` {
  @Test(arguments: [PathResolution.atOnce, .nameByName])
  func `ranges and their ends`(resolution: PathResolution) throws {
    let scratch = try ScratchDirectory()
    _ = try scratch.directory("a")
    try put(Array(0..<100), at: scratch.path("a/file"))
    let root = try TreeRoot(scratch.path, resolution: resolution)
    let reader = try root.open(file(scratch.path))
    #expect(reader.byteCount == 100)
    #expect(try bytes(of: reader, at: 10, 5) == [10, 11, 12, 13, 14])
    #expect(try bytes(of: reader, at: 95, 50) == [95, 96, 97, 98, 99])
    #expect(try bytes(of: reader, at: 100, 1) == [])
    #expect(try bytes(of: reader, at: .max, 1) == [])
    #expect(try bytes(of: reader, at: 0, 0) == [])
    #expect(try reader.dataExtent(atOrAfter: 3) == 3..<100)
    #expect(try reader.dataExtent(atOrAfter: 100) == nil)
    #expect(try reader.dataExtent(atOrAfter: .max) == nil)
    #expect(try reader.changes() == [])
  }

  @Test func `holes are told`() throws {
    let scratch = try ScratchDirectory()
    try put([], at: scratch.path("file"))
    let descriptor = open(scratch.path("file"), O_WRONLY)
    let data = [UInt8](repeating: 5, count: 65_536)
    #expect(pwrite(descriptor, data, data.count, 1 << 20) == data.count)
    #expect(ftruncate(descriptor, 1 << 22) == 0)
    close(descriptor)
    let reader = try TreeRoot(scratch.path).open(file(scratch.path))
    #expect(try reader.dataExtent(atOrAfter: 0) == (1 << 20)..<(1 << 20) + 65_536)
    #expect(try reader.dataExtent(atOrAfter: 1 << 21) == nil)
    #expect(try bytes(of: reader, at: (1 << 20) - 2, 4) == [0, 0, 5, 5])
  }

  @Test func `a file that shrinks is changed, never padded`() throws {
    let scratch = try ScratchDirectory()
    try put([UInt8](repeating: 1, count: 100_000), at: scratch.path("file"))
    let reader = try TreeRoot(scratch.path).open(file(scratch.path))
    #expect(try bytes(of: reader, at: 0, 50_000).count == 50_000)
    #expect(truncate(scratch.path("file"), 60_000) == 0)
    #expect(code { _ = try bytes(of: reader, at: 50_000, 50_000) } == .changed)
    #expect(try reader.changes() == [.byteCount, .modificationTime, .changeTime])
  }

  @Test func `a file that grows is read as it was, and told`() throws {
    let scratch = try ScratchDirectory()
    try put([1, 2, 3], at: scratch.path("file"))
    let reader = try TreeRoot(scratch.path).open(file(scratch.path))
    let descriptor = open(scratch.path("file"), O_WRONLY | O_APPEND)
    #expect(write(descriptor, [4, 5], 2) == 2)
    close(descriptor)
    #expect(try bytes(of: reader, at: 0, 10) == [1, 2, 3])
    #expect(try reader.changes().contains(.byteCount))
  }

  @Test func `a changed mode is told apart from changed content`() throws {
    let scratch = try ScratchDirectory()
    try put([1, 2, 3], at: scratch.path("file"))
    // Times come from a clock that may tick only every 10 ms: an old one cannot be hit again.
    let old = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, scratch.path("file"), old, 0) == 0)
    let reader = try TreeRoot(scratch.path).open(file(scratch.path))
    var changes = FileReader.Changes()
    for mode in 0..<1_000 where changes == [] {
      #expect(chmod(scratch.path("file"), mode_t(0o600 + mode % 64)) == 0)
      changes = try reader.changes()
      usleep(1_000)
    }
    #expect(changes == .changeTime)
  }

  @Test(arguments: [PathResolution.atOnce, .nameByName])
  func `nothing else in its place is opened`(resolution: PathResolution) throws {
    let scratch = try ScratchDirectory()
    let path = scratch.path("file")
    try put([1], at: scratch.path("other"))
    let replacements: [(String, () -> Int32)] = [
      ("a FIFO", { mkfifo(path, 0o600) }),
      ("a socket", { mknod(path, S_IFSOCK | 0o600, 0) }),
      ("a link", { symlink("other", path) }),
      ("a directory", { mkdir(path, 0o700) }),
      ("another file", { link(scratch.path("other"), path) }),
    ]
    for (name, replace) in replacements {
      try put([1], at: path)
      let entry = try file(scratch.path)
      let root = try TreeRoot(scratch.path, resolution: resolution)
      #expect(unlink(path) == 0)
      #expect(code { _ = try root.open(entry) } == .missing)
      #expect(replace() == 0)
      #expect(code { _ = try root.open(entry) } == .changed, "\(name)")
      #expect(remove(path) == 0)
    }
  }

  @Test(arguments: [PathResolution.atOnce, .nameByName])
  func `a link in the place of a directory on the way is not followed`(
    resolution: PathResolution
  ) throws {
    let scratch = try ScratchDirectory()
    let root = try scratch.directory("root")
    _ = try scratch.directory("root/a")
    try put([1], at: "\(root)/a/file")
    let entry = try file(root)
    #expect(rename("\(root)/a", scratch.path("moved")) == 0)
    #expect(symlink("../moved", "\(root)/a") == 0)
    // The very same file lies behind the link, so that only the refusal to follow can tell.
    #expect(code { _ = try TreeRoot(root, resolution: resolution).open(entry) } == .changed)
  }

  @Test func `reading leaves the access time alone`() throws {
    let scratch = try ScratchDirectory()
    try put([1], at: scratch.path("file"))
    let times = [timespec(tv_sec: 5, tv_nsec: 6), timespec(tv_sec: 7, tv_nsec: 8)]
    #expect(utimensat(AT_FDCWD, scratch.path("file"), times, 0) == 0)
    let reader = try TreeRoot(scratch.path).open(file(scratch.path))
    #expect(try bytes(of: reader, at: 0, 1) == [1])
    var status = stat()
    #expect(lstat(scratch.path("file"), &status) == 0)
    #expect(status.st_atim.tv_sec == 5 && status.st_atim.tv_nsec == 6)
  }

  /// The first entry named "file" beneath `path`.
  private func file(_ path: String) throws -> FileEntry {
    try #require(try entries(path).first { $0.path.name.elementsEqual("file".utf8) })
  }
}
