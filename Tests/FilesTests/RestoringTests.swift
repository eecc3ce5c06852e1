import CLinux
import Files
import Foundation
import Glibc
import Testing

@Suite struct `Files come back exactly` {
  @Test(arguments: UInt64(1)...24)
  func `a random tree, in its order and in any order`(seed: UInt64) throws {
    let scratch = try ScratchDirectory()
    let source = try scratch.directory("source")
    try RandomTree.fill(source, seed: seed, entryCount: 300)
    let resolution = seed.isMultiple(of: 2) ? PathResolution.atOnce : .nameByName
    let transfer = Transfer(resolution: resolution)
    let ordered = try transfer.copy(source, to: scratch.path("ordered"))
    let shuffled = try transfer.copy(
      source, to: scratch.path("shuffled"), shuffledBy: SeededGenerator(seed: seed))
    let expected = try Inventory(source)
    try #expect(Inventory(scratch.path("ordered")).differences(from: expected) == [], "\(seed)")
    try #expect(Inventory(scratch.path("shuffled")).differences(from: expected) == [], "\(seed)")
    #expect(ordered.fileCount == shuffled.fileCount, "seed \(seed)")
    #expect(ordered.withoutSetID.count == 0 && ordered.undescribedDirectories.count == 0)
  }

  @Test(arguments: UInt64(1)...4)
  func `for a user without special rights, with directories not even the owner may write to`(
    seed: UInt64
  ) throws {
    let scratch = try ScratchDirectory()
    #expect(chmod(scratch.path, 0o777) == 0)
    try asNobody {
      let source = try scratch.directory("source")
      try RandomTree.fill(source, seed: seed, entryCount: 300, leastMode: 0o400)
      let report = try Transfer().copy(
        source, to: scratch.path("target"), shuffledBy: SeededGenerator(seed: seed))
      #expect(report.directoryCount + report.fileCount > 0, "seed \(seed)")
    }
    let expected = try Inventory(scratch.path("source"))
    try #expect(Inventory(scratch.path("target")).differences(from: expected) == [], "\(seed)")
  }

  @Test(.enabled(if: geteuid() == 0)) func `modes that shut out even the owner come last`() throws {
    let scratch = try ScratchDirectory()
    #expect(chmod(scratch.path, 0o777) == 0)
    let shut = FileAttributes(
      mode: 0, owner: 65_534, group: getegid(), modificationTime: plain.modificationTime)
    try asNobody {
      var writer = try TreeWriter(target: scratch.path("target"))
      try writer.makeDirectory(relative("shut"), shut)
      // More than are kept open.
      for number in 0..<100 {
        try writer.makeDirectory(relative("shut/\(number)"), shut)
        _ = try writer.makeFile(relative("shut/\(number)/file"), byteCount: 0, shut)
      }
      #expect(try writer.finish().undescribedDirectories.count == 0)
    }
    let items = try Inventory(scratch.path("target")).items.filter { !$0.key.isEmpty }
    #expect(items.count == 201)
    #expect(items.values.allSatisfy { $0.mode == 0 && $0.nanoseconds == 123_456_789 })
  }

  @Test func `a time the file system cannot keep is told`() throws {
    let scratch = try ScratchDirectory()
    var writer = try TreeWriter(target: scratch.path("target"))
    let times = [1 << 40, 1 << 30].map { FileTime(seconds: $0, nanoseconds: 1) }
    for (name, time) in zip(["far", "near"], times) {
      let attributes = FileAttributes(mode: 0o600, owner: 0, group: 0, modificationTime: time)
      _ = try writer.makeFile(relative(name), byteCount: 0, attributes)
    }
    let told = try writer.finish().timedOtherwise.paths
    let kept = try entries(scratch.path("target")).map(\.attributes.modificationTime)
    #expect(kept[1] == times[1])
    #expect(try told == (kept[0] == times[0] ? [] : [relative("far")]))
  }

  @Test func `an empty tree`() throws {
    let scratch = try ScratchDirectory()
    let source = try scratch.directory("source", mode: 0o751)
    let report = try Transfer().copy(source, to: scratch.path("target"))
    #expect(report.directoryCount + report.fileCount == 0)
    try #expect(Inventory(scratch.path("target")).differences(from: Inventory(source)) == [])
  }

