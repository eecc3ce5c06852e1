import CLinux
import Files
import Glibc
import Synchronization
import Testing

@Suite struct `Restore writes beneath the target and nowhere else` {
  @Test func `the target is made for the owner only, or must be an empty directory`() throws {
    let scratch = try ScratchDirectory()
    _ = try TreeWriter(target: scratch.path("new/"))
    var status = stat()
    #expect(stat(scratch.path("new"), &status) == 0 && status.st_mode & 0o777 == 0o700)
    _ = try TreeWriter(target: scratch.path("new"))
    try put([], at: scratch.path("new/file"))
    #expect(code { _ = try TreeWriter(target: scratch.path("new")) } == .refused)
    #expect(code { _ = try TreeWriter(target: scratch.path("new/file")) } == .refused)
    #expect(code { _ = try TreeWriter(target: scratch.path("no/parent")) } == .missing)
    #expect(code { _ = try TreeWriter(target: "") } == .refused)
    _ = try scratch.directory("empty")
    #expect(symlink("empty", scratch.path("link")) == 0)
    #expect(code { _ = try TreeWriter(target: scratch.path("link")) } == .refused)
    #expect(code { _ = try TreeWriter(target: scratch.path("link//")) } == .refused)
  }

  @Test(arguments: [PathResolution.atOnce, .nameByName])
  func `nothing goes through a link, recorded or planted`(resolution: PathResolution) throws {
    let scratch = try ScratchDirectory()
    _ = try scratch.directory("outside")
    let outside = Array(scratch.path("outside").utf8)
    var writer = try TreeWriter(target: scratch.path("target"), resolution: resolution)
    try writer.makeSymbolicLink(relative("recorded"), target: outside, plain)
    #expect(symlink(scratch.path("outside"), scratch.path("target/planted")) == 0)
    for name in ["recorded", "planted"] {
      #expect(throwsRefused { try writer.makeDirectory(relative("\(name)/d"), plain) })
      #expect(throwsRefused { _ = try writer.makeFile(relative("\(name)/f"), byteCount: 1, plain) })
      #expect(throwsRefused { _ = try writer.makeFile(relative(name), byteCount: 1, plain) })
      #expect(throwsRefused { try writer.makeDirectory(relative(name), plain) })
      #expect(
        throwsRefused { try writer.makeSymbolicLink(relative("\(name)/l"), target: [97], plain) })
    }
    _ = try writer.finish()
    #expect(try entries(scratch.path("outside")).isEmpty)
  }

  @Test func `an object that took the place of ours is neither written nor changed`() throws {
    let scratch = try ScratchDirectory()
    _ = try scratch.directory("outside")
    try put([1, 2, 3], at: scratch.path("outside/victim"), mode: 0o640)
    let before = try Inventory(scratch.path("outside"))
    let replacements: [(String) -> Int32] = [
      { link(scratch.path("outside/victim"), $0) },
      { symlink("../outside/victim", $0) },
      { mkfifo($0, 0o600) },
    ]
    for (number, replace) in replacements.enumerated() {
      var writer = try TreeWriter(target: scratch.path("target\(number)"))
      let file = try writer.makeFile(relative("file"), byteCount: 3, plain)
      // Enough other files that the first one is closed and must be opened again.
      for other in 0..<70 {
        _ = try writer.makeFile(relative("other\(other)"), byteCount: 1, plain)
      }
      #expect(unlink(scratch.path("target\(number)/file")) == 0)
      #expect(replace(scratch.path("target\(number)/file")) == 0)
      #expect(throwsRefused { try writer.write([UInt8(9)].span.bytes, to: file, at: 0) })
      #expect(throwsRefused { _ = try writer.finish() })
      #expect(throwsRefused { try writer.makeHardLink(relative("link"), to: relative("file")) })
    }
    #expect(try Inventory(scratch.path("outside")).differences(from: before) == [])
  }

  @Test(arguments: [PathResolution.atOnce, .nameByName])
  func `a racer who swaps directories for links gains nothing in two seconds`(
    resolution: PathResolution
  ) throws {
    let scratch = try ScratchDirectory()
    let outside = try scratch.directory("outside")
    try put([1, 2, 3], at: "\(outside)/victim", mode: 0o640)
    _ = try scratch.directory("outside/sub")
    let before = try Inventory(outside)
    let swaps = try Racer.running(outside: outside, targets: scratch.path) { isOver in
      var (succeeded, refused) = (0, 0)
      while !isOver() {
        do throws(FileError) {
          try restore(into: scratch.path("target\(succeeded + refused)"), resolution)
          succeeded += 1
        } catch {
          #expect([.refused, .missing].contains(error.code), "\(error.message)")
          refused += 1
        }
      }
      #expect(succeeded + refused > 0)
      return refused
    }
    #expect(swaps.made > 0 && swaps.result > 0, "\(swaps)")
    #expect(try Inventory(outside).differences(from: before) == [])
  }

  private func restore(
    into target: String, _ resolution: PathResolution
  ) throws(FileError) {
    var writer = try TreeWriter(target: target, resolution: resolution)
    var files: [TreeWriter.File] = []
    let content: [UInt8] = [6, 6, 6]
    for name in 0..<40 {
      for path in ["d/sub/f\(name)", "d/g\(name)"] {
        guard let path = RelativePath(Array(path.utf8)) else { continue }
        files.append(try writer.makeFile(path, byteCount: 3, plain))
      }
      guard let link = RelativePath(Array("d/l\(name)".utf8)) else { continue }
      try writer.makeSymbolicLink(link, target: [0x2e], plain)
    }
    for file in files { try writer.write(content.span.bytes, to: file, at: 0) }
    _ = try writer.finish()
  }

  private func throwsRefused(_ body: () throws -> Void) -> Bool {
    code(body) == .refused
  }
}

