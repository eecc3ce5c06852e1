package import Format

/// Where one erasure stands, as the log tells it.
package struct Erasure: Equatable, Sendable {
  /// The log's words.
  package let entry: ErasureEntry
  /// Milliseconds since 1970 of the log's entry: from then on no restore brings the account back.
  package let excluded: Int64
  /// Milliseconds since 1970 of the entry that says that the keys are gone; nil while they are held.
  package var destroyed: Int64?
  /// The epoch that began with the destruction: a kit that was advanced to it, or further, opens no
  /// keyring that ever held the account.
  package var epoch: UInt32?

  /// Describes where an erasure stands.
  package init(entry: ErasureEntry, excluded: Int64, destroyed: Int64?, epoch: UInt32?) {
    self.entry = entry
    self.excluded = excluded
    self.destroyed = destroyed
    self.epoch = epoch
  }

  /// Whether the keys are still there and a cancellation works.
  package var isHeld: Bool { destroyed == nil }
}

/// Who must not come back: the sum of the log's erasures, cancellations and epochs. [F-LOG-7]
package struct ErasureLedger: Equatable, Sendable {
  /// Held and destroyed accounts, by number.
  package private(set) var erasures: [AccountNumber: Erasure] = [:]
  /// Of the newest keyring.
  private var epoch: UInt32 = 0

  /// Of a log that erased nobody.
  package init() {}

  /// Adds the entries up, oldest first.
  package init(_ entries: some Sequence<LogEntry>) {
    for entry in entries { apply(entry) }
  }

  /// Takes over what one more entry says; twice is as once.
  package mutating func apply(_ entry: LogEntry) {
    let before = epoch
    epoch = entry.keyring.first?.epoch ?? before
    switch entry.event {
    case .genesis, .snapshot, .takeover, .expiry, .drop, .drill: break
    case .erasure(let items):
      for item in items where erasures[item.account]?.isHeld ?? true {
        erasures[item.account] = Erasure(
          entry: item, excluded: entry.time, destroyed: nil, epoch: nil)
      }
    case .cancellation(let accounts):
      for account in accounts where erasures[account]?.isHeld ?? false {
        erasures[account] = nil
      }
    case .epoch(let destroyed):
      for account in destroyed where erasures[account]?.isHeld ?? false {
        erasures[account]?.destroyed = entry.time
        erasures[account]?.epoch = Self.epoch(epoch, after: before)
      }
    }
  }

  /// The first epoch whose seed opens no keyring that held what an epoch destroys: an agent that has
  /// used up its epochs goes on in the last.
  static func epoch(_ epoch: UInt32, after before: UInt32) -> UInt32 { max(epoch, before + 1) }
}
