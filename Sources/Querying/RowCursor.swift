import CSQLite

/// The rows of one table in the order of its key, one at a time and without copying.
package struct RowCursor: ~Copyable {
  private var statement: Statement
  private let hasRowid: Bool
  private let valueCount: Int
  private let table: String
  private let hasSince: Bool

  /// Columns before the first value: the rowid and the owner.
  private static let leadingCount = 2

  /// How the parameters for the bounds begin, apart from those of an owner expression.
  private static let boundPrefix = ":lethe_"

  init(
    _ connection: Connection, _ layout: TableLayout,
    owner: OwnerExpression?, rowids: ClosedRange<Int64>?
  ) throws(QueryError) {
    let sql = Self.query(layout, owner: owner, isBounded: rowids != nil)
    let action = "reading the rows and owners of table \(layout.name)"
    let valueCount = layout.valueColumns.count
    var statement = try connection.prepareForeign(sql, action)
    let hasSince = owner?.since != nil
    let columnCount = Self.leadingCount + valueCount + (hasSince ? 1 : 0)
    guard Int(sqlite3_column_count(statement.handle)) == columnCount else {
      throw QueryError(.failed, "\(connection.path): \(action): the expression is not one value.")
    }
    let parameters = owner?.parameters ?? [:]
    let missing = statement.parameterNames.first { name in
      parameters[name] == nil && !name.hasPrefix(Self.boundPrefix)
    }
    if let name = missing {
      throw QueryError(
        .missing, "\(connection.path): \(action): parameter \(name) has no value; set it.")
    }
    try statement.bind(parameters)
    if let rowids, layout.hasRowid {
      try statement.bind(rowids.lowerBound, to: "\(Self.boundPrefix)first")
      try statement.bind(rowids.upperBound, to: "\(Self.boundPrefix)last")
    }
    self.statement = statement
    self.valueCount = valueCount
    self.hasSince = hasSince
    hasRowid = layout.hasRowid
    table = layout.name
  }

  static func query(_ layout: TableLayout, owner: OwnerExpression?, isBounded: Bool) -> String {
    // The line feed ends a comment in the expression.
    let ownerColumn = owner.map { "(\($0.sql)\n)" } ?? "NULL"
    let values =
      layout.valueColumns.map { SQLText.identifier($0.name) }
      + (owner?.since.map { ["(\($0)\n)"] } ?? [])
    let table = "main.\(SQLText.identifier(layout.name))"
    switch layout.kind {
    case .rowid(let name, _):
      let rowid = SQLText.identifier(name)
      let columns = ([rowid, ownerColumn] + values).joined(separator: ", ")
      let bounds =
        isBounded ? " WHERE \(rowid) BETWEEN \(boundPrefix)first AND \(boundPrefix)last" : ""
      return "SELECT \(columns) FROM \(table) NOT INDEXED\(bounds) ORDER BY \(rowid)"
    case .withoutRowid(let key):
      let columns = (["0", ownerColumn] + values).joined(separator: ", ")
      let order = key.map { column in
        let name = SQLText.identifier(layout.columns[column.position].name)
        return "\(name) COLLATE \(column.collation.rawValue)\(column.isDescending ? " DESC" : "")"
      }
      return "SELECT \(columns) FROM \(table) ORDER BY \(order.joined(separator: ", "))"
    }
  }

  /// Makes room for the rows of this cursor.
  package func makeRow() -> RowView { RowView(valueCount: valueCount) }

  /// Fills `row` with the next row, or returns `false` after the last.
  ///
  /// What `row` pointed to before becomes invalid.
  package mutating func step(into row: inout RowView) throws(QueryError) -> Bool {
    precondition(row.storage.count == valueCount, "a row made by another cursor")
    let handle = statement.handle
    statement.connection.beginRow()
    let code = sqlite3_step(handle)
    guard code == SQLITE_ROW else {
      if code == SQLITE_DONE { return false }
      throw statement.connection.failure("reading the rows of table \(table)", code)
    }
    row.rowid = hasRowid ? sqlite3_column_int64(handle, 0) : 0
    var isComplete = true
    for index in 0..<valueCount {
      let value = sqlite3_column_value(handle, Int32(truncatingIfNeeded: index + 2))
      isComplete = Self.fetch(value, into: &row.storage[index]) && isComplete
    }
    row.owner = Self.owner(sqlite3_column_value(handle, 1))
    if hasSince { row.since = Self.time(handle, Int32(valueCount + Self.leadingCount)) }
    guard isComplete else {
      throw QueryError(
        .failed,
        """
        \(statement.connection.path): a value of table \(table), row \(row.rowid), \
        needs more memory than there is.
        """)
    }
    return true
  }

  /// Reads one value as it is stored; returns `false` if there was no memory for it.
  @inline(__always)
  private static func fetch(_ value: OpaquePointer?, into slot: inout RowValue) -> Bool {
    let kind = RowValue.Kind(rawValue: UInt8(truncatingIfNeeded: sqlite3_value_type(value)))
    switch kind ?? .null {
    case .null: slot = .null
    case .integer: slot = .integer(sqlite3_value_int64(value))
    case .real: slot = .real(sqlite3_value_double(value))
    case .text:
      // Asked for a blob, SQLite gives the bytes of a text without converting or mending them.
      slot = .text(bytes(sqlite3_value_blob(value), value))
      return slot.bytes.baseAddress != nil || sqlite3_value_bytes(value) == 0
    case .blob:
      slot = .blob(bytes(sqlite3_value_blob(value), value))
      return slot.bytes.baseAddress != nil || sqlite3_value_bytes(value) == 0
    }
    return true
  }

  @inline(__always)
  private static func bytes(
    _ base: UnsafeRawPointer?, _ value: OpaquePointer?
  ) -> UnsafeRawBufferPointer {
    guard let base else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(start: base, count: Int(sqlite3_value_bytes(value)))
  }

  private static func time(_ handle: OpaquePointer?, _ column: Int32) -> Int64? {
    sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : sqlite3_column_int64(handle, column)
  }

  private static func owner(_ value: OpaquePointer?) -> UnsafeRawBufferPointer? {
    guard sqlite3_value_type(value) != SQLITE_NULL else { return nil }
    guard let text = sqlite3_value_text(value) else { return nil }
    return UnsafeRawBufferPointer(start: text, count: Int(sqlite3_value_bytes(value)))
  }
}
