/// A fixed number of seats, given to whoever asks first.
actor Seats {
  private var free: Int
  private var queue: [(ticket: Int, continuation: CheckedContinuation<Bool, Never>)] = []
  private var nextTicket = 0

  /// All of `count` seats are free at first.
  init(_ count: Int) { free = count }

  /// Waits for a seat; a cancelled task leaves the queue at once.
  func take() async throws(StoreError) {
    if free > 0 {
      free -= 1
      return
    }
    let ticket = nextTicket
    nextTicket += 1
    let isSeated = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if Task.isCancelled {
          continuation.resume(returning: false)
        } else {
          queue.append((ticket, continuation))
        }
      }
    } onCancel: {
      Task { await self.leave(ticket) }
    }
    guard isSeated else {
      throw StoreError(code: .cancelled, message: "waiting for an SFTP session was cancelled.")
    }
  }

  /// Gives a seat back, to the first in the queue if there is one.
  func giveBack() {
    guard queue.isEmpty else { return queue.removeFirst().continuation.resume(returning: true) }
    free += 1
  }

  private func leave(_ ticket: Int) {
    guard let index = queue.firstIndex(where: { $0.ticket == ticket }) else { return }
    queue.remove(at: index).continuation.resume(returning: false)
  }
}
