import CSQLite

/// A database on its way from bare tables to the real schema, in a file or in memory.
final class DraftDatabase {
  let connection: Connection
  let schema: DatabaseSchema

  /// The most that SQLite keeps in memory for pages, and again while it sorts the keys of an index.
  ///
  /// Rows come in order, so more pages help nothing, and longer runs to sort miss the processor's
  /// caches.
  private static let cacheKibibyteCount = 16 * 1024

  /// Makes the bare tables and leaves the transaction open for their rows.
  init(_ connection: Connection, _ schema: DatabaseSchema) throws(QueryError) {
    self.connection = connection
    self.schema = schema
    try connection.configure(SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)
    try connection.configure(SQLITE_DBCONFIG_LEGACY_FILE_FORMAT, schema.schemaFormat < 4)
    try connection.execute(
      """
      PRAGMA page_size=\(schema.pageByteCount);
      PRAGMA encoding='\(schema.encoding.pragmaName)';
      PRAGMA auto_vacuum=\(schema.autoVacuum.rawValue);
      PRAGMA locking_mode=EXCLUSIVE;
      PRAGMA journal_mode=OFF;
      PRAGMA synchronous=OFF;
      PRAGMA foreign_keys=OFF;
      PRAGMA mmap_size=0;
      PRAGMA cache_size=-\(Self.cacheKibibyteCount);
      BEGIN
      """, "preparing the new file")
    for (number, table) in schema.tables.enumerated() {
      try connection.execute(
        BareDefinition.createTable(table, number), "creating table \(table.name)")
    }
  }

  /// Makes the indexes, puts the real schema in place, and makes sure that it reads back the same.
  func complete() throws(QueryError) {
    for (number, table) in schema.tables.enumerated() {
      for index in table.indexes.indices {
        try connection.execute(
          BareDefinition.createIndex(table, number, index),
          "creating index \(table.indexes[index].name)")
      }
    }
    try connection.execute("PRAGMA writable_schema=ON")
    try replaceSchema(roots: rootPages())
    // RESET makes the connection read the schema anew, as any later one will.
    try connection.execute(
      """
      PRAGMA user_version=\(schema.userVersion); PRAGMA application_id=\(schema.applicationID);
      COMMIT; PRAGMA writable_schema=RESET
      """, "committing the schema")
    try checkSchema()
    try fillComputedIndexes()
  }

  /// The first pages of the bare objects by their temporary names.
  private func rootPages() throws(QueryError) -> [String: Int64] {
    var statement = try connection.prepare("SELECT name, rootpage FROM main.sqlite_schema")
    var pages: [String: Int64] = [:]
    while try statement.step() { pages[statement.text(0)] = statement.integer(1) }
    return pages
  }

  /// The temporary names of the objects with storage, by kind and real name.
  private func temporaryNames() -> [[UInt8]: String] {
    var names: [[UInt8]: String] = [:]
    for (number, table) in schema.tables.enumerated() {
      names[Self.key(.table, table.name)] = BareDefinition.tableName(number)
      for (index, layout) in table.indexes.enumerated() {
        names[Self.key(.index, layout.name)] = BareDefinition.indexName(number, index)
      }
    }
    return names
  }

  private static func key(_ kind: SchemaObject.Kind, _ name: String) -> [UInt8] {
    Array(kind.rawValue.utf8) + [0] + Array(name.utf8)
  }

  private func replaceSchema(roots: [String: Int64]) throws(QueryError) {
    let names = temporaryNames()
    try connection.execute("DELETE FROM main.sqlite_schema", "replacing the schema")
    var statement = try connection.prepare(
      "INSERT INTO main.sqlite_schema(type, name, tbl_name, rootpage, sql) VALUES (?,?,?,?,?)")
    for object in schema.objects {
      var root: Int64 = 0
      if object.hasStorage {
        guard let name = names[Self.key(object.kind, object.name)], let page = roots[name] else {
          throw QueryError(
            .damaged, "the schema lists \(object.kind.rawValue) \(object.name) without its layout.")
        }
        root = page
      }
      try statement.bind(utf8: Array(object.kind.rawValue.utf8), at: 1)
      try statement.bind(utf8: Array(object.name.utf8), at: 2)
      try statement.bind(utf8: Array(object.tableName.utf8), at: 3)
      try statement.bind(root, at: 4)
      if let sql = object.sql {
        try statement.bind(utf8: sql, at: 5)
      } else {
        try statement.bindNull(at: 5)
      }
      _ = try statement.step("writing the schema entry of \(object.name)")
      statement.reset()
    }
  }

  private func checkSchema() throws(QueryError) {
    var result = try SchemaReader(
      connection: connection, schemaFormat: schema.schemaFormat
    ).read()
    result.isWAL = schema.isWAL
    if result == schema { return }
    let table = zip(schema.tables, result.tables).first { $0 != $1 }?.0.name
    let object = zip(schema.objects, result.objects).first { $0 != $1 }?.0.name
    throw QueryError(
      .refused,
      "\(connection.path): \(table ?? object ?? "the schema") does not come back as it was.")
  }

  /// Fills the indexes over expressions, with conditions, or over columns that are not stored.
  private func fillComputedIndexes() throws(QueryError) {
    for index in schema.tables.flatMap(\.indexes) where index.key == nil {
      // With the schema's name in front, a name is never taken for that of a collation.
      try connection.execute(
        "REINDEX main.\(SQLText.identifier(index.name))", "creating index \(index.name)")
    }
  }
}
