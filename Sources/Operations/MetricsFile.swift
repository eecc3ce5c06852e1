internal import Foundation

/// The file that Prometheus' node exporter reads.
enum MetricsFile {
  /// Writes what `lethe status --format prometheus` would say to the configured path, whole or not at
  /// all; does nothing where none is configured.
  ///
  /// The caller holds the lock of the state, so that nobody else writes. `now` is in milliseconds since
  /// 1970.
  static func write(_ configuration: Configuration, now: Int64) throws(OperationError) {
    guard let path = configuration.metrics else { return }
    let text = StatusExposition(Status(configuration, now: now, isRunning: false)).text
    // The exporter reads `*.prom` only.
    let scratch = path + ".new"
    unlink(scratch)
    let descriptor = open(scratch, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(path) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do { try file.write(contentsOf: Data(text.utf8)) } catch {
      unlink(scratch)
      throw failure(path)
    }
    // Whatever the umask is: the exporter is another user.
    guard fchmod(descriptor, 0o644) == 0, rename(scratch, path) == 0 else {
      defer { unlink(scratch) }
      throw failure(path)
    }
  }

  private static func failure(_ path: String) -> OperationError {
    OperationError(
      .failed,
      "cannot write the metrics \(path): \(String(cString: strerror(errno))); make its directory "
        + "writable to the agent, or remove `metrics` from the configuration")
  }
}
