internal import Format
internal import Repository

/// Every pack that there should be, by the log and by the agent's state.
struct PackLedger {
  /// One of them.
  struct Item: Sendable {
    let summary: PackSummary
    /// The agent's own number; nil for a pack that its state does not know.
    let number: Int64?
    /// Milliseconds since 1970 when its bytes were last known to be right.
    let proved: Int64
    /// Whether they were read since they were sent.
    let isVerified: Bool
    /// Whether an earlier check found them wrong.
    let isDamaged: Bool
    /// Whether the log lists it; what an interrupted run left is not listed yet.
    let isListed: Bool
  }

  /// Those that must be on the remote, by id.
  let items: [PackID: Item]
  /// When the log dropped others, in milliseconds since 1970.
  let dropped: [PackID: Int64]
  /// Of all dropped ones, those that the agent has not removed yet.
  let unremoved: Set<PackID>

  /// Joins both; where the log is not whole, the state's word counts for what is listed.
  init(_ audit: LogAudit, _ rows: [PackRow]) {
    var dropped: [PackID: Int64] = [:]
    for entry in audit.entries {
      if case .drop(let packs) = entry.event {
        for pack in packs { dropped[pack] = entry.time }
      }
    }
    let isWhole = audit.faults.isEmpty
    var items: [PackID: Item] = [:]
    for pack in Archive.packs(of: audit.entries) where !pack.isDropped {
      items[pack.summary.pack] = Item(
        summary: pack.summary, number: nil, proved: pack.sealed, isVerified: false,
        isDamaged: false, isListed: true)
    }
    for row in rows where row.state == .committed || row.state == .stored {
      let known = items[row.summary.pack]
      guard dropped[row.summary.pack] == nil else { continue }
      items[row.summary.pack] = Item(
        summary: known?.summary ?? row.summary, number: row.number,
        proved: row.verified ?? row.sealed, isVerified: row.verified != nil,
        isDamaged: row.damaged != nil,
        isListed: known != nil || row.state == .committed && !isWhole)
    }
    self.items = items
    self.dropped = dropped
    unremoved = Set(rows.filter { $0.state == .dropped }.map(\.summary.pack))
  }

  var summaries: [PackID: PackSummary] { items.mapValues(\.summary) }

  /// The longest unproved first.
  var byAge: [Item] {
    items.values.sorted { one, other in
      (one.proved, one.isVerified ? 1 : 0, one.number ?? 0, one.summary.pack.hex)
        < (other.proved, other.isVerified ? 1 : 0, other.number ?? 0, other.summary.pack.hex)
    }
  }
}
