/// Reads a database's schema through a connection whose transaction, if any, is already open.
struct SchemaReader {
  let connection: Connection
  let schemaFormat: Int

  /// Reads everything but the rows.
  ///
  /// - Throws: `refused` for what cannot be rebuilt exactly, by name.
  func read() throws(QueryError) -> DatabaseSchema {
    let encoding = try self.encoding()
    let objects = try self.objects(encoding)
    var tables: [TableLayout] = []
    for object in objects where object.kind == .table && object.hasStorage {
      tables.append(try layout(of: object.name, objects))
    }
    try checkIndexes(objects, tables)
    let autoVacuum = UInt8(clamping: try connection.integer("PRAGMA main.auto_vacuum") ?? 0)
    return DatabaseSchema(
      pageByteCount: Int(try connection.integer("PRAGMA main.page_size") ?? 0),
      encoding: encoding,
      autoVacuum: AutoVacuum(rawValue: autoVacuum) ?? .none,
      schemaFormat: schemaFormat,
      userVersion: Int32(
        truncatingIfNeeded: try connection.integer("PRAGMA main.user_version") ?? 0),
      applicationID: Int32(
        truncatingIfNeeded: try connection.integer("PRAGMA main.application_id") ?? 0),
      isWAL: try connection.lines("PRAGMA main.journal_mode").first == "wal",
      objects: objects, tables: tables)
  }

  private func encoding() throws(QueryError) -> TextEncoding {
    let name = try connection.lines("PRAGMA main.encoding").first ?? ""
    guard let encoding = TextEncoding(pragmaName: name) else {
      throw QueryError(.refused, "\(connection.path) has an unknown text encoding \(name).")
    }
    return encoding
  }

  private func objects(_ encoding: TextEncoding) throws(QueryError) -> [SchemaObject] {
    var statement = try connection.prepare(
      "SELECT type, name, tbl_name, rootpage, sql FROM main.sqlite_schema ORDER BY rowid",
      "reading the schema")
    var objects: [SchemaObject] = []
    while try statement.step("reading the schema") {
      guard let kind = SchemaObject.Kind(rawValue: statement.text(0)) else {
        throw refusal("the schema has an entry of unknown type \(statement.text(0))")
      }
      if encoding != .utf8 { try checkWellFormed(statement, encoding) }
      objects.append(
        SchemaObject(
          kind: kind, name: try name(statement.utf8(1)), tableName: try name(statement.utf8(2)),
          sql: statement.isNull(4) ? nil : statement.utf8(4), hasStorage: statement.integer(3) > 0))
    }
    return objects
  }

  /// Makes sure that text which SQLite converts to UTF-8 for us can be converted back.
  private func checkWellFormed(
    _ statement: borrowing Statement, _ encoding: TextEncoding
  ) throws(QueryError) {
    for column in [1, 2, 4] {
      let stored = statement.storedBytes(column)
      let units = stride(from: 0, to: stored.count - 1, by: 2).map { index in
        encoding == .utf16LittleEndian
          ? UInt16(stored[index]) | UInt16(stored[index + 1]) << 8
          : UInt16(stored[index]) << 8 | UInt16(stored[index + 1])
      }
      guard stored.count % 2 == 0, String(validating: units, as: UTF16.self) != nil else {
        throw refusal("the schema entry of \(statement.text(1)) is not well-formed UTF-16")
      }
    }
  }