/// A thread that swaps what a restore creates for links that lead outside.
private enum Racer {
  final class Course: Sendable {
    let targets: String
    let outside: String
    let isOver = Atomic(false)
    let swapCount = Atomic(0)

    init(targets: String, outside: String) {
      self.targets = targets
      self.outside = outside
    }

    func run() {
      var round = 0
      while !isOver.load(ordering: .relaxed) {
        for target in recentTargets() { swap(in: target, round) }
        round += 1
      }
    }

    private func recentTargets() -> [String] {
      guard let directory = opendir(targets) else { return [] }
      defer { closedir(directory) }
      var found: [String] = []
      var error: Int32 = 0
      while let name = linux_next_name(directory, &error).map({ String(cString: $0) }) {
        if name.hasPrefix("target") { found.append("\(targets)/\(name)") }
      }
      return found.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }.prefix(2).map { $0 }
    }

    /// Follows no link itself, so that whatever happens outside is not its doing.
    private func swap(in target: String, _ round: Int) {
      let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
      let root = open(target, flags)
      guard root >= 0 else { return }
      defer { close(root) }
      let bait = "bait\(round & 1)"
      _ =
        round % 3 == 0
        ? linkat(AT_FDCWD, "\(outside)/victim", root, bait, 0) : symlinkat(outside, root, bait)
      if round % 5 == 0 { return swap("d", in: root, for: bait, of: root) }
      let directory = openat(root, "d", flags)
      guard directory >= 0 else { return }
      defer { close(directory) }
      let victims = ["sub", "f\(round % 40)", "g\(round % 40)", "l\(round % 40)"]
      swap(victims[round % 4], in: directory, for: bait, of: root)
    }

    private func swap(_ name: String, in directory: Int32, for bait: String, of root: Int32) {
      guard linux_exchange(root, bait, directory, name) == 0 else { return }
      let count = swapCount.add(1, ordering: .relaxed).newValue
      if count % 2 == 0 { _ = linux_exchange(root, bait, directory, name) }
    }
  }

  static func running<Result>(
    outside: String, targets: String, _ body: (() -> Bool) throws -> Result
  ) throws -> (made: Int, result: Result) {
    let course = Course(targets: targets, outside: outside)
    var thread = pthread_t()
    let started = pthread_create(
      &thread, nil,
      { course in
        if let course { Unmanaged<Course>.fromOpaque(course).takeRetainedValue().run() }
        return nil
      }, Unmanaged.passRetained(course).toOpaque())
    guard started == 0 else { throw SetupFailure("pthread_create") }
    let end = ContinuousClock.now + .seconds(2)
    defer {
      course.isOver.store(true, ordering: .relaxed)
      pthread_join(thread, nil)
    }
    let result = try body { ContinuousClock.now >= end }
    return (course.swapCount.load(ordering: .relaxed), result)
  }
}
