/// Reads the system catalogue: what there is, what orders it, and what could not come back.
enum PostgresCatalogue {
  /// The schemas that are not the server's own.
  static let isOurs = """
    n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    """

  /// A table that is nobody's extension's.
  private static let isTable = """
    c.relkind = 'r' AND c.relpersistence <> 't' AND \(isOurs) AND NOT EXISTS (SELECT 1 FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    """

  /// The tables with rows of their own as SQL, for locks.
  static let names = """
    SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE \(isTable)
    """

  /// What a table is called: with its schema, unless that is the one of the connection.
  private static let label =
    "CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname || '.' END || c.relname"

  private static let tables = """
    SELECT c.oid, n.nspname, c.relname,
      \(label),
      (SELECT p.relname FROM pg_class p WHERE p.oid = (
        WITH RECURSIVE up(oid) AS (SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = c.oid
          UNION ALL SELECT i.inhparent FROM pg_inherits i JOIN up ON i.inhrelid = up.oid)
        SELECT up.oid FROM up WHERE NOT EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhrelid = up.oid)
        ORDER BY 1 LIMIT 1))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE \(isTable)
    ORDER BY (\(label))
      COLLATE "C"
    """

  private static let columns = """
    SELECT a.attrelid, a.attname, a.attcollation <> 0, a.attnotnull,
      a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype),
      (SELECT format('%I.%I', sn.nspname, s.relname) FROM pg_depend d
       JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
       JOIN pg_namespace sn ON sn.oid = s.relnamespace
       WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
         AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i')
       ORDER BY s.oid LIMIT 1),
      t.typname IN ('regproc', 'regprocedure', 'regoper', 'regoperator', 'regclass', 'regcollation',
        'regtype', 'regconfig', 'regdictionary', 'regnamespace', 'regrole', '_regclass', '_regtype'),
      a.attnum
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND \(isTable)
    ORDER BY a.attrelid, a.attnum
    """

  /// Indexes that let no two rows have the same key, primary keys first.
  private static let keys = """
    SELECT i.indrelid, array_to_string((i.indkey::int2[])[0:i.indnkeyatts - 1], ' ')
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
      AND i.indexprs IS NULL AND \(isTable)
    ORDER BY i.indrelid, i.indisprimary DESC, i.indexrelid
    """

  private struct Columns {
    var columns: [PostgresColumn] = []
    /// Places in `columns` by the server's numbers.
    var places: [String: Int] = [:]

    mutating func add(_ column: PostgresColumn, _ number: String) {
      places[number] = columns.count
      columns.append(column)
    }
  }

