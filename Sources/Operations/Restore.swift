internal import Foundation
internal import Origins

internal import Format
package import Repository
package import Storing

/// What to restore, and where to.
package struct RestoreRequest: Sendable {
  /// A directory that is empty or to be made; a plan does not look at it.
  package let target: String
  /// `latest`, the beginning of an id, or a time in RFC 3339.
  package let snapshot: String
  /// Names of origins; empty for all.
  package let origins: [String]
  /// Bare addresses; empty for everyone and shared data.
  package let accounts: [String]
  /// Whether accounts come back that are held only because a list did not have them.
  package let includesHeld: Bool

  /// Asks for a restore; whether there is such a snapshot or account, the plan says.
  package init(
    target: String, snapshot: String, origins: [String], accounts: [String],
    includesHeld: Bool = false
  ) {
    self.target = target
    self.snapshot = snapshot
    self.origins = origins
    self.accounts = accounts
    self.includesHeld = includesHeld
  }
}

/// Brings a snapshot back into an empty directory.
package struct Restore: Sendable {
  private let store: any Store
  private let progress: Progress.Report

  /// `progress` is called by several tasks at a time.
  package init(store: any Store, progress: @escaping Progress.Report) {
    self.store = store
    self.progress = progress
  }

  /// Plans the restore: reads the catalogue, nothing else, and writes nothing.
  package func plan(_ request: RestoreRequest, kit: borrowing Kit) async throws -> RestorePlan {
    let archive = try await Archive(store: store, kit: kit)
    return try await RestorePlan(request, archive: archive, shares: ShareBook(kit))
  }

  /// Carries a plan out and proves what it wrote.
  ///
  /// A database that meets damage is taken away again, of a tree the files that do; all else is
  /// restored. What stays in the target is whole, and the error names the rest. After any other
  /// failure nothing stays.
  package func carryOut(_ plan: RestorePlan) async throws -> RestoreReport {
    let target = try RestoreTarget(plan.request.target)
    let outcomes: [Outcome]
    do {
      outcomes = try await PackShelf.use(
        plan.archive, scratch: target.scratch, uses: plan.packUses, order: plan.packOrder
      ) { shelf in try await carryOut(plan, shelf, target) }
    } catch {
      target.abandon()
      throw error
    }
    let damage = outcomes.compactMap(\.damage?.message)
    let losses = outcomes.flatMap(\.tally.losses)
    guard damage.isEmpty, losses.isEmpty else {
      let whole = zip(plan.origins, outcomes)
        .filter { $1.damage == nil && $1.tally.losses.isEmpty }.map(\.0.catalogue.name)
      throw target.failure(damage + losses, whole: whole, isEmpty: damage.count == outcomes.count)
    }
    try target.finish()
    return outcomes.reduce(into: RestoreTally()) { $0.add($1.tally) }.report(plan)
  }

  /// How one origin ended: restored, or damaged and taken away again.
  private struct Outcome: Sendable {
    var tally = RestoreTally()
    var damage: OperationError?
  }

  /// Two origins at a time: while one makes indexes and is proved, the other uses the link.
  private static let flight = 2

  /// Databases first: what follows their rows takes one core as long as files take the link.
  private static func order(of origins: [RestorePlan.Origin]) -> [Int] {
    let kinds = origins.map(\.catalogue.kind)
    return kinds.indices.filter { kinds[$0].hasRows } + kinds.indices.filter { !kinds[$0].hasRows }
  }

  private func carryOut(
    _ plan: RestorePlan, _ shelf: PackShelf, _ target: RestoreTarget
  ) async throws -> [Outcome] {
    try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
      var outcomes = [Outcome](repeating: Outcome(), count: plan.origins.count)
      let link = Link()
      for (position, index) in Self.order(of: plan.origins).enumerated() {
        if position >= Self.flight, let (done, outcome) = try await group.next() {
          outcomes[done] = outcome
        }
        let (origin, turn) = (plan.origins[index], Turn(link: link, number: position))
        group.addTask { (index, try await carryOut(plan, origin, shelf, turn, target)) }
      }
      while let (done, outcome) = try await group.next() { outcomes[done] = outcome }
      return outcomes
    }
  }

  private func carryOut(
    _ plan: RestorePlan, _ origin: RestorePlan.Origin, _ shelf: PackShelf, _ turn: Turn,
    _ target: RestoreTarget
  ) async throws -> Outcome {
    var outcome = Outcome()
    do { try await carryOut(plan, origin, shelf, turn, target, &outcome.tally) } catch {
      let error = OperationError(error)
      guard error.status == .damaged else { throw error }
      outcome = Outcome(damage: error)
      target.remove(origin.catalogue.name)
    }
    return outcome
  }

  private func carryOut(
    _ plan: RestorePlan, _ origin: RestorePlan.Origin, _ shelf: PackShelf, _ turn: Turn,
    _ target: RestoreTarget, _ tally: inout RestoreTally
  ) async throws {
    switch origin.catalogue.kind {
    case .database:
      try await DatabaseRestore(rows: rows(plan, origin, shelf, target), turn: turn).run(&tally)
    case .postgresql:
      try await PostgresRestore(rows: rows(plan, origin, shelf, target), turn: turn).run(&tally)
    case .directory:
      try await TreeRestore(
        plan: plan, origin: origin, shelf: shelf, turn: turn, target: target, progress: progress
      ).run(&tally)
    }
  }

  private func rows(
    _ plan: RestorePlan, _ origin: RestorePlan.Origin, _ shelf: PackShelf, _ target: RestoreTarget
  ) -> RowRestore {
    RowRestore(plan: plan, origin: origin, shelf: shelf, target: target, progress: progress)
  }
}

