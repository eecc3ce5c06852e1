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

  /// Packs at a time: while one is hashed or waits for the server's answer, the others fill the line.
  private static let flight = 3
  /// What an interrupted check need not read again.
  private static let batchCount = 8

  mutating func run(_ items: [PackLedger.Item], _ faults: inout PackFaults) async throws {
    let total = items.reduce(0) { $0 + $1.summary.byteCount }
    var (done, good): (Int, [Int64]) = (0, [])
    try await withThrowingTaskGroup(of: (PackLedger.Item, (any Error)?).self) { group in
      var rest = items[...]
      for item in rest.prefix(Self.flight) { add(item, to: &group) }
      rest = rest.dropFirst(Self.flight)
      while let (item, error) = try await group.next() {
        try Task.checkCancellation()
        if let next = rest.popFirst() { add(next, to: &group) }
        readCount += 1
        done += item.summary.byteCount
        if let error {
          try faults.note(item.summary.pack, error)
        } else if let number = item.number {
          good.append(number)
        }
        if good.count == Self.batchCount {
          try state.noteVerified(good, time: now)
          good = []
        }
        progress(
          Progress(phase: .checking, subject: "packs", done: done, total: total, isBytes: true))
      }
    }
    try state.noteVerified(good, time: now)
  }

  private func add(
    _ item: PackLedger.Item,
    to group: inout ThrowingTaskGroup<(PackLedger.Item, (any Error)?), any Error>
  ) {
    group.addTask { [source] in
      do {
        _ = try await source.pack(item.summary.pack)
        return (item, nil)
      } catch { return (item, error) }
    }
  }
}
