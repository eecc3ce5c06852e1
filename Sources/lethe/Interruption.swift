import Glibc
import Operations
import Synchronization

/// SIGINT and SIGTERM: the first ends the command in order, the second at once.
///
/// Both are blocked in every thread, since one that interrupts a call of libssh2 breaks the session;
/// a thread of its own waits for them.
enum Interruption {
  private static let isRequested = Mutex(false)

  /// Whether a signal asked the command to end.
  static var wasRequested: Bool { isRequested.withLock { $0 } }

  private final class Listener: Sendable {
    let cancel: @Sendable () -> Void

    init(_ cancel: @escaping @Sendable () -> Void) { self.cancel = cancel }
  }

  /// Keeps the signals from every thread; called before there is a second one.
  static func block() {
    var signals = signals
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Calls back at the first signal, on a thread of its own, and ends the process at the second.
  static func listen(_ cancel: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(Listener(cancel)).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Interruption.wait(Unmanaged<Listener>.fromOpaque(argument).takeRetainedValue())
        return nil
      }, argument)
    if status == 0 { pthread_detach(thread) }
  }

  private static func wait(_ listener: Listener) {
    var signals = signals
    var number: Int32 = 0
    while sigwait(&signals, &number) == 0 {
      let isSecond = isRequested.withLock { requested in
        defer { requested = true }
        return requested
      }
      if isSecond { _exit(ExitStatus.interrupted.rawValue) }
      listener.cancel()
    }
  }

  private static var signals: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    return signals
  }
}
