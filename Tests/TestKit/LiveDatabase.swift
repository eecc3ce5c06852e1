import CSQLite

/// A connection of the server whose database is backed up, or of somebody who compares two.
package final class LiveDatabase {
  private let handle: OpaquePointer?
  private let path: String

  /// Opens or makes the database at a path.
  package init(_ path: String) throws {
    var handle: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(path, &handle, flags, nil)
    self.handle = handle
    self.path = path
    guard code == SQLITE_OK else { throw TestKitError("cannot open \(path): \(code)") }
    sqlite3_busy_timeout(handle, 5_000)
  }

  deinit { sqlite3_close_v2(handle) }

  /// Runs statements that give nothing back.
  package func execute(_ sql: String) throws {
    var message: UnsafeMutablePointer<CChar>?
    let code = sqlite3_exec(handle, sql, nil, nil, &message)
    defer { sqlite3_free(message) }
    guard code == SQLITE_OK else {
      let reason = message.map { String(cString: $0) } ?? "error \(code)"
      throw TestKitError("\(path): \(reason) in \(sql.prefix(200))")
    }
  }

  /// The rows of a query, every value as SQLite writes it.
  package func rows(_ sql: String) throws -> [[String]] {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
    defer { sqlite3_finalize(statement) }
    guard code == SQLITE_OK else {
      throw TestKitError("\(path): \(String(cString: sqlite3_errmsg(handle))) in \(sql)")
    }
    var rows: [[String]] = []
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_DONE: return rows
      case SQLITE_ROW:
        rows.append(
          (0..<sqlite3_column_count(statement)).map { index in
            guard let text = sqlite3_column_text(statement, index) else { return "NULL" }
            return String(cString: text)
          })
      default: throw TestKitError("\(path): \(String(cString: sqlite3_errmsg(handle)))")
      }
    }
  }

  /// The single number that a query gives.
  package func number(_ sql: String) throws -> Int {
    guard let text = try rows(sql).first?.first, let number = Int(text) else {
      throw TestKitError("\(path): \(sql) gives no number")
    }
    return number
  }
}
