internal import Format
internal import Repository

/// Compares what the agent remembers with a log that it goes on with.
struct StateAudit {
  private(set) var findings: [Finding] = []

  /// Nothing is compared with a log that is not whole.
  init(_ state: AgentState, _ audit: LogAudit) throws {
    guard audit.faults.isEmpty else { return }
    let kept = Archive.snapshots(in: audit.entries).map(\.entry.run)
    compare("snapshots", Set(kept), Set(try state.snapshots().map(\.run)))
    let listed = Archive.packs(of: audit.entries).filter { !$0.isDropped }.map(\.summary)
    compare(
      "packs", Set(listed.map(\.digest)),
      Set(try state.packs(in: [.committed]).values.map(\.digest)))
    let ledger = ErasureLedger(audit.entries).erasures.values
    let known = try state.erasures().map(\.erasure)
    compare("erasures", Set(ledger.map(\.entry.account)), Set(known.map(\.entry.account)))
    compare(
      "destroyed accounts", Set(ledger.filter { !$0.isHeld }.map(\.entry.account)),
      Set(known.filter { !$0.isHeld }.map(\.entry.account)))
  }

  private mutating func compare<Item>(_ what: String, _ log: Set<Item>, _ state: Set<Item>) {
    guard log != state else { return }
    findings.append(
      Finding(
        .critical, .stateMismatch, "state",
        "the agent's state and the log differ about \(what): \(log.subtracting(state).count) are "
          + "in the log alone, \(state.subtracting(log).count) in the state alone",
        remedy: "the state is damaged or somebody changed it; move it away and run `lethe adopt` "
          + "with the kit"))
  }
}
