import Dispatch
import Glibc
import Synchronization

/// A serial executor over one thread of its own, in which signals are blocked.
///
/// Blocking calls made on it cost the cooperative pool nothing, and no signal interrupts them.
/// The thread ends after the executor is released and its last job has run.
final class ThreadExecutor: SerialExecutor {
  private let queue = JobQueue()

  /// Starts the thread.
  init() {
    let argument = Unmanaged.passRetained(queue).toOpaque()
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, Self.body, argument)
    precondition(status == 0, "a thread for blocking calls cannot be started: errno \(status)")
    pthread_detach(thread)
  }

  deinit { queue.finish() }

  func enqueue(_ job: consuming ExecutorJob) {
    queue.add(UnownedJob(job), for: self)
  }

  private static let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    argument in
    guard let argument else { return nil }
    blockSignals()
    Unmanaged<JobQueue>.fromOpaque(argument).takeRetainedValue().run()
    return nil
  }

  /// Blocks every signal but those a fault of this thread itself raises.
  private static func blockSignals() {
    var signals = sigset_t()
    sigfillset(&signals)
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&signals, fault) }
    pthread_sigmask(SIG_SETMASK, &signals, nil)
  }
}

/// The jobs of one thread; it outlives the executor only until it has run dry.
private final class JobQueue: Sendable {
  /// A job keeps its executor alive until it has run.
  private struct Entry {
    let job: UnownedJob
    let executor: ThreadExecutor
  }

  private let entries = Mutex<[Entry]>([])
  private let available = DispatchSemaphore(value: 0)

  func add(_ job: UnownedJob, for executor: ThreadExecutor) {
    entries.withLock { $0.append(Entry(job: job, executor: executor)) }
    available.signal()
  }

  /// Wakes the thread without a job, which ends it.
  func finish() {
    available.signal()
  }

  func run() {
    while true {
      available.wait()
      let entry = entries.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      guard let entry else { return }
      entry.job.runSynchronously(on: entry.executor.asUnownedSerialExecutor())
    }
  }
}
