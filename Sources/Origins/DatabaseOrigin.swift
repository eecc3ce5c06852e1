package import Format
package import Querying
package import Sealing

/// A live database in one consistent read, as rows with owners.
///
/// It has a thread of its own: SQLite blocks, and the owner of the file that root reads as is a
/// property of the thread.
package actor DatabaseOrigin: RowOrigin {
  private let executor: BlockingExecutor
  /// The origin's name in the configuration.
  package nonisolated let name: String
  /// The SQLite file.
  package nonisolated let path: String
  private let parameters: [String: String]
  private let profiles: [DatabaseProfile]
  private(set) var source: SourceDatabase?
  private(set) var schema: DatabaseSchema?
  /// The profile that fits; nil before ``open()``.
  package private(set) var profile: DatabaseProfile?
  private var scan: TableScan?
  private(set) var remaining: [TableJob] = []

  /// The queue of its own, on which it may block.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  struct TableJob {
    let layout: TableLayout
    let number: UInt32
    var expression: OwnerExpression?
    /// An expression for the time a row is from.
    var since: String?
  }

  /// An origin for ``open()``, which takes the first of `profiles` that fits.
  ///
  /// `parameters` are the values that SQL of a profile names with a colon, such as `host`.
  package init(
    name: String, path: String, profiles: [DatabaseProfile], parameters: [String: String]
  ) {
    executor = BlockingExecutor(label: "lethe.origin.\(name)")
    self.name = name
    self.path = path
    self.profiles = profiles
    self.parameters = Dictionary(
      uniqueKeysWithValues: parameters.map { (":\($0.key)", $0.value) })
  }

  /// Opens the snapshot, chooses the schema, and rehearses the restore on an empty database.
  package func open() throws -> (schema: DatabaseSchema, findings: [String]) {
    if let objection = MnesiaDirectory.objection(to: path) {
      throw OriginError(.missing, "origin \(name): \(objection)")
    }
    do {
      let source = try SourceDatabase(path: path)
      let schema = try source.schema()
      try DatabaseBuilder.rehearse(schema)
      let profile = try choose(for: schema)
      let (jobs, findings) = try plan(schema, profile, source)
      self.source = source
      self.schema = schema
      self.profile = profile
      remaining = jobs.reversed()
      return (schema, findings)
    } catch let error as QueryError { throw OriginError(error, origin: name) }
  }

  private func choose(for schema: DatabaseSchema) throws(OriginError) -> DatabaseProfile {
    try DatabaseProfile.fitting(profiles, origin: name, place: path, parameters: parameters) {
      schema.table(named: $0)?.columns.map(\.name)
    }
  }

  /// One job for each table with rows of its own; what the profile does not know is shared data.
  private func plan(
    _ schema: DatabaseSchema, _ profile: DatabaseProfile, _ source: SourceDatabase
  ) throws -> ([TableJob], [String]) {
    var jobs: [TableJob] = []
    var findings: [String] = []
    for (index, layout) in schema.tables.enumerated() {
      let number = UInt32(index)
      switch profile.rule(of: layout.name) {
      case .ephemeral: continue
      case .shared: jobs.append(TableJob(layout: layout, number: number, expression: nil))
      case .owner(let sql):
        let expression = OwnerExpression(sql: sql, parameters: parameters)
        let since = profile.since[layout.name]
        do throws(QueryError) {
          try source.check(
            owner: OwnerExpression(sql: sql, since: since, parameters: parameters), table: layout)
        } catch { throw misfit(error, "table \(layout.name)", profile) }
        jobs.append(
          TableJob(layout: layout, number: number, expression: expression, since: since))
      case nil:
        jobs.append(TableJob(layout: layout, number: number, expression: nil))
        if !profile.sharesOthers, !layout.name.hasPrefix("sqlite_") {
          findings.append(DatabaseProfile.stranger(layout.name, origin: name))
        }
      }
    }
    return (jobs, findings)
  }

  func misfit(
    _ error: QueryError, _ part: String, _ profile: DatabaseProfile
  ) -> OriginError {
    OriginError(QueryError(error.code, profile.misfit(part, error.message)), origin: name)
  }

  /// See ``RowOrigin/ask(_:_:columnCount:maximumRowCount:_:)``.
  package func ask(
    _ sql: String, _ part: String, columnCount: Int, maximumRowCount: Int,
    _ body: ([[UInt8]?]) -> String?
  ) throws {
    guard let source, let profile else { preconditionFailure("the origin is open") }
    do throws(QueryError) {
      try source.query(sql, parameters: used(in: sql), maximumRowCount: maximumRowCount) {
        row throws(QueryError) in
        if let refusal = body((0..<columnCount).map { row.utf8($0) }) {
          throw QueryError(.refused, refusal)
        }
      }
    } catch { throw misfit(error, part, profile) }
  }

  /// A table with rows of people of these hosts; nil if there is none.
  package func tableOfPeople(on hosts: [String]) throws -> String? {
    guard let source, let profile else { preconditionFailure("the origin is open") }
    let table = OwnerTable(accounts: [], localHosts: hosts)
    for job in remaining.reversed() {
      guard let expression = job.expression else { continue }
      do throws(QueryError) {
        var cursor = try source.rows(of: job.layout, owner: expression)
        var row = cursor.makeRow()
        while try cursor.step(into: &row) {
          if table.owner(of: row.owner) == .remains { return job.layout.name }
        }
      } catch { throw misfit(error, "table \(job.layout.name)", profile) }
    }
    return nil
  }

  private func used(in sql: String) -> [String: String] {
    parameters.filter { sql.contains($0.key) }
  }

  /// See ``RowOrigin/begin(owners:bornAt:plans:pageHash:)``.
  package func begin(
    owners: OwnerTable, bornAt: [AccountNumber: Int64], plans: [String: SegmentPlan],
    pageHash: UniversalHash?
  ) {
    scan = TableScan(
      origin: name, owners: owners, bornAt: bornAt, plans: plans, pageHash: pageHash)
    guard !bornAt.isEmpty else { return }
    remaining = remaining.map { job in
      var job = job
      job.expression?.since = job.since
      return job
    }
  }

  /// The next segment, or nil after the last.
  package func nextSegment() throws -> ScannedSegment? {
    guard let source, scan != nil else { preconditionFailure("the scan has begun") }
    do {
      while true {
        if let segment = try scan?.next(from: source) { return segment }
        guard let job = remaining.popLast() else { return scan?.finish().map { .read($0) } }
        if let segment = try scan?.begin(job, in: source) { return .read(segment) }
      }
    } catch { throw OriginError(error, origin: name) }
  }

  /// Rows of accounts that no longer exist, seen so far and left out.
  package var remainsCount: Int { scan?.remainsCount ?? 0 }

  /// Ends the read transaction.
  package func close() {
    scan = nil
    source = nil
  }
}
