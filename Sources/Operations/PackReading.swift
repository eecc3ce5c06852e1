internal import Format
internal import Repository

/// Reads packs whole and compares their bytes with the hashes of the log, the longest unread first.
struct PackReading {
  let source: PackSource
  let state: AgentState
  let now: Int64
  let progress: Progress.Report
  /// Packs whose bytes were compared.
  private(set) var readCount = 0

  init(_ source: PackSource, state: AgentState, now: Int64, progress: @escaping Progress.Report) {
    self.source = source
    self.state = state
    self.now = now
    self.progress = progress
  }

  /// Which packs so many percent of all bytes are; those that were found damaged before are always
  /// among them, since somebody may have mended them.
  static func choose(_ items: [PackLedger.Item], percent: Int?) -> [PackLedger.Item] {
    let total = items.reduce(0) { $0 + $1.summary.byteCount }
    var wanted = total / 100 * (percent ?? 0) + total % 100 * (percent ?? 0) / 100
    var chosen: [PackLedger.Item] = []
    for item in items {
      if wanted > 0 {
        wanted -= item.summary.byteCount
        chosen.append(item)
      } else if item.isDamaged {
        chosen.append(item)
      }
    }
    return chosen
  }

  /// Two packs at a time: one is hashed while the other comes.
  private static let flight = 2
  /// What an interrupted check need not read again.
  private static let batchCount = 8

  mutating func run(_ items: [PackLedger.Item], _ faults: inout PackFaults) async throws {
    let total = items.reduce(0) { $0 + $1.summary.byteCount }
    var done = 0
    for start in stride(from: 0, to: items.count, by: Self.batchCount) {
      let batch = items[start..<min(start + Self.batchCount, items.count)]
      var good: [Int64] = []
      for (item, error) in try await read(batch) {
        readCount += 1
        done += item.summary.byteCount
        if let error {
          try faults.note(item.summary.pack, error)
        } else if let number = item.number {
          good.append(number)
        }
      }
      try state.noteVerified(good, time: now)
      progress(
        Progress(phase: .checking, subject: "packs", done: done, total: total, isBytes: true))
    }
  }

  private func read(
    _ items: ArraySlice<PackLedger.Item>
  ) async throws -> [(PackLedger.Item, (any Error)?)] {
    try await withThrowingTaskGroup(of: (PackLedger.Item, (any Error)?).self) { group in
      var results: [(PackLedger.Item, (any Error)?)] = []
      for (index, item) in items.enumerated() {
        if index >= Self.flight, let result = try await group.next() { results.append(result) }
        try Task.checkCancellation()
        group.addTask { [source] in
          do {
            _ = try await source.pack(item.summary.pack)
            return (item, nil)
          } catch { return (item, error) }
        }
      }
      while let result = try await group.next() { results.append(result) }
      return results
    }
  }
}
