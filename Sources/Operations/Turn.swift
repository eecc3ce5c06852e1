/// Lets the origins of a restore use the link one after the other, in a fixed order.
///
/// Opening chunks keeps all cores busy, so two origins at once would gain nothing and hold twice the
/// packs; what a database needs after its rows goes on beside the next origin's fetching.
actor Link {
  private var next = 0
  private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]

  fileprivate func take(_ number: Int) async {
    guard number != next else { return }
    await withCheckedContinuation { waiting[number] = $0 }
  }

  fileprivate func giveBack() {
    next += 1
    waiting.removeValue(forKey: next)?.resume()
  }
}

/// One origin's turn at the link; every turn must be used once, whatever becomes of it.
struct Turn: Sendable {
  let link: Link
  /// Counted from 0, without a gap.
  let number: Int

  /// Runs the body when its turn comes, and gives the link on however the body ends.
  func run<Result>(_ body: () async throws -> Result) async throws -> Result {
    await link.take(number)
    do {
      try Task.checkCancellation()
      let result = try await body()
      await link.giveBack()
      return result
    } catch {
      await link.giveBack()
      throw error
    }
  }
}
