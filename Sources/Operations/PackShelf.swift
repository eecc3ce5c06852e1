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
  private var pending: [PackID: Task<PackReader, any Error>] = [:]

  /// Full packs in memory; others that are still needed lie in the scratch directory.
  private static let heldCount = 4

  init(archive: Archive, scratch: String, uses: [PackID: Int]) {
    self.archive = archive
    self.scratch = scratch
    self.uses = uses
  }

  /// Begins to fetch a pack that will be asked for soon.
  func prefetch(_ id: PackID) {
    guard held[id] == nil, pending[id] == nil, pending.count < 2 else { return }
    pending[id] = fetching(id)
  }

  /// The pack; fetched, taken from memory, or read back from the scratch directory.
  func pack(_ id: PackID) async throws -> PackReader {
    if let pack = held[id] { return pack }
    let task = pending[id] ?? fetching(id)
    pending[id] = task
    defer { pending[id] = nil }
    let pack = try await task.value
    try hold(pack, id)
    return pack
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

  /// Ends what is still being fetched.
  func close() {
    for task in pending.values { task.cancel() }
    pending = [:]
  }

  private func fetching(_ id: PackID) -> Task<PackReader, any Error> {
    if spilled.contains(id) {
      let (path, archive) = (path(id), archive)
      return Task { try archive.pack(id, read: [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))) }
    }
    return Task { [archive] in try await archive.pack(id) }
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
          .failed, "cannot keep a pack in \(scratch): \(error.localizedDescription); free space there")
      }
      spilled.insert(oldest)
    }
  }

  private func path(_ id: PackID) -> String { "\(scratch)/\(id.hex)" }
}
