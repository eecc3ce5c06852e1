import Glibc

/// A file that vanishes unless it is kept.
final class UnfinishedFile {
  let path: String
  private var isKept = false

  /// Creates the file, which must not exist.
  init(creating path: String) throws(QueryError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot create", path, errno) }
    close(descriptor)
    self.path = path
  }

  deinit {
    if !isKept { unlink(path) }
  }

  /// Makes the file and its name durable.
  func keep() throws(QueryError) {
    try Self.synchronize(path, O_RDONLY)
    let end = path.lastIndex(of: "/")
    let directory = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    try Self.synchronize(directory, O_RDONLY | O_DIRECTORY)
    isKept = true
  }

  private static func synchronize(_ path: String, _ flags: Int32) throws(QueryError) {
    let descriptor = open(path, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot open", path, errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw SystemFailure.error("cannot make durable", path, errno)
    }
  }
}
