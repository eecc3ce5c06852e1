import CSQLite

/// SQLite's own checks, answered as lines that can be compared between a source and its
/// restoration.
struct Verification {
  let connection: Connection

  /// The most findings that are reported.
  private static let maximumFindingCount = 100

  func integrityCheck() throws(QueryError) -> [String] {
    do {
      return try connection.lines("PRAGMA main.integrity_check(\(Self.maximumFindingCount))")
    } catch let error where error.code == .failed {
      // A constraint that calls a function of the server's cannot be checked here, nor there.
      return [String(cString: sqlite3_errmsg(connection.handle))]
    }
  }

  func foreignKeyCheck() throws(QueryError) -> [String] {
    var statement = try connection.prepare(
      "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name")
    var lines: [String] = []
    while try statement.step() { lines += try foreignKeyCheck(statement.text(0)) }
    return lines
  }

  /// A parent that is not unique is an error to SQLite; here it is a line like any other.
  private func foreignKeyCheck(_ table: String) throws(QueryError) -> [String] {
    var lines: [String] = []
    do {
      var check = try connection.prepare(
        "PRAGMA main.foreign_key_check(\(SQLText.literal(table)))")
      while try check.step() {
        let rowid = check.isNull(1) ? "NULL" : String(check.integer(1))
        lines.append("\(check.text(0))|\(rowid)|\(check.text(2))|\(check.integer(3))")
      }
    } catch let error where error.code == .failed {
      lines.append("\(table): \(String(cString: sqlite3_errmsg(connection.handle)))")
    }
    return lines
  }
}
