import CSQLite

/// An open database handle: closed when the last statement and reader let go of it.
///
/// It is made without SQLite's own mutexes, so one thread at a time may use it.
final class Connection {
  let handle: OpaquePointer

  /// The file's path, for messages.
  let path: String

  private let hooks: ReadingHooks?
  private let identity: FileIdentity?

  /// Has effect before the library's first use alone; whatever became of it, SQLite works.
  private static let isConfigured = csqlite_leave_out_statistics() == SQLITE_OK

  /// How a file is opened.
  enum Mode {
    /// Reading beside a running server.
    case live
    /// Reading a file that nobody changes; creates no file and takes no lock.
    case immutable
    /// Writing a file that exists, or that is only in memory.
    case writing
  }

  /// Opens a database; `identity` is assumed on the calling thread while files are opened or
  /// closed.
  init(
    path: String, mode: Mode, hooks: ReadingHooks? = nil, identity: FileIdentity? = nil
  ) throws(QueryError) {
    _ = Self.isConfigured
    var opened: OpaquePointer?
    let flags =
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI
      | (mode == .writing ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY)
    let code = sqlite3_open_v2(Self.address(path, mode), &opened, flags, nil)
    guard let opened, code == SQLITE_OK else {
      let reason = String(cString: sqlite3_errstr(code))
      sqlite3_close_v2(opened)
      throw QueryError(.failed, "cannot open \(path): \(reason); check its permissions.")
    }
    handle = opened
    self.path = path
    self.hooks = hooks
    self.identity = identity
    sqlite3_extended_result_codes(handle, 1)
    hooks?.install(on: handle)
  }

  deinit {
    // A deinit may close nothing it needs to report: reading leaves nothing behind, and a writer
    // has committed or is about to remove its file.
    if let identity {
      identity.run { sqlite3_close_v2(handle) }
    } else {
      sqlite3_close_v2(handle)
    }
  }

  /// The path as a URI, so that no name is taken for a special one.
  private static func address(_ path: String, _ mode: Mode) -> String {
    if path == ":memory:" { return path }
    let digits = Array("0123456789ABCDEF".utf8)
    var uri = Array("file:".utf8)
    for byte in path.utf8 {
      let isPlain =
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
        || (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
      uri += isPlain ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: uri, as: UTF8.self) + (mode == .immutable ? "?immutable=1" : "")
  }

  /// Switches one of the connection's options.
  func configure(_ option: Int32, _ isOn: Bool) throws(QueryError) {
    try check(csqlite_configure(handle, option, isOn ? 1 : 0), "configuring the connection")
  }

  /// Runs statements that give no rows worth reading.
  func execute(_ sql: String, _ action: @autoclosure () -> String = "") throws(QueryError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    if code != SQLITE_OK {
      let named = action()
      throw failure(named.isEmpty ? "running \(sql)" : named, code)
    }
  }

  /// Compiles one statement.
  func prepare(
    _ sql: String, _ action: @autoclosure () -> String = ""
  ) throws(QueryError) -> Statement {
    // What is ours may take its time.
    hooks?.endStatement()
    var statement: OpaquePointer?
    var hasRemainder = false
    let code = sql.withCString { text in
      var tail: UnsafePointer<CChar>?
      let code = sqlite3_prepare_v3(
        handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, &tail)
      hasRemainder = tail?.pointee ?? 0 != 0
      return code
    }
    let named = action()
    guard code == SQLITE_OK, let statement else {
      throw failure(named.isEmpty ? "preparing \(sql)" : named, code)
    }
    guard !hasRemainder else {
      sqlite3_finalize(statement)
      throw QueryError(.failed, "\(named.isEmpty ? sql : named): more than one statement.")
    }
    return Statement(handle: statement, connection: self)
  }

  /// Compiles an expression or query that is not our own: reading is all it may do.
  func prepareForeign(
    _ sql: String, _ action: @autoclosure () -> String
  ) throws(QueryError) -> Statement {
    hooks?.allowsOwnStatements = false
    defer { hooks?.allowsOwnStatements = true }
    let statement = try prepare(sql, action())
    hooks?.beginStatement()
    return statement
  }

  /// Begins the time that one row may take.
  func beginRow() { hooks?.beginRow() }

  /// The first column of the first row, as an integer.
  func integer(_ sql: String) throws(QueryError) -> Int64? {
    var statement = try prepare(sql)
    guard try statement.step(), !statement.isNull(0) else { return nil }
    return statement.integer(0)
  }

  /// The first column of every row, as text.
  func lines(_ sql: String) throws(QueryError) -> [String] {
    var statement = try prepare(sql)
    var lines: [String] = []
    while try statement.step() { lines.append(statement.text(0)) }
    return lines
  }

  func check(_ code: Int32, _ action: @autoclosure () -> String) throws(QueryError) {
    if code != SQLITE_OK { throw failure(action(), code) }
  }

  /// Turns SQLite's result into an error that says what was being done to which file.
  func failure(_ action: String, _ code: Int32) -> QueryError {
    let reason = String(cString: sqlite3_errmsg(handle))
    let message = "\(path): \(action): \(reason)"
    return switch code & 0xFF {
    case SQLITE_CORRUPT, SQLITE_NOTADB:
      QueryError(.damaged, "\(message); run its integrity check.")
    case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL:
      QueryError(.busy, "\(message); try again when whoever holds the lock is done.")
    case SQLITE_INTERRUPT where hooks?.isOverdue ?? false:
      QueryError(
        .failed,
        "\(message): it took too long, and was stopped; see whether the profile's expression goes through "
          + "a whole table for every row, and needs an index or other words.")
    case SQLITE_INTERRUPT: QueryError(.cancelled, "\(message); stopped as asked.")
    case SQLITE_AUTH:
      QueryError(.refused, "\(message); an expression may only read tables and call functions.")
    case SQLITE_FULL: QueryError(.failed, "\(message); make room on the disk.")
    case SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM:
      QueryError(.failed, "\(message); check the permissions of the file and its directory.")
    default: QueryError(.failed, "\(message).")
    }
  }
}
