import Foundation
import Operations
import Repository
import Storing
import TestKit
import Testing

/// A server that keeps its data in PostgreSQL, and the repository that it is backed up to.
struct Village: Sendable {
  let database: PostgresDatabase
  let store = MemoryStore()
  private let directory: TemporaryDirectory
  private var root: String { directory.path }

  /// A database made of SQL, and an origin `xmpp` for it.
  init(
    _ sql: String, profile: String = "ejabberd", more: String = "", uri: String? = nil
  ) async throws {
    database = try PostgresServer.running().makeDatabase(sql)
    directory = try TemporaryDirectory("lethe-village")
    try configure(uri ?? database.uri(), profile: profile, more: more)
    _ = try await Initialisation(try configuration, store: store).run(
      kit: KitDirectory(root + "/kit"), passphrase: nil, time: Timestamp.now())
  }

  /// Writes the configuration anew.
  func configure(_ uri: String, profile: String = "ejabberd", more: String = "") throws {
    try TextFile.write(
      """
      repository: { url: file:///nowhere }
      state: \(root)/state
      origins:
        - name: xmpp
          database: "\(uri)"
          profile: \(Site.project)/Config/profiles/\(profile).yaml
          \(more)
      """, to: root + "/lethe.yaml")
  }

  var configuration: Configuration { get throws { try Configuration.load(root + "/lethe.yaml") } }

  func kit() throws -> Kit { try KitDirectory(root + "/kit").open(passphrase: nil) }

  @discardableResult
  func backup(at time: Int64 = Timestamp.now()) async throws -> BackupReport {
    try await Backup(
      try configuration, store: store, pruning: .inTurn, now: { time }, progress: { _ in }
    ).run()
  }

  /// What a restore left.
  struct Restored {
    let report: Operations.RestoreReport
    let file: String
    let database: PostgresDatabase
    let directory: TemporaryDirectory
    /// What psql printed.
    let output: String
  }

  /// Restores, and gives the file to psql.
  func restore(_ snapshot: String = "latest", accounts: [String] = []) async throws -> Restored {
    let target = try TemporaryDirectory("lethe-target")
    let restore = Restore(store: store, progress: { _ in })
    let request = RestoreRequest(
      target: target.path + "/t", snapshot: snapshot, origins: [], accounts: accounts)
    let report = try await restore.carryOut(try await restore.plan(request, kit: try kit()))
    #expect(report.verified)
    let file = target.path + "/t/xmpp/restore.sql"
    let fresh = try database.server.makeDatabase()
    let (status, output) = try fresh.load(file)
    #expect(status == 0 && (output.isEmpty || !accounts.isEmpty), "\(output)")
    return Restored(report: report, file: file, database: fresh, directory: target, output: output)
  }

  /// Reports accounts as erased.
  func erase(_ addresses: [String]) async throws {
    _ = try await Erasing(try configuration, store: store, now: Timestamp.now())
      .erase(addresses, atOnce: false, isRehearsal: false)
  }

  /// Restores and compares with the live database.
  @discardableResult
  func expectRestoreEqualsSource(
    emptying tables: Set<String> = [], sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Restored {
    let restored = try await restore()
    let (found, expected) = (
      try restored.database.image(emptying: tables), try database.image(emptying: tables)
    )
    #expect(
      found == expected, "\(found.difference(from: expected))", sourceLocation: sourceLocation)
    return restored
  }

  /// The error of a run that must fail, as the command line would tell it.
  func failure(sourceLocation: SourceLocation = #_sourceLocation) async -> OperationError {
    do { try await backup() } catch { return OperationError(error) }
    Issue.record("nothing failed", sourceLocation: sourceLocation)
    return OperationError(.done, "")
  }
}

/// Left out where no server can be started; the reason is printed.
let hasServer = ConditionTrait.enabled(
  if: PostgresServer.obstacle == nil, Comment(rawValue: PostgresServer.obstacle ?? ""))
