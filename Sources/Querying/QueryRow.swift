import CSQLite

/// One row of a query's answer, valid while its closure runs; columns count from 0.
package struct QueryRow: ~Copyable {
  fileprivate let handle: OpaquePointer

  init(_ statement: borrowing Statement) { handle = statement.handle }

  /// The number of columns.
  package var columnCount: Int { Int(sqlite3_column_count(handle)) }

  /// Whether a column is NULL.
  package func isNull(_ column: Int) -> Bool {
    sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL
  }

  /// A column as an integer; `nil` for NULL.
  package func integer(_ column: Int) -> Int64? {
    isNull(column) ? nil : sqlite3_column_int64(handle, Int32(column))
  }

  /// A column as UTF-8, malformed text as it is stored; `nil` for NULL.
  package func utf8(_ column: Int) -> [UInt8]? {
    guard let text = sqlite3_column_text(handle, Int32(column)) else { return nil }
    let count = Int(sqlite3_column_bytes(handle, Int32(column)))
    return Array(UnsafeBufferPointer(start: text, count: count))
  }

  /// A column as a string, malformed parts replaced; `nil` for NULL.
  package func text(_ column: Int) -> String? {
    utf8(column).map { String(decoding: $0, as: UTF8.self) }
  }
}
