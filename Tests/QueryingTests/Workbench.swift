import CSQLite
import Glibc

/// An SQLite handle that knows nothing of the code under test, to make and examine databases with.
final class Workbench {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  let path: String
  private let handle: OpaquePointer

  init(_ path: String) throws {
    var opened: OpaquePointer?
    let code = sqlite3_open(path, &opened)
    guard let opened, code == SQLITE_OK else { throw Failure(description: "cannot open \(path)") }
    self.path = path
    handle = opened
    sqlite3_busy_timeout(handle, 5_000)
  }

  deinit { sqlite3_close_v2(handle) }

  func run(_ sql: String) throws {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
      throw Failure(description: "\(String(cString: sqlite3_errmsg(handle))): \(sql)")
    }
  }

  /// Switches an option of the connection, such as the old file format.
  func configure(_ option: Int32, _ isOn: Bool) {
    csqlite_configure(handle, option, isOn ? 1 : 0)
  }

  /// Defines a function and a collation that no other connection has.
  func defineForeign(function: String, collation: String) {
    sqlite3_create_function_v2(
      handle, function, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nil,
      { context, _, _ in sqlite3_result_int(context, 1) }, nil, nil, nil)
    sqlite3_create_collation_v2(
      handle, collation, SQLITE_UTF8, nil, { _, _, _, _, _ in 0 }, nil)
  }

  /// Every row of an answer as one line: the storage class and the exact bits or bytes of each
  /// value.
  func lines(_ sql: String) throws -> [String] {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
      throw Failure(description: "\(String(cString: sqlite3_errmsg(handle))): \(sql)")
    }
    defer { sqlite3_finalize(statement) }
    var lines: [String] = []
    var code = sqlite3_step(statement)
    while code == SQLITE_ROW {
      let columns = (0..<sqlite3_column_count(statement)).map { exact(statement, $0) }
      lines.append(columns.joined(separator: "|"))
      code = sqlite3_step(statement)
    }
    guard code == SQLITE_DONE else {
      throw Failure(description: "\(String(cString: sqlite3_errmsg(handle))): \(sql)")
    }
    return lines
  }

  private func exact(_ statement: OpaquePointer?, _ column: Int32) -> String {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_NULL: return "null"
    case SQLITE_INTEGER: return "i\(sqlite3_column_int64(statement, column))"
    case SQLITE_FLOAT:
      return "r\(String(sqlite3_column_double(statement, column).bitPattern, radix: 16))"
    case let kind:
      let base = sqlite3_column_blob(statement, column)
      let count = Int(sqlite3_column_bytes(statement, column))
      let bytes = UnsafeRawBufferPointer(start: base, count: count)
      let hex = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
      return (kind == SQLITE_TEXT ? "t" : "b") + hex.joined()
    }
  }

  /// The names of the tables with rows of their own.
  func tables() throws -> [String] {
    try texts("SELECT name FROM sqlite_schema WHERE type='table' AND rootpage>0", column: 0)
  }

  /// One column of an answer as text.
  func texts(_ sql: String, column: Int32) throws -> [String] {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
      throw Failure(description: "\(String(cString: sqlite3_errmsg(handle))): \(sql)")
    }
    defer { sqlite3_finalize(statement) }
    var texts: [String] = []
    while sqlite3_step(statement) == SQLITE_ROW {
      texts.append(sqlite3_column_text(statement, column).map { String(cString: $0) } ?? "")
    }
    return texts
  }

  /// Everything a reader can see: schema entries, settings, and all rows with their rowids.
  func everything() throws -> [String] {
    var lines = try self.lines(
      "SELECT type, name, tbl_name, rootpage > 0, sql FROM sqlite_schema ORDER BY rowid")
    for setting in [
      "page_size", "encoding", "auto_vacuum", "user_version", "application_id", "journal_mode",
    ] {
      lines += try self.lines("PRAGMA \(setting)").map { "\(setting) \($0)" }
    }
    for table in try tables() {
      // By scalars, since a quote and a combining mark after it are one character.
      let scalars = table.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }
      let name = "\"\(scalars.joined())\""
      // A column may hide a name of the rowid, and not every table has one.
      let all = try? self.lines("SELECT rowid, _rowid_, oid, * FROM \(name) NOT INDEXED")
      let rows = if let all { all } else { try self.lines("SELECT * FROM \(name)") }
      lines += rows.map { "\(table): \($0)" }
    }
    return lines
  }
}
