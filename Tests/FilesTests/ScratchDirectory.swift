import CLinux
import Files
import Glibc
import Testing

/// What a test needs and could not get from the system.
struct SetupFailure: Error {
  let message: String

  init(_ message: String) {
    self.message = "\(message): \(String(cString: strerror(errno)))"
  }
}

/// A fresh directory that is removed, however deep its content, when the value ends.
struct ScratchDirectory: ~Copyable {
  let path: String

  init() throws {
    var template = Array("/tmp/files-tests-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    guard let made else { throw SetupFailure("mkdtemp") }
    path = made
  }

  deinit {
    // Restored modes may keep anybody but root from removing what is beneath.
    if geteuid() != 0 { _ = run("/bin/chmod", "-R", "u+rwx", path) }
    _ = run("/bin/rm", "-rf", path)
  }

  /// The path of something inside.
  func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Makes a directory inside and returns its path.
  func directory(_ name: String, mode: mode_t = 0o755) throws -> String {
    guard mkdir(path(name), 0o700) == 0, chmod(path(name), mode) == 0 else {
      throw SetupFailure("mkdir \(name)")
    }
    return path(name)
  }
}

/// Runs a program and returns its exit status, or -1.
func run(_ program: String, _ arguments: String...) -> Int32 {
  var vector = ([program] + arguments).map { strdup($0) }
  vector.append(nil)
  defer { for argument in vector { free(argument) } }
  var child: pid_t = 0
  guard posix_spawn(&child, program, nil, nil, vector, nil) == 0 else { return -1 }
  var status: Int32 = 0
  while waitpid(child, &status, 0) < 0, errno == EINTR {}
  return status & 0x7f == 0 ? (status >> 8) & 0xff : -1
}

/// Creates or replaces a file with these bytes.
func put(_ bytes: [UInt8], at path: String, mode: mode_t = 0o644) throws {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
  guard descriptor >= 0 else { throw SetupFailure("create \(path)") }
  defer { close(descriptor) }
  guard write(descriptor, bytes, bytes.count) == bytes.count, fchmod(descriptor, mode) == 0 else {
    throw SetupFailure("write \(path)")
  }
}

/// The content of a small file.
func content(of path: String) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: 1 << 20)
  let count = read(descriptor, &bytes, bytes.count)
  return count < 0 ? nil : Array(bytes.prefix(count))
}

/// Runs `body` with the file permissions of nobody, where the tests run as root.
func asNobody<Result>(_ body: () throws -> Result) rethrows -> Result {
  // The test stays on its thread from here to the end of the call: nothing in it suspends.
  let before = linux_set_thread_user(65_534)
  defer { _ = linux_set_thread_user(uid_t(bitPattern: before)) }
  return try body()
}

/// The path these names make; a test that passes an impossible one fails.
func relative(_ text: String) throws -> RelativePath {
  try #require(RelativePath(Array(text.utf8)))
}

/// Attributes for entries whose attributes do not matter.
let plain = FileAttributes(
  mode: 0o600, owner: geteuid(), group: getegid(),
  modificationTime: FileTime(seconds: 1_000_000_000, nanoseconds: 123_456_789))

/// A small generator whose sequence is given by its seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    // SplitMix64.
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    let words = (0...count / 8).map { _ in next() }
    return words.withUnsafeBytes { Array($0.prefix(count)) }
  }
}
