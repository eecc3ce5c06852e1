import CSQLite
import Glibc

/// A database opened for reading in one transaction, so that everything read belongs together.
///
/// One thread at a time may use it and its cursors. The snapshot ends, and the file is closed, when
/// the database and its last cursor are gone.
package final class SourceDatabase {
  /// Whether somebody else may be using the file.
  package enum Access: Sendable {
    /// A server may be running: the file must use a write-ahead log.
    case live
    /// The file is ours alone and does not change; nothing is locked or created.
    case atRest
  }

  /// The file's path, symbolic links resolved.
  package let path: String

  /// The encoding of all text.
  package let encoding: TextEncoding

  /// The header as it was just before the file was opened.
  package let header: DatabaseHeader

  let connection: Connection
  let hooks: ReadingHooks
  /// The pages of the snapshot; nil where only SQLite can tell what it sees.
  private let pages: PageReader?

  /// The most that SQLite keeps of the file in memory.
  private static let cacheKibibyteCount = 16 * 1024

  /// How long to wait for another connection that is recovering or closing the log.
  private static let waitMilliseconds: Int32 = 5_000

  /// Opens the file at a path and takes its snapshot.
  ///
  /// Opened `live` by root, the file is opened as its owner, so that nothing beside it becomes
  /// root's.
  ///
  /// - Throws: `missing`, `damaged`, `busy`, and `refused` where reading could harm the server.
  package init(path: String, access: Access = .live) throws(QueryError) {
    self.path = try Self.resolved(path)
    header = try DatabaseHeader.read(path: self.path)
    var identity: FileIdentity?
    if access == .atRest { try Self.checkQuiet(self.path) }
    if access == .live {
      try Self.checkVersions(header, self.path)
      identity = try ReadPermission(path: self.path).identity(path: self.path)
    }
    let hooks = ReadingHooks()
    var opened: Opened?
    let resolved = self.path
    let open = { () throws(QueryError) in
      opened = try Self.open(resolved, access, hooks, identity)
    }
    if let identity { try identity.run(open) } else { try open() }
    guard let opened else { preconditionFailure("opening neither failed nor succeeded") }
    (connection, encoding) = (opened.connection, opened.encoding)
    self.hooks = hooks
    pages = opened.moment.flatMap { [header] moment in
      PageReader(opened.connection, hooks, at: moment, pageByteCount: header.pageByteCount)
    }
  }

  /// Asked about once a millisecond; `true` makes what is running stop with `cancelled`.
  package var shouldStop: (() -> Bool)? {
    get { hooks.shouldStop }
    set { hooks.shouldStop = newValue }
  }

  /// Seconds that one row, and all the rows of one table or query, may take.
  package var limits: (row: Int, statement: Int) {
    get { hooks.limits }
    set { hooks.limits = newValue }
  }

  private static func resolved(_ path: String) throws(QueryError) -> String {
    guard let resolved = realpath(path, nil) else {
      throw SystemFailure.error("cannot find", path, errno)
    }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func checkVersions(
    _ header: DatabaseHeader, _ path: String
  ) throws(QueryError) {
    guard header.readVersion <= 2, header.writeVersion <= 2 else {
      throw QueryError(
        .refused,
        "\(path) has a format newer than this SQLite library; update the library.")
    }
    guard header.isWAL else {
      throw QueryError(
        .refused,
        """
        \(path) uses a rollback journal, so reading it can make the server lose writes; once: \
        stop the server, as the file's owner run sqlite3 \(path) 'PRAGMA journal_mode=WAL', \
        and start the server.
        """)
    }
  }

  /// Makes sure that nothing beside the file belongs to its content, since `immutable` would miss
  /// it.
  private static func checkQuiet(_ path: String) throws(QueryError) {
    for log in ["\(path)-wal", "\(path)-journal"] {
      var status = stat()
      guard stat(log, &status) == 0, status.st_size > 0 else { continue }
      throw QueryError(
        .refused,
        "\(path) is not at rest, for \(log) has more of its content; close whatever uses it.")
    }
  }

  private struct Opened {
    let connection: Connection
    let encoding: TextEncoding
    /// What of the log the transaction sees, if that is known.
    let moment: LogIndex.Moment?
  }

  private static func open(
    _ path: String, _ access: Access, _ hooks: ReadingHooks, _ identity: FileIdentity?
  ) throws(QueryError) -> Opened {
    let connection = try Connection(
      path: path, mode: access == .live ? .live : .immutable, hooks: hooks, identity: identity)
    sqlite3_busy_timeout(connection.handle, waitMilliseconds)
    try connection.configure(SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)
    // Otherwise a misspelt column in double quotes is a string.
    try connection.configure(SQLITE_DBCONFIG_DQS_DML, false)
    try connection.execute(
      """
      PRAGMA query_only=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;
      PRAGMA cache_size=-\(cacheKibibyteCount)
      """, "opening it for reading")
    let moment = try begin(connection, access)
    let mode = try connection.lines("PRAGMA main.journal_mode").first ?? ""
    guard access == .atRest || mode == "wal" else {
      throw QueryError(
        .refused, "\(path) left its write-ahead log while being opened (\(mode)); try again.")
    }
    let name = try connection.lines("PRAGMA main.encoding").first ?? ""
    guard let encoding = TextEncoding(pragmaName: name) else {
      throw QueryError(.refused, "\(path) has an unknown text encoding \(name).")
    }
    return Opened(connection: connection, encoding: encoding, moment: moment)
  }

  /// Begins the transaction, which it does with its first read.
  private static func begin(
    _ connection: Connection, _ access: Access
  ) throws(QueryError) -> LogIndex.Moment? {
    let begin = { () throws(QueryError) in
      try connection.execute("BEGIN")
      _ = try connection.integer("SELECT count(*) FROM main.sqlite_schema")
    }
    try begin()
    // A connection that has read the database has the log open, and its index.
    guard access == .live, try connection.lines("PRAGMA main.journal_mode").first == "wal",
      let index = LogIndex(connection)
    else { return nil }
    let end = { () throws(QueryError) in try connection.execute("COMMIT") }
    try end()
    return try index.whileStill(begin: begin, end: end)
  }

  /// Reads everything about the database except its rows.
  ///
  /// - Throws: `refused` for what cannot be read or rebuilt exactly, by name.
  package func schema() throws(QueryError) -> DatabaseSchema {
    var schema = try SchemaReader(
      connection: connection, schemaFormat: header.schemaFormat
    ).read()
    // A file opened as immutable answers with another mode than the one it has.
    schema.isWAL = header.isWAL
    return schema
  }

  /// Reads the rows of a table in the order of its key.
  ///
  /// With an `owner`, the expression's value becomes the row's owner; with `rowids`, only these
  /// rows are read, unless the table has no rowids.
  package func rows(
    of table: TableLayout, owner: OwnerExpression? = nil, rowids: ClosedRange<Int64>? = nil
  ) throws(QueryError) -> RowCursor {
    try RowCursor(connection, table, owner: owner, rowids: rowids)
  }

  /// Where the rows of a table lie; `nil` if it has no rowids, or its pages cannot be told from outside SQLite.
  ///
  /// `table` is its name in UTF-8: names that look alike are two tables to SQLite, one string to Swift.
  package func tree(of table: [UInt8]) throws(QueryError) -> TableTree? {
    guard let pages else { return nil }
    var statement = try connection.prepare(
      "SELECT rootpage FROM main.sqlite_schema WHERE type = 'table' AND name = ?1")
    try statement.bind(utf8: table, at: 1)
    guard try statement.step(), let root = UInt32(exactly: statement.integer(0)) else { return nil }
    return TableTree(pages, root: root)
  }

  /// The greatest rowid of a table; `nil` if it has no rows or no rowids.
  package func maximumRowid(of table: TableLayout) throws(QueryError) -> Int64? {
    guard case .rowid(let name, _) = table.kind else { return nil }
    let rowid = SQLText.identifier(name)
    return try connection.integer(
      "SELECT max(\(rowid)) FROM main.\(SQLText.identifier(table.name)) NOT INDEXED")
  }

  /// Runs a query that may only read, and hands every row of its answer to `body`.
  ///
  /// - Throws: `failed` if the answer has more than `maximumRowCount` rows, and what `body` throws.
  package func query(
    _ sql: String, parameters: [String: String] = [:], maximumRowCount: Int,
    _ body: (borrowing QueryRow) throws(QueryError) -> Void
  ) throws(QueryError) {
    var statement = try connection.prepareForeign(sql, "preparing the query \(sql)")
    if let name = statement.parameterNames.first(where: { parameters[$0] == nil }) {
      throw QueryError(.missing, "\(path): parameter \(name) of \(sql) has no value; set it.")
    }
    try statement.bind(parameters)
    var count = 0
    while try statement.step() {
      count += 1
      guard count <= maximumRowCount else {
        throw QueryError(
          .failed, "\(path): \(sql) gives more than \(maximumRowCount) rows; narrow the query.")
      }
      try body(QueryRow(statement))
    }
  }

  /// Makes sure that an owner expression fits a table, without reading a row.
  ///
  /// - Throws: `missing` if the table or a column that the expression names is not there.
  package func check(owner: OwnerExpression, table: TableLayout) throws(QueryError) {
    do {
      _ = try rows(of: table, owner: owner)
    } catch let error where error.code == .failed {
      throw QueryError(
        .missing,
        """
        \(error.message) The expression \(owner.sql) does not fit table \(table.name) of \(path); \
        correct the profile, or choose the one for this schema.
        """)
    }
  }

  /// The lines of SQLite's integrity check: `ok` alone, or what it found.
  package func integrityCheck() throws(QueryError) -> [String] {
    try Verification(connection: connection).integrityCheck()
  }

  /// One line for every row whose foreign key leads nowhere.
  package func foreignKeyCheck() throws(QueryError) -> [String] {
    try Verification(connection: connection).foreignKeyCheck()
  }
}
