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
  private let boot: BootTime?
  private let pruning: Pruning

  /// `now`, and `lastEntry`, the time of the log's newest entry before the run, are in milliseconds
  /// since 1970.
  init(
    _ configuration: Configuration, vault: Vault, now: Int64, lastEntry: Int64, boot: BootTime?,
    pruning: Pruning
  ) {
    self.configuration = configuration
    self.vault = vault
    self.now = now
    self.lastEntry = lastEntry
    self.boot = boot
    self.pruning = pruning
  }

  func run(
    _ entry: LogEntry, _ state: SnapshotState, _ references: [Int64: OrdinalSet],
    _ brake: Brake?, isTrusted: Bool
  ) async -> Outcome {
    var outcome = Outcome()
    do {
      // A snapshot that lacks an origin says nothing of what is alive.
      if state == .complete { try vault.state.note(alive: references) }
      let clock = Clock(
        now: now, lastEntry: lastEntry, remote: try await vault.remoteTime(of: entry.sequence),
        drift: try ClockReading.drift(to: now, boot, in: vault.state))
      let objection = clock.objection(longest: configuration.retentionMilliseconds)
      if let objection { outcome.warnings.append(objection) }
      try vault.state.note(objection: objection)
      // After a gap as long as the hold nobody could have cancelled; the next run destroys.
      let isCalm = clock.objection(longest: configuration.holdMilliseconds) == nil
      outcome.destroyedCount = try await Forgetting(configuration, vault: vault, now: now)
        .destroyWhatIsDue(
          isAllowed: brake == nil && isTrusted && objection == nil, isCalm: isCalm)
      try await prune(objection: brake?.message ?? objection, remote: clock.remote)
    } catch {
      outcome.warnings.append(
        "the snapshot is committed, but what follows a commit (keys that are due, expiry) is not done; "
          + "the next run goes on: \(OperationError(error).message)")
    }
    if let debt = try? vault.keyringDebt() { outcome.warnings.append(debt) }
    outcome.heldCount = (try? vault.state.erasures().filter(\.erasure.isHeld).count) ?? 0
    return outcome
  }

  private func prune(objection: String?, remote: Int64?) async throws {
    guard pruning != .never else { return }
    let retention = configuration.retentionMilliseconds
    let prune = Prune(configuration, store: vault.store, now: now)
    let plan = try prune.plan(
      vault, horizon: pruning.interval(retention: retention), objection: objection)
    let last = try vault.state.time(.renewed)
    if pruning.isDue(now: now, last: last, retention: retention) {
      let leftovers = objection == nil ? try await prune.leftovers(remote: remote) : []
      try await prune.carryOut(plan, leftovers, vault)
    } else {
      try await prune.carryOutUrgent(plan, vault)
    }
  }
}
