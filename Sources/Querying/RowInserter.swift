import CSQLite

/// Writes rows into one bare table through one statement that is compiled once.
final class RowInserter {
  private var statement: Statement
  private let hasRowid: Bool
  private let valueCount: Int
  private let table: String
  private let encoding: TextEncoding

  init(
    _ connection: Connection, _ layout: TableLayout, _ number: Int, _ encoding: TextEncoding
  ) throws(QueryError) {
    statement = try connection.prepare(BareDefinition.insert(layout, number))
    hasRowid = layout.hasRowid
    valueCount = layout.valueColumns.count
    table = layout.name
    self.encoding = encoding
  }

  func insert(
    rowid: Int64, values: UnsafeBufferPointer<RowValue>
  ) throws(QueryError) {
    guard values.count == valueCount else {
      throw QueryError(
        .damaged,
        "a row of table \(table) has \(values.count) values instead of \(valueCount).")
    }
    let handle = statement.handle
    var code = SQLITE_OK
    var index: Int32 = 0
    if hasRowid {
      index = 1
      code = sqlite3_bind_int64(handle, 1, rowid)
    }
    for value in values {
      index += 1
      let bound = bind(value, at: index)
      if bound != SQLITE_OK { code = bound }
    }
    if code == SQLITE_OK { code = sqlite3_step(handle) }
    if code != SQLITE_DONE { throw rejection(rowid, code) }
    sqlite3_reset(handle)
  }

  /// Binds without copying: every value lives until the step that follows.
  @inline(__always)
  private func bind(_ value: RowValue, at index: Int32) -> Int32 {
    let handle = statement.handle
    switch value.kind {
    case .null: return sqlite3_bind_null(handle, index)
    case .integer: return sqlite3_bind_int64(handle, index, value.integer)
    case .real: return sqlite3_bind_double(handle, index, value.real)
    case .blob:
      let base = value.bytes.baseAddress ?? emptyBytes
      return sqlite3_bind_blob64(handle, index, base, UInt64(value.bytes.count), nil)
    case .text:
      if encoding != .utf8 { return bindUTF16(value.bytes, at: index) }
      let base = (value.bytes.baseAddress ?? emptyBytes).assumingMemoryBound(to: CChar.self)
      return sqlite3_bind_text64(
        handle, index, base, UInt64(value.bytes.count), nil, encoding.rawValue)
    }
  }

  /// SQLite takes a byte order mark off the front of UTF-16 text, so text that begins with one gets
  /// another in front of it.
  private func bindUTF16(_ bytes: UnsafeRawBufferPointer, at index: Int32) -> Int32 {
    let start = bytes.count < 2 ? 0 : UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    guard start == 0xFFFE || start == 0xFEFF else {
      let base = (bytes.baseAddress ?? emptyBytes).assumingMemoryBound(to: CChar.self)
      return sqlite3_bind_text64(
        statement.handle, index, base, UInt64(bytes.count), nil, encoding.rawValue)
    }
    let marked = encoding.byteOrderMark + bytes
    return marked.withUnsafeBytes { raw in
      let base = (raw.baseAddress ?? emptyBytes).assumingMemoryBound(to: CChar.self)
      let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
      return sqlite3_bind_text64(
        statement.handle, index, base, UInt64(raw.count), transient, encoding.rawValue)
    }
  }

  private func rejection(_ rowid: Int64, _ code: Int32) -> QueryError {
    let failure = statement.connection.failure(
      "inserting row \(hasRowid ? String(rowid) : "") into table \(table)", code)
    statement.reset()
    guard code & 0xFF == SQLITE_CONSTRAINT else { return failure }
    return QueryError(.damaged, "\(failure.message) The same key came twice, or is NULL.")
  }
}
