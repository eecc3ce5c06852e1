internal import Foundation
internal import Repository
package import Storing

/// Makes the store that a repository's address names.
package enum Destination {
  /// The store, which is not opened yet; an address that makes no sense is `usage`.
  package static func store(_ repository: Configuration.Repository) throws -> any Store {
    let file = "file://"
    if repository.url.hasPrefix(file) {
      return DirectoryStore(root: String(repository.url.dropFirst(file.count)))
    }
    guard let identity = repository.identity, let hostKey = repository.hostKey else {
      throw OperationError(.usage, "repository \(repository.url) needs an identity and a host-key")
    }
    do {
      return SFTPStore(
        SFTPSettings(
          address: try SFTPAddress(parsing: repository.url),
          hostKey: try HostKey(parsing: hostKey), identityPath: identity,
          connections: repository.connections, uploadLimit: repository.uploadLimit))
    } catch { throw OperationError(.usage, "repository: \(error.message)") }
  }
}

/// Holds the state directory for one run; the kernel lets go of it when the process ends, however.
final class StateLock: Sendable {
  private let descriptor: Int32

  init(_ directory: String) throws {
    try AgentState.makeDirectory(directory)
    CacheTag.mark(directory)
    let path = directory + "/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw OperationError(
        .failed, "cannot open \(path): \(String(cString: strerror(errno))); check its permissions")
    }
    guard Self.take(descriptor) else {
      close(descriptor)
      throw OperationError(
        .busy, "another run holds \(directory); wait for it to end, or find it with `fuser \(path)`"
      )
    }
  }

  /// Takes the lock as soon as it is free, within so many seconds; nil if it is not.
  static func wait(_ directory: String, seconds: Int) async -> StateLock? {
    for _ in 0..<max(1, seconds) {
      if let lock = try? StateLock(directory) { return lock }
      do { try await Task.sleep(for: .seconds(1)) } catch { return nil }
    }
    return nil
  }

  /// A program that is just being started holds all descriptors of this process for a moment, those of
  /// a lock that was let go of too.
  private static func take(_ descriptor: Int32) -> Bool {
    for _ in 0..<20 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
      usleep(10_000)
    }
    return false
  }

  /// Whether a run holds the lock now; looking at it makes nobody fail.
  static func isHeld(_ directory: String) -> Bool {
    let descriptor = open(directory + "/lock", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  deinit { close(descriptor) }
}
