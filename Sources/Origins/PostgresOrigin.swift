package import Format
internal import Postgres
package import Sealing

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
  /// The profile that fits; nil before ``open()``.
  package private(set) var profile: DatabaseProfile?
  private var jobs: [TableJob] = []
  private var reader: PostgresReader?
  /// A second session; nil where there was no place for it.
  private var companion: PostgresCompanion?
  private var isAccompanied = false

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
    var part = PostgresTable.Part.whole
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
  package func open() async throws -> Opened {
    do {
      let source = try PostgresSource(PostgresAddress(uri))
      let schema = try source.schema()
      let opened = try open(source, schema, try source.foreignTables(), try source.byteCount())
      // After pg_dump: there are never more than two sessions of ours at a time.
      let companion = PostgresCompanion(origin: name)
      self.companion = await companion.join(source.moment) ? companion : nil
      return opened
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
    self.jobs = jobs
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

  func misfit(
    _ error: PostgresError, _ part: String, _ profile: DatabaseProfile
  ) -> OriginError {
    OriginError(PostgresError(error.code, profile.misfit(part, error.message)), origin: name)
  }

  /// See ``RowOrigin/ask(_:_:columnCount:maximumRowCount:_:)``.
  package func ask(
    _ sql: String, _ part: String, columnCount: Int, maximumRowCount: Int,
    _ body: ([[UInt8]?]) -> String?
  ) throws {
    guard let source, let profile else { preconditionFailure("the origin is open") }
    do throws(PostgresError) {
      try source.query(sql, parameters: parameters, maximumRowCount: maximumRowCount) {
        row throws(PostgresError) in
        if let refusal = body((0..<columnCount).map { row.utf8($0) }) {
          throw PostgresError(.refused, refusal)
        }
      }
    } catch { throw misfit(error, part, profile) }
  }

  /// A table with rows of people of these hosts; nil if there is none.
  package func tableOfPeople(on hosts: [String]) throws -> String? {
    guard let source, let profile else { preconditionFailure("the origin is open") }
    let table = OwnerTable(accounts: [], localHosts: hosts)
    for job in jobs {
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
    owners: OwnerTable, bornAt: [AccountNumber: Int64], plans: [String: SegmentPlan],
    pageHash: UniversalHash?
  ) async throws {
    guard let source else { preconditionFailure("the origin is open") }
    if bornAt.isEmpty { for index in jobs.indices { jobs[index].since = nil } }
    let division: TableDivision
    do throws(PostgresError) {
      division = try divide(source, plans)
    } catch { throw OriginError(error, origin: name) }
    let scan = PostgresScan(origin: name, owners: owners, bornAt: bornAt, plans: plans)
    reader = PostgresReader(source, scan, division.own)
    isAccompanied = !division.companions.isEmpty
    if isAccompanied {
      await companion?.begin(division.companions, owners: owners, bornAt: bornAt, plans: plans)
    }
  }

  private func divide(
    _ source: PostgresSource, _ plans: [String: SegmentPlan]
  ) throws(PostgresError) -> TableDivision {
    let byteCounts = companion == nil ? [:] : try source.tableByteCounts()
    return try TableDivision(jobs, byteCounts: byteCounts, plans: plans) {
      table throws(PostgresError) in try source.highest(of: table)
    }
  }

  /// The second session, if it has something to read.
  package var companions: [any SegmentReader] {
    isAccompanied ? [companion].compactMap(\.self) : []
  }

  /// The next segment, or nil after the last.
  package func nextSegment() throws -> ScannedSegment? {
    guard reader != nil else { preconditionFailure("the scan has begun") }
    return try reader?.nextSegment(of: name)
  }

  /// Rows of accounts that no longer exist, seen so far and left out.
  package var remainsCount: Int { reader?.remainsCount ?? 0 }

  /// Ends the transactions and the connections.
  package func close() async {
    await companion?.close()
    reader = nil
    source = nil
  }
}
