internal import Format
internal import Repository
package import Storing

/// Lets go of what is past its time: snapshots, packs, and in the runs that follow the keys of rows.
package struct Prune: Sendable {
  private let configuration: Configuration
  private let store: any Store
  private let now: Int64

  /// `now` is in milliseconds since 1970.
  package init(_ configuration: Configuration, store: any Store, now: Int64) {
    self.configuration = configuration
    self.store = store
    self.now = now
  }

  /// Prunes, or says exactly what a prune would do now.
  package func run(isRehearsal: Bool) async throws -> PruneReport {
    let lock = try StateLock(configuration.state)
    defer { withExtendedLifetime(lock) {} }
    let state = try AgentState(opening: configuration.state)
    let vault = try await Vault(state: state, store: store)
    let last = try state.lastEntry()
    // By how much the clocks differed when the newest entry was written.
    let remote = try await vault.remoteTime(of: last.sequence).map { $0 + (now - last.time) }
    let clock = Clock(now: now, lastEntry: last.time, remote: remote)
    let plan = try plan(
      vault,
      objection: try Brake.load(state)?.message
        ?? clock.objection(longest: Int64(configuration.retention) * 1000))
    if !isRehearsal { try await carryOut(plan, vault) }
    return PruneReport(plan, isRehearsal: isRehearsal)
  }

  func plan(_ vault: Vault, objection: String?) throws -> PrunePlan {
    PrunePlan(
      PrunePlan.Situation(
        snapshots: try vault.state.snapshots(), packs: try vault.state.packRows(), now: now,
        retention: Int64(configuration.retention) * 1000,
        renewal: Int64(configuration.renewal) * 1000,
        renewed: try vault.state.time(.renewed),
        renewalDebt: try vault.state.time(.renewalDebt) ?? 0, objection: objection))
  }

  /// Each step is in the log before anything is removed, and a run that is cut off leaves the rest to
  /// the next.
  func carryOut(_ plan: PrunePlan, _ vault: Vault) async throws {
    guard plan.objection == nil else { return }
    try await vault.expire(plan.expired.map(\.run), time: now)
    try await vault.drop(plan.dropped.map(\.summary.pack), time: now)
    try vault.state.condemn(plan.condemned.map(\.pack.number), time: now)
    try vault.state.set(.renewed, time: now)
    try vault.state.set(.renewalDebt, time: plan.renewalDebt)
    try await vault.remove(plan.removed)
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
  /// Why nothing is done; nil in an ordinary prune.
  package let objection: String?
  /// Whether nothing was changed.
  package let dry_run: Bool

  init(_ plan: PrunePlan, isRehearsal: Bool) {
    func byteCount(_ packs: [PackRow]) -> Int { packs.reduce(0) { $0 + $1.summary.byteCount } }
    let condemned = plan.condemned.map(\.pack)
    expired = plan.expired.map(\.run.hex)
    dropped_packs = plan.dropped.count
    dropped_bytes = byteCount(plan.dropped)
    removed_packs = plan.removed.count
    removed_bytes = byteCount(plan.removed)
    condemned_packs = condemned.count
    condemned_bytes = byteCount(condemned)
    objection = plan.objection
    dry_run = isRehearsal
  }
}
