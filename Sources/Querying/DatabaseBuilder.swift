/// Builds a database file from its schema and rows, so that no query tells it from its source.
///
/// Rows go into bare tables; `finish` then makes the indexes and puts the real schema in place. One
/// thread at a time may use it. A builder that goes away unfinished takes its file with it.
package final class DatabaseBuilder {
  /// The path of the new file.
  package let path: String

  private var inserters: [RowInserter?]
  private var draft: DraftDatabase?
  private let file: UnfinishedFile
  private let numbers: [[UInt8]: Int]
  private var current: RowInserter?

  /// Creates the file, which must not exist, with mode 0600.
  package init(path: String, schema: DatabaseSchema) throws(QueryError) {
    self.path = path
    file = try UnfinishedFile(creating: path)
    draft = try DraftDatabase(Connection(path: path, mode: .writing), schema)
    inserters = Array(repeating: nil, count: schema.tables.count)
    numbers = Dictionary(
      schema.tables.enumerated().map { (Array($1.name.utf8), $0) }, uniquingKeysWith: { $1 })
  }

  /// Builds an empty database of that schema in memory, to learn whether a full one could be built.
  ///
  /// - Throws: `refused`, naming the object that cannot come back exactly.
  package static func rehearse(_ schema: DatabaseSchema) throws(QueryError) {
    do {
      try DraftDatabase(Connection(path: ":memory:", mode: .writing), schema).complete()
    } catch {
      throw QueryError(
        .refused,
        """
        the database could not be restored exactly: \(error.message) \
        Change that object, or leave the database out.
        """)
    }
  }

  /// Makes a table the one that `insert` fills; a table may be begun again later.
  ///
  /// - Throws: `missing` if the schema has no such table.
  package func begin(_ table: String) throws(QueryError) {
    guard let draft else { preconditionFailure("the database is finished") }
    guard let number = numbers[Array(table.utf8)] else {
      throw QueryError(.missing, "\(path): the schema has no table \(table).")
    }
    if let known = inserters[number] {
      current = known
      return
    }
    let inserter = try RowInserter(
      draft.connection, draft.schema.tables[number], number, draft.schema.encoding)
    inserters[number] = inserter
    current = inserter
  }

  /// Adds a row to the table begun last; `values` are those of the layout's `valueColumns`.
  ///
  /// The rowid is ignored for a table without rowids.
  ///
  /// - Throws: `damaged` for a row that does not fit the table or whose key is there already.
  package func insert(
    rowid: Int64, values: UnsafeBufferPointer<RowValue>
  ) throws(QueryError) {
    guard let current else { preconditionFailure("no table was begun") }
    try current.insert(rowid: rowid, values: values)
  }

  /// Makes the indexes, puts the real schema in place, closes the file and makes it durable.
  package func finish() throws(QueryError) {
    guard let draft else { preconditionFailure("the database is finished") }
    current = nil
    inserters.removeAll()
    try draft.complete()
    if draft.schema.isWAL {
      // In exclusive locking mode the log needs no shared memory, and closing removes it.
      let mode = try draft.connection.lines("PRAGMA main.journal_mode=WAL").first
      guard mode == "wal" else {
        throw QueryError(.failed, "\(path) cannot use a write-ahead log (\(mode ?? "no answer")).")
      }
    }
    self.draft = nil
    try file.keep()
  }
}
