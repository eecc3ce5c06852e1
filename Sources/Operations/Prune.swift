internal import Format
internal import Repository
package import Storing

/// Lets go of what is past its time: snapshots, packs, and in the runs that follow the keys of rows.
package struct Prune: Sendable {
  private let configuration: Configuration
  private let store: any Store
  private let now: Int64
  private let boot: BootTime?

  /// `now` is in milliseconds since 1970, and `boot` proves that it was not set since the last run.
  package init(
    _ configuration: Configuration, store: any Store, now: Int64, boot: BootTime? = nil
  ) {
    self.configuration = configuration
    self.store = store
    self.now = now
    self.boot = boot
  }

  /// Prunes, or says exactly what a prune would do now.
  package func run(isRehearsal: Bool) async throws -> PruneReport {
    let lock = try StateLock(configuration.state)
    defer { withExtendedLifetime(lock) {} }
    let state = try AgentState(opening: configuration.state)
    let vault = try await Vault(state: state, store: store)
    return try await run(vault, isRehearsal: isRehearsal)
  }

  /// The same in a repository that is open.
  func run(_ vault: Vault, isRehearsal: Bool) async throws -> PruneReport {
    let last = try vault.state.lastEntry()
    // By how much the clocks differed when the newest entry was written.
    let remote = try await vault.remoteTime(of: last.sequence).map { $0 + (now - last.time) }
    let clock = Clock(
      now: now, lastEntry: last.time, remote: remote,
      drift: try ClockReading.drift(to: now, boot, in: vault.state, isRehearsal: isRehearsal))
    let plan = try plan(
      vault, horizon: 0,
      objection: try Brake.load(vault.state)?.message
        ?? clock.objection(longest: configuration.retentionMilliseconds))
    let leftovers = plan.objection == nil ? try await leftovers(remote: remote) : []
    if !isRehearsal { try await carryOut(plan, leftovers, vault) }
    return PruneReport(plan, leftovers, isRehearsal: isRehearsal)
  }

  /// What cut-off writers left a day ago or longer, by the remote's clock; nothing where it cannot tell.
  func leftovers(remote: Int64?) async throws -> [StoredObject] {
    guard let remote else { return [] }
    do { return try await Leftovers(in: store).old(now: remote) } catch {
      throw VaultError(error, doing: "cannot look for what cut-off runs left")
    }
  }

  /// `horizon` is the time until the next prune, in milliseconds.
  func plan(_ vault: Vault, horizon: Int64, objection: String?) throws -> PrunePlan {
    PrunePlan(
      PrunePlan.Situation(
        snapshots: try vault.state.snapshots(), packs: try vault.state.packRows(), now: now,
        retention: configuration.retentionMilliseconds,
        renewal: configuration.renewalMilliseconds,
        renewed: try vault.state.time(.renewed),
        renewalDebt: try vault.state.time(.renewalDebt) ?? 0, horizon: horizon,
        objection: objection))
  }

  /// What cannot wait for the next prune: snapshots expire when their time has come, much that only they needed is
  /// dropped, and what was dropped goes.
  func carryOutUrgent(_ plan: PrunePlan, _ vault: Vault) async throws {
    guard plan.objection == nil else { return }
    try await vault.expire(plan.expired.map(\.run), time: now)
    if plan.isDropLarge { try await vault.drop(plan.dropped.map(\.summary.pack), time: now) }
    try await vault.remove(plan.removed)
  }

  /// Each step is in the log before anything is removed, and a run that is cut off leaves the rest to
  /// the next.
  func carryOut(
    _ plan: PrunePlan, _ leftovers: [StoredObject], _ vault: Vault
  ) async throws {
    guard plan.objection == nil else { return }
    try await vault.expire(plan.expired.map(\.run), time: now)
    try await vault.drop(plan.dropped.map(\.summary.pack), time: now)
    try vault.state.condemn(plan.condemned.map(\.pack.number), time: now)
    try vault.state.set(.renewed, time: now)
    try vault.state.set(.renewalDebt, time: plan.renewalDebt)
    try await vault.remove(plan.removed)
    do { try await store.remove(leftovers.map(\.name)) } catch {
      throw VaultError(error, doing: "cannot remove what cut-off runs left")
    }
    try await vault.replenishBallast()
  }
}

/// What a prune did or would do; the JSON of `prune`.
package struct PruneReport: Sendable, Codable, Equatable {
  /// Ids of the snapshots that expire, oldest first.
  package let expired: [String]
  /// Packs that the log drops; a later prune removes them.
  package let dropped_packs: Int
  /// Their bytes.
  package let dropped_bytes: Int
  /// Packs that are removed from the remote.
  package let removed_packs: Int
  /// Their bytes.
  package let removed_bytes: Int
  /// Packs whose living chunks the next run sends anew.
  package let condemned_packs: Int
  /// Their bytes.
  package let condemned_bytes: Int
  /// Objects that cut-off runs left and that are removed.
  package let leftovers: Int
  /// Their bytes.
  package let leftover_bytes: Int
  /// Why nothing is done; nil in an ordinary prune.
  package let objection: String?
  /// Whether nothing was changed.
  package let dry_run: Bool

  init(_ plan: PrunePlan, _ leftovers: [StoredObject], isRehearsal: Bool) {
    let condemned = plan.condemned.map(\.pack)
    expired = plan.expired.map(\.run.hex)
    dropped_packs = plan.dropped.count
    dropped_bytes = PrunePlan.byteCount(of: plan.dropped)
    removed_packs = plan.removed.count
    removed_bytes = PrunePlan.byteCount(of: plan.removed)
    condemned_packs = condemned.count
    condemned_bytes = PrunePlan.byteCount(of: condemned)
    self.leftovers = leftovers.count
    leftover_bytes = leftovers.reduce(0) { $0 + $1.byteCount }
    objection = plan.objection
    dry_run = isRehearsal
  }
}
