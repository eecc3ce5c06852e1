import CLinux
import Glibc

/// The names in one directory, bytewise sorted, taken one by one.
///
/// All names lie in one buffer: a name costs its bytes, a NUL and the eight bytes of its place.
struct NameList: Sendable {
  private var bytes: [UInt8] = []
  private var starts: [Int] = []
  private var position = 0

  /// A list with no names.
  init() {}

  /// Reads every name of an open directory; `error` is 0 or says what ended the listing early.
  init(listing directory: Int32, error: inout Int32) {
    let copy = fcntl(directory, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0, let stream = fdopendir(copy) else {
      error = errno
      if copy >= 0 { _ = close(copy) }
      return
    }
    defer { _ = closedir(stream) }
    while let name = linux_next_name(stream, &error) {
      starts.append(bytes.count)
      let byteCount = strlen(name) + 1
      bytes.append(contentsOf: UnsafeRawBufferPointer(start: name, count: byteCount))
    }
    sort()
  }

  /// Whether no name is left to take.
  var isExhausted: Bool { position == starts.count }

  /// Takes the next name, without a NUL.
  mutating func next() -> [UInt8]? {
    guard position < starts.count else { return nil }
    let start = starts[position]
    position += 1
    return Array(bytes[start...].prefix { $0 != 0 })
  }

  private mutating func sort() {
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
      // strcmp compares as unsigned bytes, and the NUL makes a prefix come first.
      starts.sort { strcmp(base + $0, base + $1) < 0 }
    }
  }
}
