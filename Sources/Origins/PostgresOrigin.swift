package import Format
internal import Postgres

/// A live PostgreSQL database in one consistent read, as rows with owners.
///
/// It has a thread of its own: the client library blocks.
package actor PostgresOrigin: RowOrigin {
  private let executor: BlockingExecutor
  /// The origin's name.
  package nonisolated let name: String
  private let uri: String
  let parameters: [String: String]
  private let profiles: [DatabaseProfile]
  private(set) var source: PostgresSource?
  private(set) var schema: PostgresSchema?
  private(set) var profile: DatabaseProfile?
  private var scan: PostgresScan?
  private var remaining: [TableJob] = []

  /// The thread of its own.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  struct TableJob {
    let table: PostgresTable
    let number: UInt32
    let parameters: [String: String]
    var owner: String?
    /// An expression for the time a row is from.
    var since: String?
  }

  /// An origin at an address that ``objection(to:)`` has nothing against.
  package init(
    name: String, uri: String, profiles: [DatabaseProfile], parameters: [String: String]
  ) {
    executor = BlockingExecutor(label: "lethe.origin.\(name)")
    self.name = name
    self.uri = uri
    self.profiles = profiles
    self.parameters = Dictionary(
      uniqueKeysWithValues: parameters.map { (":\($0.key)", $0.value) })
  }

  /// Whether a database's address means PostgreSQL, and not a file.
  package static func isAddress(_ text: String) -> Bool { PostgresAddress.isOne(text) }

  /// What is wrong with an address, as the end of a sentence; nil if nothing is.
  package static func objection(to address: String) -> String? {
    do throws(PostgresError) {
      _ = try PostgresAddress(address)
      return nil
    } catch { return error.message }
  }

  /// What opening found.
  package struct Opened: Sendable {
    /// Everything about the database but its rows.
    package let description: PostgresDescription
    /// What the administrator should know.
    package let findings: [String]
    /// The bytes that the database takes.
    package let byteCount: Int
  }

  /// Logs in, takes the snapshot, chooses the schema, and has pg_dump describe that same moment.
  package func open() throws -> Opened {
    do {
      let source = try PostgresSource(PostgresAddress(uri))
      let schema = try source.schema()
      return try open(source, schema, try source.foreignTables(), try source.byteCount())
    } catch let error as PostgresError { throw OriginError(error, origin: name) }
  }

  private func open(
    _ source: PostgresSource, _ schema: PostgresSchema, _ foreign: [String], _ byteCount: Int
  ) throws -> Opened {
    let profile = try DatabaseProfile.fitting(
      profiles, origin: name, place: uri, parameters: parameters
    ) { schema.table(named: $0)?.columns.map(\.name) }
    let (jobs, findings) = try plan(schema, profile, source)
    let dump = SchemaDump(source: source, origin: name)
    let description = PostgresDescription(
      schema: schema, before: try dump.section("pre-data"), after: try dump.section("post-data"))
    self.source = source
    self.schema = schema
    self.profile = profile
    remaining = jobs.reversed()
    return Opened(
      description: description,
      findings: findings
        + foreign.map {
          "origin \(name): the rows of \($0) are another server's; a snapshot has its definition alone"
        }, byteCount: byteCount)
  }

  /// One job for each table with rows of its own; what the profile does not know is shared data.
  private func plan(
    _ schema: PostgresSchema, _ profile: DatabaseProfile, _ source: PostgresSource
  ) throws -> ([TableJob], [String]) {
    var jobs: [TableJob] = []
    var findings: [String] = []
    for (index, table) in schema.tables.enumerated() {
      let label = table.ruleLabel(in: profile)
      var job = TableJob(table: table, number: UInt32(index), parameters: parameters)
      switch profile.rule(of: label) {
      case .ephemeral: continue
      case .shared: break
      case .owner(let sql):
        (job.owner, job.since) = (sql, profile.since[label])
        do throws(PostgresError) {
          try source.check(owner: sql, since: job.since, parameters: parameters, table: table)
        } catch { throw misfit(error, "table \(table.label)", profile) }
      case nil:
        if !profile.sharesOthers {
          findings.append(DatabaseProfile.stranger(table.label, origin: name))
        }
      }
      jobs.append(job)
    }
    return (jobs, findings)
  }

  /// Whether the profile that fits gives rows to people.
  package var hasOwners: Bool { profile?.hasOwners ?? false }
  /// Whether the profile that fits lists accounts.
  package var listsAccounts: Bool { profile?.accounts != nil }

  func misfit(
    _ error: PostgresError, _ part: String, _ profile: DatabaseProfile
  ) -> OriginError {
    OriginError(PostgresError(error.code, profile.misfit(part, error.message)), origin: name)
  }

  /// Asks the profile's queries; a profile without them has no accounts.
  package func accounts() throws -> AccountListing {
    guard let profile else { preconditionFailure("the origin is open") }
    var accounts: [AccountListing.Account] = []
    var hosts: [String] = []
    if let sql = profile.accounts {
      try ask(sql, "accounts", maximumRowCount: AccountListing.maximumAccountCount) {
        row throws(PostgresError) in
        guard let address = row.text(0), !address.isEmpty else { return }
        let account = AccountListing.Account(
          address: address, birthMark: row.utf8(1) ?? [], registered: row.integer(2),
          oldest: row.integer(3))
        guard account.isKeepable else {
          throw PostgresError(.refused, AccountListing.oversized(number: accounts.count + 1))
        }
        accounts.append(account)
      }
    }
    if let sql = profile.localHosts {
      try ask(sql, "hosts", maximumRowCount: 10_000) { row in
        if let host = row.text(0) { hosts.append(host) }
      }
    }
    return AccountListing(accounts: accounts, localHosts: hosts)
  }

  private func ask(
    _ sql: String, _ part: String, maximumRowCount: Int,
    _ body: (borrowing CopyRow) throws(PostgresError) -> Void
  ) throws {
    guard let source, let profile else { preconditionFailure("the origin is open") }
    do throws(PostgresError) {
      try source.query(sql, parameters: parameters, maximumRowCount: maximumRowCount, body)
    } catch { throw misfit(error, part, profile) }
  }

  /// Whose the files are that a directory's profile asks for: owners' addresses by file name.
  package func fileOwners(_ query: String) throws -> [[UInt8]: [UInt8]] {
    var owners: [[UInt8]: [UInt8]] = [:]
    // A file takes some 100 bytes here; more than that many would not fit the machine.
    try ask(query, "files", maximumRowCount: 4_000_000) { row in
      if let file = row.utf8(0), let owner = row.utf8(1) { owners[file] = owner }
    }
    return owners
  }

  /// A table with rows of people of these hosts; nil if there is none.
  package func tableOfPeople(on hosts: [String]) throws -> String? {
    guard let source, let profile else { preconditionFailure("the origin is open") }
    let table = OwnerTable(accounts: [], localHosts: hosts)
    for job in remaining.reversed() {
      guard let owner = job.owner else { continue }
      var isFound = false
      do throws(PostgresError) {
        try source.owners(of: job.table, owner, parameters: parameters) { row in
          isFound = isFound || row.utf8(0)?.withUnsafeBytes { table.owner(of: $0) } == .remains
        }
      } catch { throw misfit(error, "table \(job.table.label)", profile) }
      if isFound { return job.table.label }
    }
    return nil
  }

  /// Begins the scan, given who owns what, since when, and how the last snapshot was cut, by table.
  package func begin(
    owners: OwnerTable, bornAt: [AccountNumber: Int64], plans: [String: SegmentPlan]
  ) {
    scan = PostgresScan(origin: name, owners: owners, bornAt: bornAt, plans: plans)
    guard bornAt.isEmpty else { return }
    remaining = remaining.map { job in
      var job = job
      job.since = nil
      return job
    }
  }

  /// The next segment, or nil after the last.
  package func nextSegment() throws -> RawSegment? {
    guard let source, let scan else { preconditionFailure("the scan has begun") }
    do throws(PostgresError) {
      while true {
        if let segment = try scan.next(from: source) { return segment }
        guard let job = remaining.popLast() else { return scan.finish() }
        if let segment = try scan.begin(job, in: source) { return segment }
      }
    } catch {
      if error.code == .cancelled { throw CancellationError() }
      throw OriginError(error, origin: name)
    }
  }

  /// Rows of accounts that no longer exist, seen so far and left out.
  package var remainsCount: Int { scan?.remainsCount ?? 0 }

  /// Ends the transaction and the connection.
  package func close() {
    scan = nil
    source = nil
  }
}
