/// The statements that make tables and indexes with the right pages but without meaning.
///
/// A bare table has no types, constraints or defaults, so no value is changed or refused on its way
/// in; its rows are stored exactly as those of the real one. The real text is put in its place
/// afterwards.
enum BareDefinition {
  /// The temporary name of a table.
  static func tableName(_ table: Int) -> String { "t\(table)" }

  /// The temporary name of an index.
  static func indexName(_ table: Int, _ index: Int) -> String { "i\(table)_\(index)" }

  static func createTable(_ layout: TableLayout, _ table: Int) -> String {
    var parts = layout.columns.indices.map { position in
      position == layout.aliasPosition ? "c\(position) INTEGER PRIMARY KEY" : "c\(position)"
    }
    guard case .withoutRowid(let key) = layout.kind else {
      return "CREATE TABLE \(tableName(table))(\(parts.joined(separator: ", ")))"
    }
    parts.append("PRIMARY KEY(\(list(key)))")
    return
      "CREATE TABLE \(tableName(table))(\(parts.joined(separator: ", "))) WITHOUT ROWID"
  }

  /// An ordinary index with the same content; or an empty one, if only the real text tells the
  /// content.
  static func createIndex(_ layout: TableLayout, _ table: Int, _ index: Int) -> String {
    let head = "CREATE INDEX \(indexName(table, index)) ON \(tableName(table))"
    guard let key = layout.indexes[index].key else { return "\(head)(c0) WHERE 0" }
    return "\(head)(\(list(key)))"
  }

  static func insert(_ layout: TableLayout, _ table: Int) -> String {
    let positions = layout.columns.indices.filter { $0 != layout.aliasPosition }
    let columns = (layout.hasRowid ? ["rowid"] : []) + positions.map { "c\($0)" }
    let marks = Array(repeating: "?", count: columns.count)
    return """
      INSERT INTO \(tableName(table))(\(columns.joined(separator: ", "))) \
      VALUES (\(marks.joined(separator: ", ")))
      """
  }

  private static func list(_ key: [KeyColumn]) -> String {
    key.map { column in
      let order = column.isDescending ? " DESC" : ""
      return "c\(column.position) COLLATE \(column.collation.rawValue)\(order)"
    }.joined(separator: ", ")
  }
}
