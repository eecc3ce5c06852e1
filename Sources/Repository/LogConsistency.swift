internal import Format

/// Whether what the entries of a log say can be true one after the other.
struct LogConsistency {
  private var nextAccount: UInt32 = 0
  private var epoch: UInt32 = 0
  private var keyring: [KeyringReference] = []
  private var agent: AgentID?
  private var ledger = ErasureLedger()
  private var listed: Set<PackID> = []
  private var dropped: Set<PackID> = []
  /// Whether every entry so far was there.
  private var isWhole = true

  /// Takes one more entry; `isWhole` says that the one before it was taken as well.
  mutating func take(_ entry: LogEntry, isWhole wasThere: Bool) -> [String] {
    isWhole = isWhole && wasThere
    var faults: [String] = []
    if entry.nextAccount.value < nextAccount {
      faults.append("it would give account numbers again that were given")
    }
    if entry.keyring.contains(where: { $0.epoch < epoch }) {
      faults.append("its keyring is of an epoch that is over")
    }
    if wasThere { faults += succession(entry) }
    if isWhole { faults += effects(entry) }
    nextAccount = max(nextAccount, entry.nextAccount.value)
    epoch = max(epoch, entry.keyring.map(\.epoch).max() ?? 0)
    (keyring, agent) = (entry.keyring, entry.agent)
    ledger.apply(entry)
    return faults
  }

  /// What depends on the entry before alone.
  private func succession(_ entry: LogEntry) -> [String] {
    var faults: [String] = []
    switch entry.event {
    case .genesis, .takeover: break
    default:
      if let agent, agent != entry.agent {
        faults.append("it was written by an agent that had been replaced")
      }
    }
    let isSame = entry.keyring == keyring
    let isAddition = entry.keyring.count == keyring.count + 1 && entry.keyring.starts(with: keyring)
    let isOne = entry.keyring.count == 1
    let isAllowed =
      switch entry.event {
      case .genesis, .epoch: isOne
      case .snapshot: isSame || isAddition || isOne
      default: isSame
      }
    if !isAllowed { faults.append("its keyring does not follow from the one before") }
    return faults
  }

  /// What depends on all entries before.
  private mutating func effects(_ entry: LogEntry) -> [String] {
    switch entry.event {
    case .genesis, .takeover, .erasure, .cancellation, .expiry, .drill: return []
    case .epoch(let destroyed):
      let strangers = destroyed.filter { !(ledger.erasures[$0]?.isHeld ?? false) }
      return strangers.isEmpty
        ? [] : ["it destroys keys of \(strangers.count) accounts that were not held"]
    case .drop(let packs):
      let unknown = packs.filter { !listed.contains($0) || dropped.contains($0) }
      dropped.formUnion(packs)
      return unknown.isEmpty ? [] : ["it drops \(unknown.count) packs that were not in use"]
    case .snapshot(let snapshot):
      let again = snapshot.packs.filter { !listed.insert($0.pack).inserted }
      var faults = again.isEmpty ? [] : ["it lists \(again.count) packs a second time"]
      let root = snapshot.catalogue.pack
      if !listed.contains(root) || dropped.contains(root) {
        faults.append("its catalogue lies in pack \(root.hex), which is not in use")
      }
      return faults
    }
  }
}
