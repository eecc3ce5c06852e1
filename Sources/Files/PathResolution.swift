import CLinux
import Glibc

/// How a path beneath a directory is opened without following a symbolic link anywhere on it.
package struct PathResolution: Sendable, Equatable {
  /// The kernel resolves a whole path and guarantees it: openat2, since Linux 5.6.
  package static let atOnce = PathResolution(isAtOnce: true)
  /// One name after the other, each without following: for older kernels and strict containers.
  package static let nameByName = PathResolution(isAtOnce: false)

  private let isAtOnce: Bool

  /// What this machine can do, found by trying it on an open directory.
  static func detected(on directory: Int32) -> PathResolution {
    let flags = linux_o_path | O_DIRECTORY | O_CLOEXEC
    let descriptor = linux_open_beneath(directory, ".", flags, 0)
    guard descriptor >= 0 else { return .nameByName }
    _ = close(descriptor)
    return .atOnce
  }

  /// Opens `path`, a relative path of any length or one name, beneath `directory`.
  ///
  /// Returns the descriptor, or the negated error number. `flags` gain O_CLOEXEC and O_NOFOLLOW.
  func open(
    _ path: some RandomAccessCollection<UInt8>, beneath directory: Int32, _ flags: Int32,
    mode: mode_t = 0
  ) -> Int32 {
    var rest = path[...]
    var current = directory
    defer { if current != directory { _ = close(current) } }
    while let cut = cut(rest) {
      let step = openStep(
        rest[..<cut], beneath: current, linux_o_path | O_DIRECTORY, mode: 0)
      guard step >= 0 else { return step }
      if current != directory { _ = close(current) }
      current = step
      rest = rest[cut...].dropFirst()
    }
    return openStep(rest, beneath: current, flags, mode: mode)
  }

  /// Where to cut off what one call can take: a slash within PATH_MAX, or nil when all fits.
  private func cut<Path: RandomAccessCollection<UInt8>>(_ path: Path) -> Path.Index? {
    let slash = UInt8(ascii: "/")
    guard isAtOnce else { return path.firstIndex(of: slash) }
    // PATH_MAX is 4,096 with the final NUL.
    guard path.count > 4_095 else { return nil }
    return path.prefix(4_096).lastIndex(of: slash)
  }

  private func openStep(
    _ path: some Collection<UInt8>, beneath directory: Int32, _ flags: Int32, mode: mode_t
  ) -> Int32 {
    let flags = flags | O_CLOEXEC | O_NOFOLLOW
    let result = attempt(path, beneath: directory, flags, mode: mode)
    // Only the owner of a file may read it without leaving a trace in its access time.
    guard result == -EPERM, flags & linux_o_noatime != 0 else { return result }
    return attempt(path, beneath: directory, flags & ~linux_o_noatime, mode: mode)
  }

  private func attempt(
    _ path: some Collection<UInt8>, beneath directory: Int32, _ flags: Int32, mode: mode_t
  ) -> Int32 {
    withCPath(path) { path in
      // EAGAIN says that a rename elsewhere kept the kernel from being certain.
      for _ in 0..<1_000 {
        let descriptor =
          isAtOnce
          ? linux_open_beneath(directory, path, flags, mode)
          : linux_open_at(directory, path, flags, mode)
        guard descriptor < 0 else { return descriptor }
        guard errno == EINTR || (isAtOnce && errno == EAGAIN) else { return -errno }
      }
      return -EAGAIN
    }
  }
}
