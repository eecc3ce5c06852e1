import Glibc

/// An open file or directory, closed when the value ends.
struct Descriptor: ~Copyable, Sendable {
  /// The system's number for it.
  let number: Int32

  /// Takes over an open descriptor.
  init(owning number: Int32) {
    self.number = number
  }

  deinit {
    _ = Glibc.close(number)
  }

  /// A second descriptor of the same open file; `subject` names it in the error.
  static func duplicate(of number: Int32, _ subject: String) throws(FileError) -> Int32 {
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw .system(errno, "open", subject) }
    return copy
  }

  /// The status of the open file.
  static func status(
    of number: Int32, _ subject: @autoclosure () -> String
  ) throws(FileError) -> stat {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw .system(errno, "inspect", subject()) }
    return status
  }
}

/// Calls `body` with the bytes as a C string that lives as long as the call.
func withCPath<Result>(
  _ bytes: some Collection<UInt8>, _ body: (UnsafePointer<CChar>) -> Result
) -> Result {
  withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count + 1) { buffer in
    let end = buffer.initialize(fromContentsOf: bytes)
    buffer.initializeElement(at: end, to: 0)
    return buffer.withMemoryRebound(to: CChar.self) { characters in
      characters.baseAddress.map { body($0) } ?? body("")
    }
  }
}
