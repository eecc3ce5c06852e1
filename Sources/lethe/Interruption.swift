import Glibc
import Operations
import Synchronization

/// SIGINT and SIGTERM: the first ends the command in order, the second at once.
///
/// Every thread but the main one has both blocked, since one that interrupts a call of libssh2 breaks
/// its session; the handler only rings a bell that a thread of its own listens for.
enum Interruption {
  private static let isRequested = Mutex(false)
  private static let bell = Atomic<Int32>(-1)

  /// Whether a signal asked the command to end.
  static var wasRequested: Bool { isRequested.withLock { $0 } }

  private final class Listener: Sendable {
    let bell: Int32
    let cancel: @Sendable () -> Void

    init(_ bell: Int32, _ cancel: @escaping @Sendable () -> Void) {
      self.bell = bell
      self.cancel = cancel
    }
  }

  /// Keeps the signals from every thread made from now on.
  static func block() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Calls back at the first signal, on a thread of its own, and ends the process at the second.
  static func listen(_ cancel: @escaping @Sendable () -> Void) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(Listener(ends[0], cancel)).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Interruption.wait(Unmanaged<Listener>.fromOpaque(argument).takeRetainedValue())
        return nil
      }, argument)
    guard status == 0 else { return }
    pthread_detach(thread)
    bell.store(ends[1], ordering: .sequentiallyConsistent)
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in Interruption.ring() }
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
    }
  }

  /// All that a handler may do.
  private static func ring() {
    let number = errno
    var byte: UInt8 = 0
    _ = write(bell.load(ordering: .sequentiallyConsistent), &byte, 1)
    errno = number
  }

  private static func wait(_ listener: Listener) {
    var byte: UInt8 = 0
    while read(listener.bell, &byte, 1) == 1 {
      let isSecond = isRequested.withLock { requested in
        defer { requested = true }
        return requested
      }
      if isSecond { _exit(ExitStatus.interrupted.rawValue) }
      listener.cancel()
    }
  }
}
