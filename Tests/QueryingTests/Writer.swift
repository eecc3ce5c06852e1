import Glibc
import Synchronization

/// A thread that changes every row of a table `t` without a pause.
final class Writer: Sendable {
  private let path: String
  private let shouldStop = Atomic(false)
  private let hasEnded = Atomic(false)

  init(_ path: String) { self.path = path }

  func begin() throws {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Writer>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context)
    guard code == 0 else { throw Workbench.Failure(description: "cannot begin a thread") }
    pthread_detach(thread)
  }

  private func run() {
    let server = try? Workbench(path)
    try? server?.run("PRAGMA wal_autocheckpoint=50; PRAGMA synchronous=OFF")
    while !shouldStop.load(ordering: .relaxed) {
      try? server?.run("UPDATE t SET n = n + 1, body = substr(body, 3) || 'ab'")
    }
    hasEnded.store(true, ordering: .releasing)
  }

  /// Ends it, and waits until it has.
  func stop() {
    shouldStop.store(true, ordering: .relaxed)
    while !hasEnded.load(ordering: .acquiring) { usleep(1000) }
  }
}
