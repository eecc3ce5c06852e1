import Glibc

/// A file system in memory, mounted for one test.
package final class TinyDisk {
  /// Where it is mounted.
  package let path: String
  private let directory: TemporaryDirectory

  /// Mounts it; `options` are those of tmpfs.
  package init(_ options: String) throws {
    directory = try TemporaryDirectory("lethe-disk")
    path = directory.path + "/disk"
    guard mkdir(path, 0o700) == 0,
      try ChildProcess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path]) == 0
    else { throw TestKitError("a tmpfs cannot be mounted at \(path)") }
  }

  deinit { _ = try? ChildProcess.run(["umount", "-l", path]) }

  /// Whether this user may mount at all.
  package static var works: Bool {
    (try? TinyDisk("size=64k")) != nil
  }
}
