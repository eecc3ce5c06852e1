import CSQLite

/// A compiled statement, finalized with its last use.
struct Statement: ~Copyable {
  let handle: OpaquePointer
  let connection: Connection

  deinit { sqlite3_finalize(handle) }

  /// Moves to the next row, or says that there is none.
  mutating func step(_ action: @autoclosure () -> String = "") throws(QueryError) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE { return false }
    let named = action()
    throw connection.failure(named.isEmpty ? "running \(sql)" : named, code)
  }

  /// Makes the statement ready to run again; its error, if any, was reported by the step.
  mutating func reset() { sqlite3_reset(handle) }

  /// The statement's own text.
  var sql: String { sqlite3_sql(handle).map { String(cString: $0) } ?? "a statement" }

  func isNull(_ column: Int) -> Bool {
    sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL
  }

  func integer(_ column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(column)) }

  /// A value as UTF-8; malformed text is as it is stored.
  func utf8(_ column: Int) -> [UInt8] {
    guard let text = sqlite3_column_text(handle, Int32(column)) else { return [] }
    let count = Int(sqlite3_column_bytes(handle, Int32(column)))
    return Array(UnsafeBufferPointer(start: text, count: count))
  }

  /// A value as a string, for names of SQLite's own and for messages.
  func text(_ column: Int) -> String { String(decoding: utf8(column), as: UTF8.self) }

  /// The bytes of a text or blob as they are stored, without any conversion.
  func storedBytes(_ column: Int) -> [UInt8] {
    guard let base = sqlite3_column_blob(handle, Int32(column)) else { return [] }
    let count = Int(sqlite3_column_bytes(handle, Int32(column)))
    return Array(UnsafeRawBufferPointer(start: base, count: count))
  }

  mutating func bind(_ value: Int64, at index: Int) throws(QueryError) {
    try check(sqlite3_bind_int64(handle, Int32(index), value))
  }

  mutating func bind(_ value: Int64, to name: String) throws(QueryError) {
    try bind(value, at: Int(sqlite3_bind_parameter_index(handle, name)))
  }

  /// Binds a copy of UTF-8 text.
  mutating func bind(utf8 bytes: [UInt8], at index: Int) throws(QueryError) {
    let code = bytes.withUnsafeBytes { raw in
      let base = raw.baseAddress ?? emptyBytes
      return sqlite3_bind_text64(
        handle, Int32(index), base.assumingMemoryBound(to: CChar.self), UInt64(raw.count),
        Self.transient, UInt8(SQLITE_UTF8))
    }
    try check(code)
  }

  mutating func bindNull(at index: Int) throws(QueryError) {
    try check(sqlite3_bind_null(handle, Int32(index)))
  }

  /// Binds text to named parameters; names that the statement does not use are passed over.
  mutating func bind(_ parameters: [String: String]) throws(QueryError) {
    for (name, value) in parameters {
      let index = sqlite3_bind_parameter_index(handle, name)
      if index > 0 { try bind(utf8: Array(value.utf8), at: Int(index)) }
    }
  }

  /// The names of the statement's parameters, with their marks.
  var parameterNames: [String] {
    (0..<sqlite3_bind_parameter_count(handle)).compactMap { index in
      sqlite3_bind_parameter_name(handle, index + 1).map { String(cString: $0) }
    }
  }

  func check(_ code: Int32) throws(QueryError) {
    if code != SQLITE_OK { throw connection.failure("binding a value", code) }
  }

  /// Tells SQLite to copy what it is given; the macro's value, which Swift does not import.
  private static var transient: sqlite3_destructor_type {
    unsafeBitCast(-1, to: sqlite3_destructor_type.self)
  }
}