  /// A name as a string; malformed ones cannot be written in a statement.
  private func name(_ bytes: [UInt8]) throws(QueryError) -> String {
    guard let name = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw refusal("the name \(String(decoding: bytes, as: UTF8.self)) is not well-formed text")
    }
    return name
  }

  private func layout(
    of table: String, _ objects: [SchemaObject]
  ) throws(QueryError) -> TableLayout {
    let columns = try self.columns(of: table)
    let stored = columns.filter { $0.isStored }
    var positions: [Int: Int] = [:]
    for (position, column) in stored.enumerated() { positions[column.number] = position }
    let isPartial = try partialIndexes(of: table)
    var indexes: [IndexLayout] = []
    for object in objects where object.kind == .index && object.hasStorage {
      guard let isPartial = isPartial[Array(object.name.utf8)] else { continue }
      let key = isPartial ? nil : try self.key(of: object.name, positions, withTail: true)
      indexes.append(IndexLayout(name: object.name, key: key))
    }
    return TableLayout(
      name: table, kind: try kind(of: table, columns, positions),
      columns: stored.map { StoredColumn(name: $0.name, isGenerated: $0.isGenerated) },
      indexes: indexes)
  }

  private struct Column {
    var number: Int
    var name: String
    var isInPrimaryKey: Bool
    var isStored: Bool
    var isGenerated: Bool
  }

  private func columns(of table: String) throws(QueryError) -> [Column] {
    var statement = try connection.prepare(
      "PRAGMA main.table_xinfo(\(SQLText.literal(table)))", "reading the columns of \(table)")
    var columns: [Column] = []
    while try statement.step("reading the columns of \(table)") {
      // hidden: 0 ordinary, 2 generated, 3 generated and stored.
      let hidden = statement.integer(6)
      columns.append(
        Column(
          number: Int(statement.integer(0)), name: try name(statement.utf8(1)),
          isInPrimaryKey: statement.integer(5) > 0, isStored: hidden == 0 || hidden == 3,
          isGenerated: hidden == 3))
    }
    return columns
  }

  /// The names of a table's indexes, and whether each is partial.
  private func partialIndexes(of table: String) throws(QueryError) -> [[UInt8]: Bool] {
    var statement = try connection.prepare(
      "PRAGMA main.index_list(\(SQLText.literal(table)))", "reading the indexes of \(table)")
    var found: [[UInt8]: Bool] = [:]
    while try statement.step() { found[statement.utf8(1)] = statement.integer(4) != 0 }
    return found
  }

  private func hasPrimaryKeyIndex(_ table: String) throws(QueryError) -> Bool {
    var statement = try connection.prepare("PRAGMA main.index_list(\(SQLText.literal(table)))")
    while try statement.step() {
      if statement.text(3) == "pk" { return true }
    }
    return false
  }

  /// The key columns of an index; `nil` if one of them is computed, or not stored.
  ///
  /// In a table without rowid, the tail of an index is the primary key. It is taken from here since
  /// its order differs between the index of a constraint and one that was created by itself. Given
  /// the name of a table without rowid, SQLite answers with its primary key, and for any other
  /// table with nothing.
  private func key(
    of index: String, _ positions: [Int: Int], withTail: Bool
  ) throws(QueryError) -> [KeyColumn]? {
    var statement = try connection.prepare("PRAGMA main.index_xinfo(\(SQLText.literal(index)))")
    var key: [KeyColumn] = []
    while try statement.step() {
      let isKey = statement.integer(5) != 0
      guard isKey || withTail && statement.integer(1) >= 0 else { continue }
      guard let position = positions[Int(statement.integer(1))] else { return nil }
      guard let collation = Collation(rawValue: statement.text(4).uppercased()) else {
        throw refusal(
          """
          the index or primary key \(index) compares text by \(statement.text(4)), \
          which this library does not know
          """)
      }
      key.append(
        KeyColumn(
          position: position, collation: collation, isDescending: statement.integer(3) != 0))
    }
    return key
  }

  private func kind(
    of table: String, _ columns: [Column], _ positions: [Int: Int]
  ) throws(QueryError) -> TableLayout.Kind {
    if let key = try key(of: table, positions, withTail: false), !key.isEmpty {
      return .withoutRowid(key: key)
    }
    let primary = columns.filter { $0.isInPrimaryKey }
    if let alias = primary.first, primary.count == 1, try !hasPrimaryKeyIndex(table) {
      // A primary key that needs no index is the rowid itself.
      return .rowid(name: alias.name, aliasPosition: positions[alias.number])
    }
    let taken = Set(columns.map { $0.name.lowercased() })
    guard let free = ["rowid", "_rowid_", "oid"].first(where: { !taken.contains($0) }) else {
      throw refusal(
        "the columns of table \(table) hide all three names of its rowid, which cannot be read")
    }
    return .rowid(name: free, aliasPosition: nil)
  }

  private func checkIndexes(
    _ objects: [SchemaObject], _ tables: [TableLayout]
  ) throws(QueryError) {
    let known = Set(tables.flatMap { $0.indexes.map { Array($0.name.utf8) } })
    for object in objects where object.kind == .index {
      guard object.hasStorage, known.contains(Array(object.name.utf8)) else {
        throw refusal("the index \(object.name) belongs to no table")
      }
    }
  }

  private func refusal(_ reason: String) -> QueryError {
    QueryError(
      .refused,
      """
      \(connection.path) cannot be backed up exactly: \(reason); \
      change that object, or leave the database out.
      """)
  }
}
