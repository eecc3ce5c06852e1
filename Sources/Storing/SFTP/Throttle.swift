import Glibc
import Synchronization

/// Keeps all sessions together below a number of bytes sent in a second.
final class Throttle: Sendable {
  private let bytesPerSecond: Int
  /// When what was let through so far is sent, were the limit the speed of the link.
  private let sentBy: Mutex<ContinuousClock.Instant>

  /// At least 1 byte in a second.
  init(bytesPerSecond: Int) {
    self.bytesPerSecond = max(1, bytesPerSecond)
    sentBy = Mutex(ContinuousClock.now)
  }

  /// The most to hand over at once: a quarter of a second's worth, within a request's size and `most`.
  func window(of most: Int) -> Int { min(most, max(32 << 10, bytesPerSecond / 4)) }

  /// Blocks the calling thread until so many bytes more may go.
  func wait(for byteCount: Int) throws(StoreError) {
    let duration = Duration.seconds(Double(byteCount) / Double(bytesPerSecond))
    let turn = sentBy.withLock { sentBy in
      let turn = max(sentBy, ContinuousClock.now)
      sentBy = turn + duration
      return turn
    }
    while ContinuousClock.now < turn {
      try StoreError.checkCancellation(before: "waiting for the upload limit")
      usleep(20_000)
    }
  }
}
