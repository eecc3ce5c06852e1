import CLinux
import Glibc

/// Makes a tree that is hard to copy, the same for the same seed, by plain system calls.
struct RandomTree {
  private var generator: SeededGenerator
  private var entryCount: Int
  private var fileCount = 0
  private let root: Int32
  private let leastMode: mode_t

  /// Fills the empty directory at `path` with at most `entryCount` entries; every file has at
  /// least the bits of `leastMode`, which whoever is not root needs to read it.
  static func fill(
    _ path: String, seed: UInt64, entryCount: Int, leastMode: mode_t = geteuid() == 0 ? 0 : 0o400
  ) throws {
    let root = open(path, O_RDONLY | O_DIRECTORY)
    guard root >= 0 else { throw SetupFailure("open \(path)") }
    defer { close(root) }
    var tree = RandomTree(
      generator: SeededGenerator(seed: seed), entryCount: entryCount, root: root,
      leastMode: leastMode)
    try tree.fill(root, depth: 0)
    try tree.age(root, "", AT_SYMLINK_NOFOLLOW | linux_at_empty_path)
  }

  private mutating func fill(_ directory: Int32, depth: Int) throws {
    let count = Int.random(in: 0...(depth == 0 ? 40 : 12), using: &generator)
    for _ in 0..<count where entryCount > 0 {
      entryCount -= 1
      let name = name()
      try name.withUnsafeBufferPointer { name in
        guard let name = name.baseAddress,
          faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0
        else { return }
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<3 where depth < 6: try makeDirectory(directory, name, depth)
        case 3: try makeLink(directory, name)
        case 4 where fileCount > 0: _ = linkat(root, "file", directory, name, 0)
        default: try makeFile(directory, name)
        }
      }
    }
  }

  private mutating func makeDirectory(
    _ directory: Int32, _ name: UnsafePointer<CChar>, _ depth: Int
  ) throws {
    guard mkdirat(directory, name, 0o700) == 0 else { throw SetupFailure("mkdirat") }
    let child = openat(directory, name, O_RDONLY | O_DIRECTORY)
    guard child >= 0 else { throw SetupFailure("openat") }
    defer { close(child) }
    try fill(child, depth: depth + 1)
    guard fchmod(child, mode() | 0o500) == 0 else { throw SetupFailure("fchmod") }
    try age(directory, name, AT_SYMLINK_NOFOLLOW)
  }

  private mutating func makeLink(_ directory: Int32, _ name: UnsafePointer<CChar>) throws {
    let target = self.name()
    guard symlinkat(target, directory, name) == 0 else { throw SetupFailure("symlinkat") }
    try age(directory, name, AT_SYMLINK_NOFOLLOW)
  }

  private mutating func makeFile(_ directory: Int32, _ name: UnsafePointer<CChar>) throws {
    let descriptor = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    guard descriptor >= 0 else { throw SetupFailure("create") }
    defer { close(descriptor) }
    let sizes = [0, 0, 1, 4_095, 4_096, 4_097, Int.random(in: 0...300_000, using: &generator)]
    let byteCount = sizes.randomElement(using: &generator) ?? 0
    guard ftruncate(descriptor, byteCount) == 0 else { throw SetupFailure("ftruncate") }
    for start in stride(from: 0, to: byteCount, by: 65_536)
    where Bool.random(using: &generator) {
      let bytes = generator.bytes(min(16_384, byteCount - start))
      guard pwrite(descriptor, bytes, bytes.count, start) == bytes.count else {
        throw SetupFailure("pwrite")
      }
    }
    guard fchmod(descriptor, mode() | leastMode) == 0 else { throw SetupFailure("fchmod") }
    try age(directory, name, AT_SYMLINK_NOFOLLOW)
    if fileCount == 0, linkat(directory, name, root, "file", 0) == 0 { fileCount += 1 }
  }

  private mutating func age(
    _ directory: Int32, _ name: UnsafePointer<CChar>, _ flags: Int32
  ) throws {
    // ext4 keeps times from 1901 to 2446.
    let times = (0..<2).map { _ in
      timespec(
        tv_sec: Int.random(in: -2_000_000_000...8_000_000_000, using: &generator),
        tv_nsec: Int.random(in: 0...999_999_999, using: &generator))
    }
    guard utimensat(directory, name, times, flags) == 0 else { throw SetupFailure("utimensat") }
  }

  private mutating func mode() -> mode_t {
    mode_t.random(in: 0...0o1777, using: &generator)
  }

  /// A name of any bytes but NUL and slash, as a C string.
  private mutating func name() -> [CChar] {
    let counts = [1, 2, 3, 8, 40, 254, 255]
    let bytes = generator.bytes(counts.randomElement(using: &generator) ?? 1)
    let allowed = bytes.map { $0 == 0 || $0 == UInt8(ascii: "/") ? 0x1b : $0 }
    let dots = allowed.allSatisfy { $0 == UInt8(ascii: ".") }
    return (dots ? [0x0a] : allowed).map { CChar(bitPattern: $0) } + [0]
  }
}