  /// The columns of all tables, by the server's numbers of these.
  private static func columns(
    _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> [String: Columns] {
    var found: [String: Columns] = [:]
    for row in try connection.rows(Self.columns, "reading its columns") {
      guard let table = row[0], let name = row[1], let number = row[7] else { continue }
      if row[6] == "t" {
        throw unexact(
          connection, "column \(name) refers to other objects of the database by their numbers")
      }
      var column = PostgresColumn(name: name)
      column.isText = row[2] == "t"
      column.isFilled = row[3] == "t"
      column.isInteger = row[4] == "t"
      column.sequence = row[5]
      found[table, default: Columns()].add(column, number)
    }
    return found
  }

  /// The keys of all tables, by the server's numbers of these: places in the columns.
  private static func keys(
    _ connection: borrowing PostgresConnection, _ columns: [String: Columns]
  ) throws(PostgresError) -> [String: [[Int]]] {
    var keys: [String: [[Int]]] = [:]
    for row in try connection.rows(Self.keys, "reading its keys") {
      guard let table = row[0], let found = columns[table] else { continue }
      let places = (row[1] ?? "").split(separator: " ").map { found.places[String($0)] }
      let key = places.compactMap { $0 }
      // A generated column has no place.
      guard !key.isEmpty, key.count == places.count,
        key.allSatisfy({ found.columns[$0].isFilled })
      else { continue }
      keys[table, default: []].append(key)
    }
    return keys
  }

  /// The tables with rows of their own, by label.
  static func tables(
    _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> [PostgresTable] {
    let columns = try columns(connection)
    let keys = try keys(connection, columns)
    var tables: [PostgresTable] = []
    for row in try connection.rows(Self.tables, "reading its tables") {
      guard let number = row[0], let schema = row[1], let name = row[2], let label = row[3]
      else { continue }
      guard let found = columns[number]?.columns else {
        throw unexact(connection, "table \(label) has no column that is stored")
      }
      guard tables.last?.label != label else {
        throw unexact(connection, "two tables would be called \(label)")
      }
      tables.append(table(schema, name, label, root: row[4], found, keys[number] ?? []))
    }
    return tables
  }

  private static func table(
    _ schema: String, _ name: String, _ label: String, root: String?, _ columns: [PostgresColumn],
    _ keys: [[Int]]
  ) -> PostgresTable {
    let numbers = columns.indices.filter { columns[$0].isInteger && columns[$0].isFilled }
    let unique = numbers.filter { keys.contains([$0]) }
    let counted = numbers.filter { columns[$0].sequence != nil }
    let number = unique.first { counted.contains($0) } ?? counted.first ?? unique.first
    var table = PostgresTable(
      schema: schema, name: name, label: label, root: root, columns: columns,
      key: number.map { .number($0) } ?? keys.first.map { .columns($0) } ?? .row, highest: nil)
    if let number {
      let column = columns[number]
      table.highest =
        unique.contains(number)
        ? "SELECT max(\(column.sql)) FROM ONLY \(table.sql)"
        : column.sequence.map { "SELECT last_value FROM \($0)" }
    }
    return table
  }

  /// The bytes that each table takes without its indexes, by its label.
  static func byteCounts(
    _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> [String: Int] {
    let rows = try connection.rows(
      """
      SELECT \(label),
        pg_table_size(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE \(isTable)
      """, "asking for the sizes of its tables")
    return Dictionary(
      rows.compactMap { row in
        guard let label = row[0], let count = row[1].flatMap({ Int($0) }) else { return nil }
        return (label, count)
      }, uniquingKeysWith: max)
  }

  /// All sequences but those of extensions.
  static func sequences(
    _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> [PostgresSequence] {
    let names = try connection.rows(
      """
      SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND \(isOurs)
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
          AND d.objid = c.oid AND d.deptype = 'e')
      ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
      """, "reading its sequences")
    var sequences: [PostgresSequence] = []
    for name in names.compactMap({ $0.first ?? nil }) {
      let row = try connection.rows(
        "SELECT last_value, is_called FROM \(name)", "sequence \(name)"
      ).first
      guard let row, let value = row[0].flatMap({ Int64($0) }) else { continue }
      sequences.append(PostgresSequence(sql: name, value: value, isCalled: row[1] == "t"))
    }
    return sequences
  }

  /// The roles that something belongs to or was granted to.
  static func roles(_ connection: borrowing PostgresConnection) throws(PostgresError) -> [String] {
    let rows = try connection.rows(
      """
      SELECT DISTINCT r.rolname FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
      WHERE d.refclassid = 'pg_authid'::regclass AND d.classid <> 'pg_database'::regclass
        AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      ORDER BY 1
      """, "reading its roles")
    return rows.compactMap { $0.first ?? nil }
  }

  /// How to make a database with the same rules for text.
  static func creation(_ connection: borrowing PostgresConnection) throws(PostgresError) -> String {
    // By way of JSON, since the names of the columns change with the versions.
    let row =
      try connection.rows(
        """
        SELECT j->>'datcollate', j->>'datctype', j->>'datlocprovider',
          coalesce(j->>'datlocale', j->>'daticulocale')
        FROM (SELECT to_jsonb(d) AS j FROM pg_database d WHERE datname = current_database()) x
        """, "reading its locale"
      ).first ?? []
    var words = "ENCODING \(SQLName.literal(connection.announced("server_encoding")))"
    if row.count == 4 {
      for (name, value) in zip(["LC_COLLATE", "LC_CTYPE"], row) {
        if let value { words += " \(name) \(SQLName.literal(value))" }
      }
      if let locale = row[3], row[2] == "i" {
        words += " LOCALE_PROVIDER icu ICU_LOCALE \(SQLName.literal(locale))"
      } else if let locale = row[3], row[2] == "b" {
        words += " LOCALE_PROVIDER builtin BUILTIN_LOCALE \(SQLName.literal(locale))"
      }
    }
    return words
  }

  /// Refuses what a file of rows and a schema could not bring back.
  static func refuseWhatIsLost(
    _ connection: borrowing PostgresConnection
  ) throws(PostgresError) {
    let encoding = connection.announced("server_encoding")
    guard ["UTF8", "SQL_ASCII"].contains(encoding) else {
      throw unexact(
        connection, "its encoding is \(encoding), and only UTF8 and SQL_ASCII are known to be exact"
      )
    }
    let count = try connection.value(
      "SELECT count(*) FROM pg_largeobject_metadata", "reading its large objects")
    guard count == "0" else {
      throw unexact(connection, "it has \(count ?? "some") large objects")
    }
    let extensions = try connection.rows(
      "SELECT extname FROM pg_extension WHERE cardinality(extconfig) > 0", "reading its extensions")
    if let name = extensions.first?.first ?? nil {
      throw unexact(connection, "extension \(name) keeps rows in tables of its own")
    }
  }

  private static func unexact(
    _ connection: borrowing PostgresConnection, _ what: String
  ) -> PostgresError {
    PostgresError(
      .refused,
      "\(connection.address): the database could not be restored exactly: \(what). Change that, or "
        + "leave the database out.")
  }

  /// Tables whose rows another server has.
  static func foreignTables(
    _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> [String] {
    try connection.rows(
      """
      SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'f' AND \(isOurs) ORDER BY 1
      """, "reading its foreign tables"
    ).compactMap { $0.first ?? nil }
  }
}