/// What a restore did; the JSON of `restore`.
package struct RestoreReport: Sendable, Codable, Equatable {
  /// What was written.
  package struct Restored: Sendable, Codable, Equatable {
    /// Rows in the finished databases, as the proof counted them.
    package let rows: Int
    /// Entries of trees that were made: files, directories and links.
    package let files: Int
    /// Bytes of the finished databases or files of SQL, and of file content, holes left out.
    package let bytes: Int
    /// Accounts that own something of it.
    package let accounts: Int
  }

  /// What the snapshot's chosen origins hold, and the restore left out.
  package struct Excluded: Sendable, Codable, Equatable {
    /// Accounts that are erased, or were not asked for.
    package let accounts: Int
    /// Their rows; where accounts were asked for by name, those of shared data too.
    package let rows: Int
    /// File records, likewise.
    package let files: Int
    /// Values of shared data that erased people were taken out of.
    package let mentions: Int
  }

  /// The snapshot's id: 32 hexadecimal digits.
  package let snapshot: String
  /// When its run began, in RFC 3339, UTC, whole seconds.
  package let time: String
  /// `complete`, `partial` or `degraded`. [F-LOG-5]
  package let state: String
  /// The directory that was filled, as it was named.
  package let target: String
  /// What is in the target now.
  package let restored: Restored
  /// What is not.
  package let excluded: Excluded
  /// False where `integrity_check` found faults, which the source had too.
  ///
  /// Rows that are not those of the snapshot are no report but an error.
  package let verified: Bool
  /// What is in doubt or came back otherwise, a sentence each; empty for nothing.
  package let warnings: [String]
  /// What is left to do by hand, a sentence each, with the commands.
  package let next_steps: [String]
}

/// Counts and remarks gathered on the way.
struct RestoreTally: Sendable {
  var rowCount = 0
  var fileCount = 0
  var byteCount = 0
  /// Values of shared data that erased people were taken out of.
  var scrubbedCount = 0
  var isVerified = true
  var warnings: [String] = []
  /// What damage took of origins that were restored but for it.
  var losses: [String] = []
  var nextSteps: [String] = []

  /// Takes over what another origin's restore gathered.
  mutating func add(_ other: RestoreTally) {
    rowCount += other.rowCount
    fileCount += other.fileCount
    byteCount += other.byteCount
    scrubbedCount += other.scrubbedCount
    isVerified = isVerified && other.isVerified
    warnings += other.warnings
    nextSteps += other.nextSteps
  }

  func report(_ plan: RestorePlan) -> RestoreReport {
    RestoreReport(
      snapshot: plan.snapshot.entry.run.hex, time: Timestamp.text(plan.snapshot.entry.started),
      state: plan.snapshot.entry.state.name, target: plan.request.target,
      restored: RestoreReport.Restored(
        rows: rowCount, files: fileCount, bytes: byteCount, accounts: plan.accounts.count),
      excluded: RestoreReport.Excluded(
        accounts: plan.excludedAccounts.count, rows: plan.totalRowCount - rowCount,
        files: plan.totalFileCount - fileCount, mentions: scrubbedCount),
      verified: isVerified, warnings: warnings, next_steps: nextSteps + Self.rebase(plan))
  }

  /// A server that goes on from a snapshot lacks whoever registered after it.
  private static func rebase(_ plan: RestorePlan) -> [String] {
    guard plan.request.accounts.isEmpty,
      plan.origins.contains(where: \.catalogue.kind.hasRows)
    else { return [] }
    return [
      "where the server's backups go on, run `lethe erasures rebase` before the next one: whoever "
        + "registered after this snapshot is then not taken for deleted"
    ]
  }
}
