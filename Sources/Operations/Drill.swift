internal import Format
internal import Foundation
internal import Origins
package import Repository
package import Storing

/// What a drill is asked to do.
package struct DrillRequest: Sendable {
  /// A directory with room for everything that is restored; what is made in it goes again.
  package let scratch: String
  /// A bare address that must be among the restored accounts; nil for none.
  package let canary: String?

  /// Describes a drill.
  package init(scratch: String, canary: String?) {
    self.scratch = scratch
    self.canary = canary
  }
}

/// Restores the newest snapshot into scratch space, to see that it can be done and how long it takes.
///
/// The agent cannot open what it wrote: only a restore with the kit proves that there is something to
/// come back to.
package struct Drill: Sendable {
  private let configuration: Configuration
  private let store: any Store
  private let now: @Sendable () -> Int64
  private let progress: Progress.Report

  /// `now` gives milliseconds since 1970.
  package init(
    _ configuration: Configuration, store: any Store, now: @escaping @Sendable () -> Int64,
    progress: @escaping Progress.Report
  ) {
    self.configuration = configuration
    self.store = store
    self.now = now
    self.progress = progress
  }

  /// Where a drill in a scratch directory restores to: always the same place, so that what a killed
  /// drill left there goes with the next.
  package static func target(in scratch: String) -> String { scratch + "/lethe-drill" }

  /// Carries the drill out; nothing that it restored stays behind, whatever fails.
  package func run(_ request: DrillRequest, kit: borrowing Kit) async throws -> DrillReport {
    let target = Self.target(in: request.scratch)
    try Self.remove(target)
    defer { try? Self.remove(target) }
    let began = now()
    let restore = Restore(store: store, progress: progress)
    let plan = try await restore.plan(
      RestoreRequest(target: target, snapshot: "latest", origins: [], accounts: []), kit: kit)
    try checkRoom(plan, request.scratch)
    let report = try await restore.carryOut(plan)
    guard report.verified else {
      throw OperationError(
        .damaged,
        "the drill restored snapshot \(report.snapshot.prefix(12)), but "
          + "\(report.warnings.first ?? "it could not be proved"); run `lethe check --read-data`")
    }
    let listed = try await listing(of: plan, at: target, request.canary)
    let drill = VerifiedRestore.entry(report, of: plan, began: began, ended: now())
    let record = try await record(drill, plan)
    let receipt = DrillReceipt(drill, keys: plan.archive.keys).text
    return DrillReport(
      report, drill, listedCount: listed, record: record,
      receipt: record == .elsewhere ? receipt : nil)
  }

  private static func remove(_ target: String) throws {
    guard FileManager.default.fileExists(atPath: target) else { return }
    do { try FileManager.default.removeItem(atPath: target) } catch {
      throw OperationError(
        .failed, "cannot remove \(target): \(error.localizedDescription); remove it by hand")
    }
  }

  /// What is restored takes about what was read; sealed packs that are needed twice lie beside it.
  private func checkRoom(_ plan: RestorePlan, _ scratch: String) throws {
    let needed =
      plan.snapshot.entry.origins.reduce(0) { $0 + $1.byteCount } + plan.fetchByteCount
    guard let free = PathStatus.freeByteCount(at: scratch) else {
      throw OperationError(
        .usage, "the scratch directory \(scratch) is not there; name one with --scratch")
    }
    guard free < needed else { return }
    throw OperationError(
      .failed,
      "\(scratch) has \(Amount.bytes(free)) free, but a drill may need \(Amount.bytes(needed)); name a "
        + "directory on a larger disk with --scratch")
  }

  /// Reads the restored databases as a run would, and compares who is listed with who may be.
  private func listing(
    of plan: RestorePlan, at target: String, _ canary: String?
  ) async throws -> Int {
    let listed = try await listed(in: plan, at: target)
    if let isErased = plan.erasedAddresses() {
      let back = listed.filter { isErased(Array($0.utf8)) }.count
      guard back == 0 else {
        throw OperationError(
          .damaged,
          "the drill brought \(back) erased accounts back; keep this repository as it is, restore from it "
            + "for nobody, and report it")
      }
    }
    if let canary, !listed.contains(canary) {
      throw OperationError(
        .damaged,
        "the canary is not among the \(listed.count) accounts that were restored: the snapshot is of "
          + "another server, or its database has lost people; look at the configuration's origins")
    }
    return listed.count
  }

  /// Who the restored databases say exists.
  ///
  /// A file for psql says nothing by itself: where one is among them, whoever the plan restored is listed.
  private func listed(in plan: RestorePlan, at target: String) async throws -> Set<String> {
    guard !plan.origins.contains(where: { $0.catalogue.kind == .postgresql }) else {
      return Set(plan.accounts.compactMap { plan.archive.accounts[$0]?.address })
    }
    let sources: Sources
    do { sources = try await Sources.open(configuration.relocated(to: target)) } catch {
      throw OperationError(
        .damaged,
        "what the drill restored cannot be read by the configuration's profiles: "
          + OperationError(error).message)
    }
    await sources.close()
    return Set(sources.listings.flatMap(\.accounts).map(\.address))
  }

  /// Tells the log, where this machine is the agent; the log is signed with a key that the remote does
  /// not have.
  private func record(_ drill: DrillEntry, _ plan: RestorePlan) async throws -> DrillReport.Record {
    guard let state = try? AgentState(opening: configuration.state),
      let repository = try? state.required(.repository),
      repository == plan.archive.repository.bytes
    else { return .elsewhere }
    guard let lock = await StateLock.wait(configuration.state, seconds: Self.patience) else {
      try? state.set([.verifiedRestore: drill.encode()])
      return .local
    }
    defer { withExtendedLifetime(lock) {} }
    try await Vault(state: state, store: store).note(drill, time: drill.ended)
    return .log
  }

  /// Seconds to wait for a run that holds the state: most are over in a minute.
  private static let patience = 600
}

/// What a drill found; its JSON.
package struct DrillReport: Sendable, Codable, Equatable {
  /// Who was told.
  package enum Record: String, Sendable, Codable {
    /// The log, and with it every later agent.
    case log
    /// This machine's state alone: a run held it for too long.
    case local
    /// Nobody: this machine is not the agent.
    case elsewhere
  }

  /// The id of the snapshot that was restored.
  package let snapshot: String
  /// When it was taken, in RFC 3339.
  package let time: String
  /// Seconds from the first request to the last proof: what a recovery takes at least.
  package let seconds: Double
  /// What was restored.
  package let restored: RestoreReport.Restored
  /// Accounts that the restored databases list.
  package let listed_accounts: Int
  /// Where the result is remembered.
  package let recorded: Record
  /// What the agent takes for it where nobody was told; else nil.
  package let receipt: String?
  /// What the restore remarked.
  package let warnings: [String]

  init(
    _ report: RestoreReport, _ drill: DrillEntry, listedCount: Int, record: Record,
    receipt: String?
  ) {
    snapshot = report.snapshot
    time = report.time
    seconds = Double(drill.duration) / 1000
    restored = report.restored
    listed_accounts = listedCount
    recorded = record
    self.receipt = receipt
    warnings = report.warnings
  }
}
