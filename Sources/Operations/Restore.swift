internal import Foundation
internal import Origins

internal import Format
package import Repository
package import Storing

/// What to restore, and where to.
package struct RestoreRequest: Sendable {
  package let target: String
  /// `latest`, the beginning of an id, or a time in RFC 3339.
  package let snapshot: String
  /// Names of origins; empty for all.
  package let origins: [String]
  /// Bare addresses; empty for everyone and shared data.
  package let accounts: [String]

  package init(target: String, snapshot: String, origins: [String], accounts: [String]) {
    self.target = target
    self.snapshot = snapshot
    self.origins = origins
    self.accounts = accounts
  }
}

/// Brings a snapshot back into an empty directory.
package struct Restore: Sendable {
  private let store: any Store
  private let progress: Progress.Report

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
  package func carryOut(_ plan: RestorePlan) async throws -> RestoreReport {
    let target = try RestoreTarget(plan.request.target)
    let shelf = PackShelf(archive: plan.archive, scratch: target.scratch, uses: plan.packUses)
    var tally = RestoreTally()
    for origin in plan.origins {
      switch origin.catalogue.kind {
      case .database:
        try await DatabaseRestore(
          plan: plan, origin: origin, shelf: shelf, target: target, progress: progress
        ).run(&tally)
      case .directory:
        try await TreeRestore(
          plan: plan, origin: origin, shelf: shelf, target: target, progress: progress
        ).run(&tally)
      }
    }
    try target.finish()
    return tally.report(plan)
  }
}

/// What a restore did; the JSON of `restore`.
package struct RestoreReport: Sendable, Codable, Equatable {
  package struct Restored: Sendable, Codable, Equatable {
    package let rows: Int
    package let files: Int
    package let bytes: Int
    package let accounts: Int
  }

  package struct Excluded: Sendable, Codable, Equatable {
    package let accounts: Int
    package let rows: Int
    package let files: Int
  }

  package let snapshot: String
  package let time: String
  package let state: String
  package let target: String
  package let restored: Restored
  package let excluded: Excluded
  package let verified: Bool
  package let warnings: [String]
  package let next_steps: [String]
}

/// Counts and remarks gathered on the way.
struct RestoreTally: Sendable {
  var rowCount = 0
  var fileCount = 0
  var byteCount = 0
  var excludedFileCount = 0
  var isVerified = true
  var warnings: [String] = []
  var nextSteps: [String] = []

  func report(_ plan: RestorePlan) -> RestoreReport {
    RestoreReport(
      snapshot: plan.snapshot.entry.run.hex, time: Timestamp.text(plan.snapshot.entry.started),
      state: plan.snapshot.entry.state.name, target: plan.request.target,
      restored: RestoreReport.Restored(
        rows: rowCount, files: fileCount, bytes: byteCount, accounts: plan.accounts.count),
      excluded: RestoreReport.Excluded(
        accounts: plan.excludedAccounts.count, rows: plan.totalRowCount - rowCount,
        files: plan.totalFileCount - fileCount),
      verified: isVerified, warnings: warnings, next_steps: nextSteps)
  }
}

/// The directory that a restore fills.
struct RestoreTarget: Sendable {
  let path: String
  /// Sealed packs that are needed again; never plaintext.
  let scratch: String

  init(_ path: String) throws {
    let manager = FileManager.default
    if let names = try? manager.contentsOfDirectory(atPath: path) {
      guard names.isEmpty else {
        throw OperationError(
          .refused, "the target \(path) is not empty; name an empty directory, never the live one")
      }
    } else {
      do {
        try manager.createDirectory(
          atPath: path, withIntermediateDirectories: false,
          attributes: [.posixPermissions: 0o700])
      } catch {
        throw OperationError(
          .failed, "cannot make the target \(path): \(error.localizedDescription)")
      }
    }
    self.path = path
    scratch = path + "/.lethe-scratch"
    try AgentState.makeDirectory(scratch)
  }

  /// The directory of one origin.
  func directory(of origin: String) -> String { "\(path)/\(origin)" }

  func finish() throws { try FileManager.default.removeItem(atPath: scratch) }
}
