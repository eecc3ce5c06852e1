import CLinux
import Files
import Glibc
import Testing

@Suite struct `A walk meets everything and follows nothing` {
  @Test func `bytewise by name, a directory before its content`() throws {
    let scratch = try ScratchDirectory()
    for name in ["b", "a", "a/z", "a/z/1", "a!", "B"] { _ = try scratch.directory(name) }
    for name in ["a/y", "b/x", "\u{1}"] { try put([], at: scratch.path(name)) }
    let paths = try entries(scratch.path).map(\.path.description)
    #expect(paths == ["\\x01", "B", "a", "a/y", "a/z", "a/z/1", "a!", "b", "b/x"])
  }

  @Test func `one root serves several walks at a time`() throws {
    let scratch = try ScratchDirectory()
    for name in ["a", "b"] { try put([], at: scratch.path(name)) }
    let root = try TreeRoot(scratch.path)
    var one = try TreeWalker(root)
    var other = try TreeWalker(root)
    for name in ["a", "b", nil] {
      #expect(try one.next()?.name == name)
      #expect(try other.next()?.name == name)
    }
    #expect(try events(of: root).count == 2)
  }

  @Test func `hostile names come as they are`() throws {
    let scratch = try ScratchDirectory()
    let names: [[UInt8]] = [
      Array("new\nline".utf8), [0x1b, 0x5d, 0x30, 0x3b], [0xff, 0xfe], [0xc3], Array("...".utf8),
      Array("-rf *".utf8), Array("\\".utf8), [UInt8](repeating: 0xe9, count: 255), [0x20], [0x7f],
    ]
    for name in names { try put([1], at: scratch.path, name: name) }
    let met = try entries(scratch.path)
    #expect(Set(met.map(\.path.bytes)) == Set(names))
    #expect(met.allSatisfy { $0.kind == .regular(byteCount: 1) })
  }

  @Test func `links are entries, wherever they lead`() throws {
    let scratch = try ScratchDirectory()
    let root = try scratch.directory("root")
    _ = try scratch.directory("outside")
    try put([1], at: scratch.path("outside/secret"))
    let longest = String(repeating: "x/", count: 2_047) + "x"
    for (name, target) in [
      ("absolute", "/etc"), ("dangling", "nowhere"), ("loop", "loop"), ("out", "../outside"),
      ("up", ".."), ("longest", longest),
    ] { #expect(symlink(target, "\(root)/\(name)") == 0) }
    let kinds = try entries(root).map(\.kind)
    let targets = ["/etc", "nowhere", longest, "loop", "../outside", ".."]
    #expect(kinds == targets.map { .symbolicLink(target: Array($0.utf8)) })
  }

  @Test func `what has no content is named as such`() throws {
    let scratch = try ScratchDirectory()
    #expect(mkfifo(scratch.path("fifo"), 0o600) == 0)
    #expect(mknod(scratch.path("socket"), S_IFSOCK | 0o600, 0) == 0)
    var expected: [FileEntry.Kind] = [.special(.fifo), .special(.socket)]
    if mknod(scratch.path("a-device"), S_IFCHR | 0o600, 0x0103) == 0 {
      expected.insert(.special(.device), at: 0)
    }
    #expect(try entries(scratch.path).map(\.kind) == expected)
  }

  @Test func `all twelve mode bits and nanoseconds are told`() throws {
    let scratch = try ScratchDirectory()
    try put([], at: scratch.path("file"))
    #expect(chmod(scratch.path("file"), 0o7751) == 0)
    let times = [timespec(tv_sec: 1, tv_nsec: 2), timespec(tv_sec: -3, tv_nsec: 999_999_999)]
    #expect(utimensat(AT_FDCWD, scratch.path("file"), times, 0) == 0)
    let attributes = try #require(try entries(scratch.path).first).attributes
    #expect(attributes.mode == 0o7751)
    #expect(
      attributes.modificationTime == FileTime(seconds: -3, nanoseconds: 999_999_999))
    #expect(attributes.owner == geteuid() && attributes.group == getegid())
  }

  @Test func `a name that goes between listing and looking is vanished`() throws {
    let scratch = try ScratchDirectory()
    for name in ["a", "b", "d"] { try put([], at: scratch.path(name)) }
    _ = try scratch.directory("c")
    var walker = try TreeWalker(TreeRoot(scratch.path))
    #expect(try walker.next()?.name == "a")
    #expect(unlink(scratch.path("b")) == 0 && rmdir(scratch.path("c")) == 0)
    #expect(try walker.next() == .vanished(relative("b")))
    #expect(try walker.next() == .vanished(relative("c")))
    #expect(try walker.next()?.name == "d")
    #expect(try walker.next() == nil)
    #expect(try walker.next() == nil)
  }

