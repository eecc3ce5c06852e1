internal import Format
internal import Repository

/// What follows a commit: keys that are due are destroyed, snapshots past their time expire.
///
/// A failure here is no reason to call the snapshot that was just committed a failure: it is a warning,
/// and the next run tries again.
struct Aftermath: Sendable {
  /// How it went.
  struct Outcome: Sendable {
    var destroyedCount = 0
    var heldCount = 0
    var warnings: [String] = []
  }

  private let configuration: Configuration
  private let vault: Vault
  private let now: Int64
  private let lastEntry: Int64
  private let prunes: Bool

  /// `now`, and `lastEntry`, the time of the log's newest entry before the run, are in milliseconds
  /// since 1970.
  init(
    _ configuration: Configuration, vault: Vault, now: Int64, lastEntry: Int64, prunes: Bool
  ) {
    self.configuration = configuration
    self.vault = vault
    self.now = now
    self.lastEntry = lastEntry
    self.prunes = prunes
  }

  func run(
    _ entry: LogEntry, _ state: SnapshotState, _ chunkCounts: [Int64: Int], _ brake: Brake?,
    isTrusted: Bool
  ) async -> Outcome {
    var outcome = Outcome()
    do {
      // A snapshot that lacks an origin says nothing of what is alive.
      if state == .complete { try vault.state.noteAlive(chunkCounts) }
      let clock = Clock(
        now: now, lastEntry: lastEntry, remote: try await vault.remoteTime(of: entry.sequence))
      let objection = clock.objection(longest: Int64(configuration.retention) * 1000)
      if let objection { outcome.warnings.append(objection) }
      try vault.state.note(objection: objection)
      // After a gap as long as the hold nobody could have cancelled; the next run destroys.
      let isCalm = clock.objection(longest: Int64(configuration.hold) * 1000) == nil
      outcome.destroyedCount = try await Forgetting(configuration, vault: vault, now: now)
        .destroyWhatIsDue(
          isAllowed: brake == nil && isTrusted && objection == nil, isCalm: isCalm)
      if prunes {
        let prune = Prune(configuration, store: vault.store, now: now)
        try await prune.carryOut(
          try prune.plan(vault, objection: brake?.message ?? objection), vault)
      }
    } catch {
      outcome.warnings.append(
        "the snapshot is committed, but what follows a commit (keys that are due, expiry) is not done; "
          + "the next run goes on: \(OperationError(error).message)")
    }
    if let debt = try? vault.keyringDebt() { outcome.warnings.append(debt) }
    outcome.heldCount = (try? vault.state.erasures().filter(\.erasure.isHeld).count) ?? 0
    return outcome
  }
}
