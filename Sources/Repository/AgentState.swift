internal import Foundation
internal import GRDB
internal import Format

/// What the agent remembers between runs: secrets, the log's head, packs, baselines.
///
/// One SQLite file, 0600 in a directory 0700, rollback journal, `secure_delete`: what is deleted
/// leaves no remains in free pages. Everything but the secrets can be rebuilt from the remote.
package final class AgentState: Sendable {
  let database: DatabaseQueue
  /// The directory that holds the state and the spool.
  package let directory: String

  /// Opens the state in a directory, which must hold one.
  package init(opening directory: String) throws {
    guard FileManager.default.fileExists(atPath: Self.path(directory)) else {
      throw VaultError(
        .missing,
        "\(directory) holds no agent's state; run `lethe init` for a new repository or "
          + "`lethe adopt` for an existing one")
    }
    self.directory = directory
    database = try Self.open(directory)
    try addMissingColumns()
  }

  /// Opens the state in a directory for reading alone; a run may go on meanwhile.
  package init(reading directory: String) throws {
    guard FileManager.default.fileExists(atPath: Self.path(directory)) else {
      throw VaultError(
        .missing,
        "\(directory) holds no agent's state, or may not be looked into; run as the agent's user, or "
          + "`lethe init` for a new repository, or `lethe adopt` for an existing one")
    }
    self.directory = directory
    database = try Self.openForReading(directory)
  }

  /// Makes a new state; there must be none yet but what an `init` left that was cut off.
  package init(creating directory: String) throws {
    if FileManager.default.fileExists(atPath: Self.path(directory)) {
      guard Self.isUnfinished(directory) else {
        throw VaultError(
          .refused,
          "\(directory) already holds an agent's state; name another directory under `state`, or move "
            + "this one away if its repository is no longer wanted")
      }
      try? FileManager.default.removeItem(atPath: Self.path(directory))
    }
    try Self.makeDirectory(directory)
    self.directory = directory
    database = try Self.open(directory)
    try write { try $0.execute(sql: Self.schema) }
  }

  /// Whether the state never belonged to a repository: nothing depends on what it holds.
  private static func isUnfinished(_ directory: String) -> Bool {
    guard let database = try? open(directory) else { return false }
    let count = try? database.read { database in
      let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema")
      return tables == 0 ? 0 : try Int.fetchOne(database, sql: "SELECT count(*) FROM meta")
    }
    return count == 0
  }

  /// Where the state of a directory lies.
  package static func path(_ directory: String) -> String { directory + "/agent.sqlite" }

  /// The directory for sealed packs that wait for the network.
  package var spool: String { directory + "/spool" }

  /// Makes a directory of mode 0700, and those above it; one that is there is no error.
  package static func makeDirectory(_ directory: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw VaultError(
        .failed, "cannot make \(directory): \(error.localizedDescription); check its permissions")
    }
  }

  private static func open(_ directory: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(patience)
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA journal_mode = DELETE")
      try database.execute(sql: "PRAGMA synchronous = FULL")
      try database.execute(sql: "PRAGMA secure_delete = ON")
      try database.execute(sql: "PRAGMA temp_store = MEMORY")
      try database.execute(sql: "PRAGMA cache_size = -8192")
    }
    let previous = umask(0o077)
    defer { umask(previous) }
    do { return try DatabaseQueue(path: path(directory), configuration: configuration) } catch {
      throw Self.failure(error, directory)
    }
  }

  /// Seconds to wait for another process that reads or commits: monitoring must not make a run fail,
  /// nor a run monitoring.
  private static let patience: Double = 20

  private static func openForReading(_ directory: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(patience)
    configuration.readonly = true
    do {
      let queue = try DatabaseQueue(path: path(directory), configuration: configuration)
      _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
      return queue
    } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
      // A run that was killed left a journal, which only a writer can play back.
      return try open(directory)
    } catch { throw failure(error, directory) }
  }

  /// Reads from the state.
  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do { return try database.read(body) } catch { throw Self.failure(error, directory) }
  }

  /// Looks up one row by a SELECT that stays compiled and is a transaction of its own: a run asks for thousands.
  ///
  /// The body runs no statement.
  func lookup<Value>(
    _ sql: String, _ arguments: StatementArguments, _ body: (Row) throws -> Value
  ) throws -> Value? {
    do {
      return try database.unsafeRead { database in
        try Row.fetchOne(database.cachedStatement(sql: sql), arguments: arguments).map(body)
      }
    } catch { throw Self.failure(error, directory) }
  }

  /// Changes the state, all of it or nothing.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do { return try database.write(body) } catch { throw Self.failure(error, directory) }
  }

  /// An error of SQLite's in the words of the operator; any other as it is.
  private static func failure(_ error: any Error, _ directory: String) -> any Error {
    guard let error = error as? DatabaseError else { return error }
    let path = path(directory)
    let reason = error.message ?? "error \(error.resultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR:
      return VaultError(
        .damaged,
        "the agent's state \(path) is damaged (\(reason)); move it away and run "
          + "`lethe adopt` with the kit")
    case .SQLITE_FULL, .SQLITE_IOERR:
      return VaultError(
        .failed,
        "cannot write the agent's state \(path) (\(reason)); free space there and look at "
          + "the disk")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return VaultError(
        .busy, "somebody else has the agent's state \(path) open; wait, or find it with `fuser`")
    default:
      return VaultError(
        .failed,
        "cannot use the agent's state \(path) (\(reason)); check its permissions and free "
          + "space")
    }
  }
}