  @Test func `a directory swapped for a link is not entered`() throws {
    let scratch = try ScratchDirectory()
    let root = try scratch.directory("root")
    _ = try scratch.directory("outside")
    try put([1], at: scratch.path("outside/secret"))
    try put([], at: "\(root)/a")
    _ = try scratch.directory("root/b")
    var walker = try TreeWalker(TreeRoot(root))
    #expect(try walker.next()?.name == "a")
    #expect(rmdir("\(root)/b") == 0 && symlink("../outside", "\(root)/b") == 0)
    guard case .entry(let entry) = try walker.next() else {
      Issue.record("the link is not met")
      return
    }
    #expect(entry.kind == .symbolicLink(target: Array("../outside".utf8)))
    #expect(try walker.next() == nil)
  }

  @Test func `what permissions hide is unreadable, and the rest is met`() throws {
    let scratch = try ScratchDirectory()
    #expect(chmod(scratch.path, 0o755) == 0)
    let root = try scratch.directory("root")
    for (name, mode) in [("closed", mode_t(0o700)), ("list-only", 0o744), ("open", 0o755)] {
      _ = try scratch.directory("root/\(name)", mode: mode)
      try put([1], at: "\(root)/\(name)/file")
    }
    try put([1], at: "\(root)/secret", mode: 0o600)
    guard geteuid() == 0 else { return }
    let (seen, code) = try asNobody {
      let opened = try TreeRoot(root)
      let seen = try events(of: opened)
      return (seen, try seen.compactMap(\.entry).last.map { try codeOfOpening($0, in: opened) })
    }
    let names = ["closed", "list-only", "open", "open/file", "secret"]
    #expect(seen.compactMap(\.name) == names)
    let hidden = seen.compactMap { event in
      if case .unreadable(let path, let error) = event {
        (path.description, error.code)
      } else {
        nil
      }
    }
    #expect(hidden.map(\.0) == ["closed", "list-only/file"])
    #expect(hidden.allSatisfy { $0.1 == .refused })
    #expect(code == .refused)
  }

  @Test func `a path beyond the limit is told of the deepest directory that has one`() throws {
    let scratch = try ScratchDirectory()
    try makeDeepTree(scratch.path, depth: 258, nameByteCount: 255)
    let met = try events(of: TreeRoot(scratch.path))
    let unreadable = met.compactMap { event in
      if case .unreadable(let path, _) = event { path } else { nil }
    }
    // 255 names of 255 bytes with their slashes are 65,279 bytes: one more fits, what is in it not.
    #expect(unreadable.map(\.components.count) == [256, 256, 256])
    #expect(met.compactMap(\.entry).count == 256 * 3)
  }

  @Test func `a missing root is missing, a file or a closed directory is refused`() throws {
    let scratch = try ScratchDirectory()
    try put([], at: scratch.path("file"))
    #expect(code { _ = try TreeRoot(scratch.path("nothing")) } == .missing)
    #expect(code { _ = try TreeRoot(scratch.path("file")) } == .refused)
    #expect(code { _ = try TreeRoot("") } == .missing)
    let target = try scratch.directory("directory", mode: 0o700)
    if geteuid() == 0 {
      #expect(asNobody { code { _ = try TreeRoot(target) } } == .refused)
    }
  }

  @Test func `the root itself may be a link`() throws {
    let scratch = try ScratchDirectory()
    try put([], at: "\(scratch.directory("root"))/file")
    #expect(symlink("root", scratch.path("link")) == 0)
    #expect(try entries(scratch.path("link")).map(\.path) == [relative("file")])
  }

  private func codeOfOpening(
    _ entry: FileEntry, in root: borrowing TreeRoot
  ) throws -> FileError.Code? {
    do {
      _ = try root.open(entry)
      return nil
    } catch {
      return error.code
    }
  }
}

/// The code of the error that `body` throws, or nil.
func code(_ body: () throws -> Void) -> FileError.Code? {
  do {
    try body()
    return nil
  } catch {
    return (error as? FileError)?.code
  }
}

/// Creates a file of any name in the directory at `path`.
func put(_ bytes: [UInt8], at path: String, name: [UInt8]) throws {
  let directory = open(path, O_RDONLY | O_DIRECTORY)
  defer { close(directory) }
  let name = name.map { CChar(bitPattern: $0) } + [0]
  let file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL, 0o600)
  guard write(file, bytes, bytes.count) == bytes.count, close(file) == 0 else {
    throw SetupFailure("create")
  }
}

extension TreeWalker.Event {
  var entry: FileEntry? {
    if case .entry(let entry) = self { entry } else { nil }
  }

  var name: String? { entry?.path.description }
}
