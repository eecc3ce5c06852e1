import Glibc

/// An open file or directory of this machine, closed when the value goes.
struct LocalFile: ~Copyable {
  private let descriptor: Int32
  /// The path it was opened by, for messages.
  let path: String

  /// Opens without following a symbolic link in the last component.
  init(_ path: String, _ flags: Int32) throws(StoreError) {
    try self.init(path, opening: flags | O_NOFOLLOW)
  }

  /// Opens a file of the operator's for reading, through whatever links lead to it.
  init(followingLinks path: String) throws(StoreError) {
    try self.init(path, opening: O_RDONLY)
  }

  private init(_ path: String, opening flags: Int32) throws(StoreError) {
    var descriptor: Int32
    repeat {
      descriptor = open(path, flags | O_CLOEXEC, 0o600)
    } while descriptor < 0 && errno == EINTR
    guard descriptor >= 0 else { throw StoreError(errno: errno, doing: "opening", path) }
    self.descriptor = descriptor
    self.path = path
  }

  /// Opens a directory; its path may end in a symbolic link.
  init(directory path: String) throws(StoreError) {
    try self.init(path + "/.", O_RDONLY | O_DIRECTORY)
  }

  deinit { Glibc.close(descriptor) }

  /// The length of a plain file in bytes; anything else is `damaged`.
  func byteCount() throws(StoreError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw StoreError(errno: errno, doing: "examining", path)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StoreError(code: .damaged, message: "\(path) is not a plain file.")
    }
    return Int(status.st_size)
  }

  /// When the file was written, in seconds since 1970.
  func modificationTime() throws(StoreError) -> Int64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw StoreError(errno: errno, doing: "examining", path)
    }
    return Int64(status.st_mtim.tv_sec)
  }

  /// Writes all bytes from the current position on.
  func write(_ bytes: [UInt8]) throws(StoreError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw StoreError(errno: errno, doing: "writing", path) }
      rest = rest.dropFirst(count)
    }
  }

  /// Reads exactly the bytes of the range; a file that ends before it is `damaged`.
  func read(_ range: Range<Int>) throws(StoreError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(StoreError) in
      try read(range, into: UnsafeMutableRawBufferPointer(buffer))
    }
    return bytes
  }

  /// Reads the bytes of the range into a buffer of their number.
  func read(_ range: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) {
    var filled = 0
    while filled < range.count {
      let count = pread(
        descriptor, buffer.baseAddress?.advanced(by: filled), range.count - filled,
        off_t(range.lowerBound + filled))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw StoreError(errno: errno, doing: "reading", path) }
      guard count > 0 else {
        throw StoreError(
          code: .damaged,
          message: "\(path) ends at byte \(range.lowerBound + filled), before byte"
            + " \(range.upperBound) that must be there.")
      }
      filled += count
    }
  }

  /// Returns once the contents, or a directory's entries, survive a power failure.
  func sync() throws(StoreError) {
    guard fsync(descriptor) == 0 else {
      throw StoreError(errno: errno, doing: "making durable", path)
    }
  }
}

extension StoreError {
  /// Turns an error number of the operating system into an answer.
  init(errno number: Int32, doing what: String, _ path: String) {
    let reason = String(cString: strerror(number))
    let sentence = "\(what) \(path) failed: \(reason)"
    switch number {
    case ENOENT:
      self.init(code: .missing, message: sentence + ".")
    case ENOSPC, EDQUOT:
      self.init(code: .full, message: sentence + "; free some space or raise the quota.")
    case EIO:
      self.init(code: .damaged, message: sentence + "; look at the disk's health.")
    case ETIMEDOUT, ESTALE, EAGAIN, EMFILE, ENFILE, ENOMEM:
      self.init(code: .transient, message: sentence + ".")
    default:
      self.init(code: .refused, message: sentence + "; check the path, its owner and its mode.")
    }
  }
}