/// The small facts: keys, head, epoch. Each is one row of `meta`.
extension AgentState {
  /// The facts by name; the raw value is the key.
  package enum Fact: String, Sendable, CaseIterable {
    case repository, agent, metadataKey, recoveryKey, epochKeys, firstEpoch, epoch
    case head, lastEntry, pendingEntry, nextAccount, runCounter, packCounter
    case epochBegan, kitEpoch, kitAdvanced, keyringSweep, brake, rebase
    case pendingPacks, renewed, renewalDebt
    /// Keyrings that were there before an entry was appended.
    case sweepList
    /// Both clocks of the last run.
    case clockReading
    /// Of ``SegmentFingerprint``.
    case fingerprintKey
    /// There if rows once changed on pages that did not.
    case pagesDistrusted
    /// Why the last run did not believe the clock.
    case objection
    /// The last restore of everything that was proved, by a drill or on this machine. [F-LOG-11]
    case verifiedRestore
    /// When the last run began whose list of accounts was taken at its word.
    case listed
  }

  /// The bytes of a fact; nil where it was never set, or was removed.
  package func value(_ fact: Fact) throws -> [UInt8]? { try read { try Self.value(fact, $0) } }

  private static func value(_ fact: Fact, _ database: Database) throws -> [UInt8]? {
    try Data.fetchOne(
      database, sql: "SELECT value FROM meta WHERE key = ?", arguments: [fact.rawValue]
    ).map(Array.init)
  }

  /// The value of a fact that every state has.
  package func required(_ fact: Fact) throws -> [UInt8] {
    guard let value = try value(fact) else {
      throw VaultError(
        .damaged,
        "the state in \(directory) lacks its \(fact.rawValue): it was never finished or is damaged; "
          + "move it away and run `lethe adopt`")
    }
    return value
  }

  /// Sets facts, all of them or none; the others stay.
  package func set(_ values: [Fact: [UInt8]]) throws {
    try write { try Self.set(values, $0) }
  }

  static func set(_ values: [Fact: [UInt8]], _ database: Database) throws {
    for (fact, value) in values {
      try database.execute(
        sql: "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
        arguments: [fact.rawValue, Data(value)])
    }
  }

  /// Removes facts; one that is not there is no error.
  package func remove(_ facts: Set<Fact>) throws {
    try write { try Self.remove(facts, $0) }
  }

  static func remove(_ facts: Set<Fact>, _ database: Database) throws {
    for fact in facts {
      try database.execute(sql: "DELETE FROM meta WHERE key = ?", arguments: [fact.rawValue])
    }
  }

  /// A fact that is a time, in milliseconds since 1970.
  package func time(_ fact: Fact) throws -> Int64? {
    guard let bytes = try value(fact) else { return nil }
    var reader = ByteReader(bytes, subject: fact.rawValue)
    return Int64(bitPattern: try reader.fixed64())
  }

  /// Sets a fact that is a time, in milliseconds since 1970.
  package func set(_ fact: Fact, time: Int64) throws { try set([fact: Self.timeBytes(time)]) }

  static func timeBytes(_ time: Int64) -> [UInt8] {
    var writer = ByteWriter()
    writer.fixed64(UInt64(bitPattern: time))
    return writer.bytes
  }

  /// A fact that is a number below 2^32.
  package func number(_ fact: Fact) throws -> UInt32? { try read { try Self.number(fact, $0) } }

  static func number(_ fact: Fact, _ database: Database) throws -> UInt32? {
    guard let bytes = try value(fact, database) else { return nil }
    var reader = ByteReader(bytes, subject: fact.rawValue)
    return try reader.fixed32()
  }

  /// A number that every state has.
  func requiredNumber(_ fact: Fact) throws -> UInt32 {
    var reader = ByteReader(try required(fact), subject: fact.rawValue)
    return try reader.fixed32()
  }
}

extension Database {
  /// Executes one statement that stays compiled, for loops over thousands of rows.
  func execute(cached sql: String, _ arguments: StatementArguments) throws {
    try cachedStatement(sql: sql).execute(arguments: arguments)
  }
}
