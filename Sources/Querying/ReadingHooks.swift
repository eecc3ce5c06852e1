import CSQLite
import Glibc

/// What SQLite asks while it compiles and runs statements on a database that we only read.
final class ReadingHooks {
  /// Whether statements of our own, pragmas and transactions, may be compiled now.
  ///
  /// Expressions from the configuration never may use them.
  var allowsOwnStatements = true

  /// Asked every few thousand steps of the virtual machine; `true` stops the statement.
  var shouldStop: (() -> Bool)?

  /// Seconds that one row, and all the rows of one statement, may take.
  var limits = (row: 300, statement: 3600)

  /// Whether what ran last was stopped because its time was up.
  private(set) var isOverdue = false

  /// When the statement began, and the row, as far as anybody asked about it; in seconds.
  private var statementBegan: Int?
  private var rowBegan: Int?

  /// What a statement reads and calls.
  struct Uses {
    /// Their names in UTF-8.
    var tables: Set<[UInt8]> = []
    /// In lower case.
    var functions: Set<String> = []
  }

  private var observed: Uses?

  /// What the statements use that `body` compiles.
  func uses(in body: () throws(QueryError) -> Void) throws(QueryError) -> Uses {
    observed = Uses()
    defer { observed = nil }
    try body()
    return observed ?? Uses()
  }

  /// Begins the time of a statement.
  func beginStatement() {
    statementBegan = Self.now
    isOverdue = false
    rowBegan = nil
  }

  /// Ends the time of the statement before.
  func endStatement() {
    statementBegan = nil
    isOverdue = false
  }

  /// Begins the time of a row; costs nothing, since most rows are there before the first question.
  func beginRow() { rowBegan = nil }

  private static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec
  }

  private func answer() -> Bool {
    if let statementBegan {
      let now = Self.now
      let began = rowBegan ?? now
      rowBegan = began
      isOverdue = now - began >= limits.row || now - statementBegan >= limits.statement
    }
    return isOverdue || shouldStop?() == true
  }

  /// About a millisecond of work: a step takes some tens of nanoseconds.
  private static let stepsBetweenQuestions: Int32 = 20_000

  /// Functions that load code or reach memory, and are in some builds of the library.
  private static let deniedFunctions: Set<String> = ["load_extension", "fts3_tokenizer"]

  /// Installs the hooks; the connection must keep this object alive until it is closed.
  func install(on handle: OpaquePointer) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_set_authorizer(
      handle,
      { context, action, table, function, _, _ in
        guard let context else { return SQLITE_DENY }
        let hooks = Unmanaged<ReadingHooks>.fromOpaque(context).takeUnretainedValue()
        if action == SQLITE_READ, let table {
          hooks.observed?.tables.insert(Array(String(cString: table).utf8))
        }
        return hooks.verdict(action, function)
      }, context)
    sqlite3_progress_handler(
      handle, Self.stepsBetweenQuestions,
      { context in
        guard let context else { return 1 }
        let hooks = Unmanaged<ReadingHooks>.fromOpaque(context).takeUnretainedValue()
        return hooks.answer() ? 1 : 0
      }, context)
  }

  private func verdict(_ action: Int32, _ function: UnsafePointer<CChar>?) -> Int32 {
    switch action {
    case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: return SQLITE_OK
    case SQLITE_FUNCTION:
      let name = function.map { String(cString: $0).lowercased() } ?? ""
      observed?.functions.insert(name)
      return Self.deniedFunctions.contains(name) ? SQLITE_DENY : SQLITE_OK
    case SQLITE_PRAGMA, SQLITE_TRANSACTION:
      return allowsOwnStatements ? SQLITE_OK : SQLITE_DENY
    default: return SQLITE_DENY
    }
  }
}