  @Test func `a sparse file of 20 GB, at the price of its data`() throws {
    let scratch = try ScratchDirectory()
    let source = try scratch.directory("source")
    let byteCount = 20_000_000_001
    let descriptor = open("\(source)/large", O_RDWR | O_CREAT, 0o640)
    #expect(ftruncate(descriptor, byteCount) == 0)
    for place in [0, 5 << 30, byteCount - 1] {
      #expect(pwrite(descriptor, [7, 8, 9], place == byteCount - 1 ? 1 : 3, place) > 0)
    }
    defer { close(descriptor) }
    let report = try Transfer().copy(source, to: scratch.path("target"))
    let copy = open(scratch.path("target/large"), O_RDONLY)
    defer { close(copy) }
    var status = stat()
    #expect(fstat(copy, &status) == 0)
    #expect(status.st_size == byteCount)
    #expect(dataExtents(copy) == dataExtents(descriptor))
    // Units of 512 bytes: fewer than a megabyte is on the disk.
    #expect(status.st_blocks < 2_048)
    #expect(report.writtenByteCount < 1 << 20)
    var last = [UInt8](repeating: 0, count: 8)
    #expect(pread(copy, &last, 8, byteCount - 1) == 1 && last[0] == 7)
  }

  @Test func `ten thousand entries in one directory`() throws {
    let scratch = try ScratchDirectory()
    let source = try scratch.directory("source")
    for number in 0..<10_000 { try put([UInt8(number & 0xff)], at: "\(source)/\(number)") }
    let met = try entries(source)
    #expect(met.count == 10_000)
    #expect(met.map(\.path) == met.map(\.path).sorted())
    let report = try Transfer().copy(source, to: scratch.path("target"))
    #expect(report.fileCount == 10_000)
    try #expect(Inventory(scratch.path("target")).differences(from: Inventory(source)) == [])
  }

  @Test(arguments: [(PathResolution.atOnce, 200), (.nameByName, 40)])
  func `a tree 300 deep, with paths far beyond PATH_MAX`(
    resolution: PathResolution, nameByteCount: Int
  ) throws {
    let scratch = try ScratchDirectory()
    let source = try scratch.directory("source")
    try makeDeepTree(source, depth: 300, nameByteCount: nameByteCount)
    let transfer = Transfer(resolution: resolution)
    let report = try transfer.copy(source, to: scratch.path("target"))
    #expect(report.directoryCount == 300 && report.fileCount == 600)
    try #expect(Inventory(scratch.path("target")).differences(from: Inventory(source)) == [])
  }

  @Test func `with no more than 200 open files of its own`() async {
    await #expect(processExitsWith: .success) {
      // What it inherits from the tests that run beside it is not its own.
      let inherited = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
      let most = rlim_t(inherited + 200)
      var limit = rlimit(rlim_cur: most, rlim_max: most)
      #expect(setrlimit(__rlimit_resource_t(7), &limit) == 0)
      let scratch = try ScratchDirectory()
      let source = try scratch.directory("source")
      try makeDeepTree(source, depth: 250, nameByteCount: 20)
      let met = try entries(source)
      #expect(met.count == 750)
      // Nobody describes the directories, and in the last one there is nothing.
      var writer = try TreeWriter(target: scratch.path("target"))
      var files: [TreeWriter.File] = []
      let byte: [UInt8] = [9]
      for entry in met {
        guard case .regular = entry.kind else { continue }
        files.append(try writer.makeFile(entry.path, byteCount: 2, entry.attributes))
      }
      for offset in UInt64(0)..<2 {
        for file in files { try writer.write(byte.span.bytes, to: file, at: offset) }
      }
      #expect(try writer.finish().undescribedDirectories.count == 249)
    }
  }
}

/// One chain of directories; in each a file on either side of the next directory's name.
func makeDeepTree(_ path: String, depth: Int, nameByteCount: Int) throws {
  var directory = open(path, O_RDONLY | O_DIRECTORY)
  defer { close(directory) }
  let name = [CChar](repeating: 0x6d, count: nameByteCount) + [0]
  for level in 0..<depth {
    for (name, byte) in [("a", UInt8(level & 0xff)), ("z", 1)] {
      let file = openat(directory, name, O_WRONLY | O_CREAT, 0o600)
      guard write(file, [byte], 1) == 1, close(file) == 0 else { throw SetupFailure("file") }
    }
    guard mkdirat(directory, name, 0o700) == 0 else { throw SetupFailure("mkdirat") }
    let next = openat(directory, name, O_RDONLY | O_DIRECTORY)
    guard next >= 0 else { throw SetupFailure("openat") }
    close(directory)
    directory = next
  }
}
