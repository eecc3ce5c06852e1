import Foundation
import Operations
import Repository
import Storing
import TestKit
import Testing

/// A site, and the repository that it is backed up to.
struct Journey: Sendable {
  let site: Site
  let store: any Store

  var configuration: Configuration {
    get throws { try Configuration.load(site.configuration) }
  }

  var kit: KitDirectory { KitDirectory(site.kit) }

  @discardableResult
  func initialise() async throws -> RepositoryReport {
    try await Initialisation(try configuration, store: store).run(
      kit: kit, passphrase: nil, time: Timestamp.now())
  }

  /// One run over this store, or over another view of it.
  @discardableResult
  func backup(
    over other: (any Store)? = nil, at time: Int64? = nil
  ) async throws -> BackupReport {
    try await Backup(
      try configuration, store: other ?? store, pruning: .always, now: { time ?? Timestamp.now() },
      progress: { _ in }
    ).run()
  }

  func snapshots() async throws -> SnapshotList {
    try await SnapshotList(try configuration, store: store)
  }

  @discardableResult
  func adopt(at time: Int64 = Timestamp.now()) async throws -> RepositoryReport {
    try await Adoption(try configuration, store: store).run(
      kit: kit, passphrase: nil, time: time)
  }

  /// Restores into a directory of the site's that is not there yet.
  @discardableResult
  func restore(
    _ target: String, snapshot: String = "latest", origins: [String] = [],
    accounts: [String] = [], includingHeld: Bool = false
  ) async throws -> Operations.RestoreReport {
    let restore = Restore(store: store, progress: { _ in })
    let request = RestoreRequest(
      target: target, snapshot: snapshot, origins: origins, accounts: accounts,
      includesHeld: includingHeld)
    return try await restore.carryOut(
      try await restore.plan(request, kit: try kit.open(passphrase: nil)))
  }

  /// Restores the newest snapshot and compares it with the live server.
  func expectRestoreEqualsSource(
    _ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let target = try TemporaryDirectory("lethe-target")
    let report = try await restore(target.path + "/t")
    #expect(report.verified, "\(comment)", sourceLocation: sourceLocation)
    try expectEqual(target.path + "/t", comment, sourceLocation: sourceLocation)
  }

  /// Compares a target with the live server.
  func expectEqual(
    _ target: String, _ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let rows = try DatabaseImage(target + "/xmpp/ejabberd.db")
      .differences(from: try site.databaseImage())
    #expect(rows == [], "\(comment)", sourceLocation: sourceLocation)
    let files = try TreeImage(target + "/uploads").differences(from: try site.uploadImage())
    #expect(files == [], "\(comment)", sourceLocation: sourceLocation)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: target).sorted() == ["uploads", "xmpp"],
      sourceLocation: sourceLocation)
  }

  /// The error of a body that must fail, as the command line would tell it.
  func failure(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
  ) async -> OperationError {
    do { try await body() } catch { return OperationError(error) }
    Issue.record("nothing failed", sourceLocation: sourceLocation)
    return OperationError(.done, "")
  }
}

/// Copies a directory over another.
func copyDirectory(_ source: String, to target: String) throws {
  try? FileManager.default.removeItem(atPath: target)
  try FileManager.default.copyItem(atPath: source, toPath: target)
}
