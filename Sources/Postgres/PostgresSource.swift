/// A database opened for reading in one transaction, so that everything read belongs together.
///
/// One thread at a time may use it.
package final class PostgresSource {
  /// The database's address, for messages.
  package let address: PostgresAddress
  /// What this source sees, for pg_dump and for another source.
  package let moment: PostgresMoment
  /// The server's version as libpq counts: 150004 is 15.4.
  package let version: Int

  private var connection: PostgresConnection
  /// The time zone that the server's own sessions have.
  private let zone: String

  /// The oldest server whose catalogue is known.
  private static let oldestVersion = 120_000

  /// Seconds without a row after which a query is given up.
  private static let idleSeconds = 600

  /// What a role or the server may have set otherwise, fixed so that values are written exactly and
  /// always alike.
  package static let settings = [
    ("DateStyle", "ISO, YMD"), ("IntervalStyle", "postgres"), ("TimeZone", "UTC"),
    ("extra_float_digits", "3"), ("bytea_output", "hex"), ("lc_monetary", "C"),
    ("xmloption", "content"), ("row_security", "off"),
  ]

  /// Our own bounds on time: a statement ten minutes, a lock one; and none that would end a transaction
  /// that is not to end.
  private static let bounds = """
    SELECT set_config(name, CASE name WHEN 'statement_timeout' THEN '600s'
      WHEN 'lock_timeout' THEN '60s' ELSE '0' END, false) FROM pg_settings
    WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout',
      'idle_session_timeout', 'transaction_timeout')
    """

  /// Opens the database and takes its snapshot, with every table protected from being emptied or
  /// changed in form while it is read.
  ///
  /// - Throws: `unreachable`, `denied`, `missing`, `busy`, and `refused` for what could not come back.
  package convenience init(_ address: PostgresAddress) throws(PostgresError) {
    try self.init(address) { connection throws(PostgresError) in
      try PostgresCatalogue.refuseWhatIsLost(connection)
      return try Self.begin(connection)
    }
  }

  /// Opens the database once more, to see what another source sees as long as that one is open.
  ///
  /// It waits for no lock: what waits for a table waits for the other source, which waits for this one.
  package convenience init(joining moment: PostgresMoment) throws(PostgresError) {
    try self.init(moment.address) { connection throws(PostgresError) in
      try connection.rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "beginning to read")
      try connection.rows(
        "SET TRANSACTION SNAPSHOT \(SQLName.literal(moment.snapshot))", "joining a snapshot")
      try Self.lock(moment.tables, "NOWAIT", connection)
      return moment
    }
  }

  private init(
    _ address: PostgresAddress,
    begin: (borrowing PostgresConnection) throws(PostgresError) -> PostgresMoment
  ) throws(PostgresError) {
    self.address = address
    var connection = try PostgresConnection(address)
    guard connection.version >= Self.oldestVersion else {
      throw PostgresError(
        .refused, "\(address.uri): the server is older than PostgreSQL 12; update it.")
    }
    version = connection.version
    connection.shouldStop = { Task.isCancelled }
    zone = try connection.value("SHOW TimeZone", "asking for the time zone") ?? "UTC"
    for (name, value) in Self.settings {
      try connection.rows(
        "SELECT set_config('\(name)', '\(value)', false)", "setting \(name)")
    }
    try connection.rows(Self.bounds, "bounding the time")
    try connection.exchange(in: connection.announced("server_encoding"))
    moment = try begin(connection)
    self.connection = connection
  }

  /// Begins the transaction, takes the locks, and only then the snapshot: what is emptied by TRUNCATE in
  /// between would be seen as empty.
  private static func begin(
    _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> PostgresMoment {
    let tables = try connection.rows(PostgresCatalogue.names, "reading its tables")
      .compactMap { $0.first ?? nil }.sorted()
    try connection.rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "beginning to read")
    do throws(PostgresError) {
      try lock(tables, "", connection)
    } catch  where error.code == .missing { throw changed(connection) }
    let snapshot = try connection.value("SELECT pg_export_snapshot()", "taking a snapshot")
    let now = try connection.rows(PostgresCatalogue.names, "reading its tables")
      .compactMap { $0.first ?? nil }.sorted()
    guard let snapshot, now == tables else { throw changed(connection) }
    return PostgresMoment(address: connection.place, snapshot: snapshot, tables: tables)
  }

  private static func lock(
    _ tables: [String], _ ending: String, _ connection: borrowing PostgresConnection
  ) throws(PostgresError) {
    guard !tables.isEmpty else { return }
    try connection.rows(
      "LOCK TABLE \(tables.map { "ONLY \($0)" }.joined(separator: ", ")) IN ACCESS SHARE MODE \(ending)",
      "protecting its tables while they are read")
  }

  private static func changed(_ connection: borrowing PostgresConnection) -> PostgresError {
    PostgresError(
      .busy,
      "\(connection.address): a table was made or removed at this moment, as by an update of the server; "
        + "run again when that is done.")
  }

  /// Reads what the database is made of.
  package func schema() throws(PostgresError) -> PostgresSchema {
    PostgresSchema(
      version: version, encoding: connection.announced("server_encoding"),
      creation: try PostgresCatalogue.creation(connection),
      roles: try PostgresCatalogue.roles(connection),
      tables: try PostgresCatalogue.tables(connection),
      sequences: try PostgresCatalogue.sequences(connection))
  }

  /// Tables whose rows another server has, and which a snapshot holds by name only.
  package func foreignTables() throws(PostgresError) -> [String] {
    try PostgresCatalogue.foreignTables(connection)
  }

  /// The bytes that the database takes.
  package func byteCount() throws(PostgresError) -> Int {
    let count = try connection.value(
      "SELECT pg_database_size(current_database())", "asking for its size")
    return count.flatMap { Int($0) } ?? 0
  }

  /// The bytes that each table takes, by its label.
  package func tableByteCounts() throws(PostgresError) -> [String: Int] {
    try PostgresCatalogue.byteCounts(connection)
  }

  /// Fills the parameters of an expression, with `:zone` for the server's time zone.
  private func filled(_ sql: String, _ parameters: [String: String]) -> String {
    SQLName.filled(sql, parameters.merging([":zone": zone]) { given, _ in given })
  }

  /// Proves that expressions over a table are understood.
  package func check(
    owner: String, since: String?, parameters: [String: String], table: PostgresTable
  ) throws(PostgresError) {
    let columns = filled(columns(owner, since), parameters)
    try connection.rows(
      "SELECT \(columns) FROM ONLY \(table.sql) AS \(table.alias) LIMIT 0",
      "the expression for the owner of a row")
  }

  /// The bytes for owner and time, before the values of a row.
  private func columns(_ owner: String?, _ since: String?) -> String {
    let owner = owner.map { "(\($0)\n)::text" } ?? "NULL"
    return "\(owner), " + (since.map { "trunc((\($0)\n)::numeric)" } ?? "NULL")
  }

  /// Whether a table has at most so many rows.
  package func hasAtMost(_ count: Int, rowsOf table: PostgresTable) throws(PostgresError) -> Bool {
    let found = try connection.value(
      "SELECT count(*) FROM (SELECT 1 FROM ONLY \(table.sql) LIMIT \(count + 1)) x",
      "counting the rows of \(table.label)")
    return found.flatMap { Int($0) } ?? 0 <= count
  }

  /// The highest number of a table, where it is cheap to know.
  package func highest(of table: PostgresTable) throws(PostgresError) -> Int64? {
    guard let query = table.highest else { return nil }
    return try connection.value(query, "the numbers of \(table.label)").flatMap { Int64($0) }
  }

  /// Begins to read the rows of a table, or of a part of one, in their order: owner and time, then the values
  /// of `columns`.
  package func begin(
    _ table: PostgresTable, _ part: PostgresTable.Part = .whole, owner: String?, since: String?,
    parameters: [String: String]
  ) throws(PostgresError) {
    let values = table.columns.map { "\(table.alias).\($0.sql)" }.joined(separator: ", ")
    // The time for a whole table; of what does not come at all, ``next(into:of:)`` tells.
    try connection.rows("SET LOCAL statement_timeout = '4h'", "bounding the time")
    try connection.beginCopy(
      """
      SELECT \(filled(columns(owner, since), parameters)), \(values)
      FROM ONLY \(table.sql) AS \(table.alias) WHERE \(table.condition(part)) ORDER BY \(table.order)
      """, "reading table \(table.label)")
  }

  /// Reads the next row of the table begun; false after the last.
  package func next(
    into row: inout CopyRow, of table: PostgresTable
  ) throws(PostgresError) -> Bool {
    if try connection.copied(
      into: &row, seconds: Self.idleSeconds, action: "reading table \(table.label)")
    {
      return true
    }
    try connection.rows("SET LOCAL statement_timeout = '600s'", "bounding the time")
    return false
  }

  /// Reads the answer to a profile's query, row by row.
  package func query(
    _ sql: String, parameters: [String: String], maximumRowCount: Int,
    _ body: (borrowing CopyRow) throws(PostgresError) -> Void
  ) throws(PostgresError) {
    try connection.beginCopy(filled(sql, parameters), "the query")
    var row = CopyRow()
    var count = 0
    while try connection.copied(into: &row, seconds: Self.idleSeconds, action: "the query") {
      count += 1
      guard count <= maximumRowCount else {
        throw PostgresError(
          .refused,
          "\(address.uri): a query of the profile gives more than \(maximumRowCount) rows; correct it."
        )
      }
      try body(row)
    }
  }

  /// The addresses of owners that an expression gives for a table, and in the third value how many rows
  /// each has.
  package func owners(
    of table: PostgresTable, _ owner: String?, parameters: [String: String],
    _ body: (borrowing CopyRow) throws(PostgresError) -> Void
  ) throws(PostgresError) {
    try query(
      """
      SELECT \(columns(owner, nil)), count(*) FROM ONLY \(table.sql) AS \(table.alias) GROUP BY 1
      """,
      parameters: parameters, maximumRowCount: .max, body)
  }
}
