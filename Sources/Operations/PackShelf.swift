internal import Foundation
internal import Format
internal import Repository

/// The packs of a restore: each is fetched once, and kept, sealed, as long as it is needed.
actor PackShelf {
  private let archive: Archive
  private let scratch: String
  private var uses: [PackID: Int]
  private var held: [PackID: PackReader] = [:]
  private var order: [PackID] = []
  private var spilled: Set<PackID> = []
  /// What is wrong with packs that are damaged: no use asking again.
  private var damaged: [PackID: any Error] = [:]
  /// Asked for and neither fetched nor failed.
  private var pending: Set<PackID> = []
  /// Fetched ahead and not asked for yet.
  private var ahead: [PackID: PackReader] = [:]
  private var orders: [PackID] = []
  private var isClosed = false
  private var idle: [CheckedContinuation<PackID?, Never>] = []
  /// What is likely to be asked for after a pack.
  private let following: [PackID: PackID]
  private var waiting: [PackID: [CheckedContinuation<PackReader, any Error>]] = [:]

  /// Full packs in memory, besides those fetched ahead; others that are still needed lie in the
  /// scratch directory.
  private static let heldCount = 4

  /// Packs fetched at a time, and ahead of their use.
  private static let fetchCount = 3

  private init(archive: Archive, scratch: String, uses: [PackID: Int], order: [PackID]) {
    self.archive = archive
    self.scratch = scratch
    self.uses = uses
    following = Dictionary(
      zip(order, order.dropFirst()).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
  }

  /// Runs the body with a shelf, and the fetching beside it; both end together.
  ///
  /// With an `order`, the next of the packs is fetched as soon as one is asked for.
  static func use<Result: Sendable>(
    _ archive: Archive, scratch: String, uses: [PackID: Int], order: [PackID] = [],
    _ body: (PackShelf) async throws -> Result
  ) async throws -> Result {
    let shelf = PackShelf(archive: archive, scratch: scratch, uses: uses, order: order)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<fetchCount { group.addTask { await shelf.serve() } }
      do {
        let result = try await body(shelf)
        await shelf.close()
        return result
      } catch {
        group.cancelAll()
        await shelf.close()
        throw error
      }
    }
  }

  /// Begins to fetch a pack that will be asked for soon.
  func prefetch(_ id: PackID) {
    guard held[id] == nil, damaged[id] == nil, ahead[id] == nil, !pending.contains(id),
      pending.count + ahead.count < Self.fetchCount
    else { return }
    order(id)
  }

  /// The pack; fetched, taken from memory, or read back from the scratch directory.
  func pack(_ id: PackID) async throws -> PackReader {
    if let pack = held[id] { return pack }
    if let error = damaged[id] { throw error }
    if let pack = ahead.removeValue(forKey: id) {
      prefetchNext(after: id)
      try hold(pack, id)
      return pack
    }
    guard !isClosed else { throw CancellationError() }
    return try await withCheckedThrowingContinuation { continuation in
      waiting[id, default: []].append(continuation)
      if !pending.contains(id) { order(id) }
      prefetchNext(after: id)
    }
  }

  private func prefetchNext(after id: PackID) {
    guard let next = following[id], uses[next, default: 0] > 0 else { return }
    prefetch(next)
  }

  /// Says that one of the uses of a pack is over; after the last it is let go.
  func release(_ id: PackID, count: Int = 1) {
    let left = uses[id, default: count] - count
    uses[id] = left
    guard left <= 0 else { return }
    held[id] = nil
    order.removeAll { $0 == id }
    if spilled.remove(id) != nil { try? FileManager.default.removeItem(atPath: path(id)) }
  }

  private func order(_ id: PackID) {
    pending.insert(id)
    if idle.isEmpty { orders.append(id) } else { idle.removeFirst().resume(returning: id) }
  }

  private func close() {
    isClosed = true
    for fetcher in idle { fetcher.resume(returning: nil) }
    idle = []
  }

  private func nextOrder() async -> PackID? {
    if isClosed { return nil }
    if !orders.isEmpty { return orders.removeFirst() }
    return await withCheckedContinuation { idle.append($0) }
  }

  /// Fetches what is asked for until the shelf is closed.
  private nonisolated func serve() async {
    while let id = await nextOrder() {
      let outcome: Swift.Result<PackReader, any Error>
      do { outcome = .success(try await fetch(id)) } catch { outcome = .failure(error) }
      await deliver(outcome, id)
    }
  }

  private nonisolated func fetch(_ id: PackID) async throws -> PackReader {
    guard await spilled.contains(id) else { return try await archive.pack(id) }
    return try archive.pack(id, read: [UInt8](Data(contentsOf: URL(fileURLWithPath: path(id)))))
  }

  private func deliver(_ outcome: Swift.Result<PackReader, any Error>, _ id: PackID) {
    pending.remove(id)
    if case .failure(let error) = outcome, OperationError(error).status == .damaged {
      damaged[id] = error
    }
    let waiters = waiting.removeValue(forKey: id) ?? []
    guard !waiters.isEmpty else {
      // A failure ahead of time is met again by whoever needs the pack.
      if case .success(let pack) = outcome { ahead[id] = pack }
      return
    }
    let held = outcome.flatMap { pack in
      Swift.Result { try hold(pack, id) }.map { pack }
    }
    for waiter in waiters { waiter.resume(with: held) }
  }

  private func hold(_ pack: PackReader, _ id: PackID) throws {
    guard held[id] == nil else { return }
    held[id] = pack
    order.append(id)
    while order.count > Self.heldCount {
      let oldest = order.removeFirst()
      guard let pack = held.removeValue(forKey: oldest), uses[oldest, default: 0] > 0,
        !spilled.contains(oldest)
      else { continue }
      do { try Data(pack.allBytes).write(to: URL(fileURLWithPath: path(oldest))) } catch {
        throw OperationError(
          .failed,
          "cannot keep a pack in \(scratch): \(error.localizedDescription); free space there")
      }
      spilled.insert(oldest)
    }
  }

  private nonisolated func path(_ id: PackID) -> String { "\(scratch)/\(id.hex)" }
}
