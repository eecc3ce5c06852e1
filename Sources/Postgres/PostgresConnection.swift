import CPostgres

/// An open connection to a server: closed when it goes away.
///
/// One thread at a time may use it.
struct PostgresConnection: ~Copyable {
  private let handle: OpaquePointer

  /// Where the database is.
  let place: PostgresAddress

  /// The database's address, for messages.
  var address: String { place.uri }

  /// The server's version as libpq counts: 150004 is 15.4.
  var version: Int { Int(PQserverVersion(handle)) }

  /// Asked about once a second while waiting; `true` makes what is running stop with `cancelled`.
  var shouldStop: (() -> Bool)?

  /// Seconds to wait for a connection.
  private static let connectSeconds = "15"

  /// Logs in.
  ///
  /// - Throws: `unreachable`, `denied`, or `missing` for a database that is not there.
  init(_ address: PostgresAddress) throws(PostgresError) {
    let words = [
      ("connect_timeout", Self.connectSeconds), ("fallback_application_name", "lethe"),
      ("tcp_user_timeout", "60000"), ("dbname", address.uri),
    ]
    let handle = Self.withWords(words) { PQconnectdbParams($0, $1, 1) }
    guard let handle else {
      throw PostgresError(.failed, "\(address.uri): there is no memory for a connection.")
    }
    guard PQstatus(handle) == CONNECTION_OK else {
      let reason = Self.line(PQerrorMessage(handle))
      PQfinish(handle)
      throw Self.refusal(address, reason, Self.withWords(words) { PQpingParams($0, $1, 1) })
    }
    self.handle = handle
    place = address
    // Notices would go to standard error.
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
  }

  deinit { PQfinish(handle) }

  private static func refusal(
    _ address: PostgresAddress, _ reason: String, _ ping: PGPing
  ) -> PostgresError {
    guard ping == PQPING_OK else {
      return PostgresError(
        .unreachable,
        "\(address.uri): the server does not answer (\(reason)); see that it runs and that the address, "
          + "or the directory of its socket, is right.")
    }
    if reason.contains("database \""), reason.contains("does not exist") {
      return PostgresError(
        .missing, "\(address.uri): the server has no such database (\(reason)); correct its name.")
    }
    return PostgresError(
      .denied,
      "\(address.uri): the server does not let us in (\(reason)); make a role that may read everything "
        + "and log in without a password in the configuration: `createuser NAME`, `GRANT "
        + "pg_read_all_data TO NAME`, and a line for it in pg_hba.conf or a password in ~/.pgpass.")
  }

  private static func withWords<Result>(
    _ words: [(String, String)],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Result
  ) -> Result {
    // Held until the call is over; strings for C end with a zero.
    let keys = words.map { Array($0.0.utf8CString) }
    let values = words.map { Array($0.1.utf8CString) }
    return pointers(to: keys[...], []) { keys in
      pointers(to: values[...], []) { values in body(keys, values) }
    }
  }

  private static func pointers<Result>(
    to texts: ArraySlice<[CChar]>, _ found: [UnsafePointer<CChar>?],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
  ) -> Result {
    guard let first = texts.first else {
      return (found + [nil]).withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("it ends with nil") }
        return body(base)
      }
    }
    return first.withUnsafeBufferPointer {
      pointers(to: texts.dropFirst(), found + [$0.baseAddress], body)
    }
  }

  private static func line(_ text: UnsafePointer<CChar>?) -> String {
    guard let text else { return "no reason is given" }
    return String(cString: text).split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// A setting that the server announced when we logged in.
  func announced(_ name: String) -> String {
    PQparameterStatus(handle, name).map { String(cString: $0) } ?? ""
  }

  /// Sets the encoding in which text is exchanged.
  func exchange(in encoding: String) throws(PostgresError) {
    guard PQsetClientEncoding(handle, encoding) == 0 else {
      throw PostgresError(.failed, "\(address): text cannot be exchanged in \(encoding).")
    }
  }

  /// Runs one statement; gives what it answers, which must be little.
  @discardableResult
  func rows(_ sql: String, _ action: String) throws(PostgresError) -> [[String?]] {
    let result = PQexecParams(handle, sql, 0, nil, nil, nil, nil, 0)
    defer { PQclear(result) }
    let status = PQresultStatus(result)
    guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK else {
      throw failure(action, result)
    }
    return (0..<PQntuples(result)).map { row in
      (0..<PQnfields(result)).map { column in
        guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column)
        else { return nil }
        return String(cString: value)
      }
    }
  }

  /// The first column of the first row.
  func value(_ sql: String, _ action: String) throws(PostgresError) -> String? {
    try rows(sql, action).first?.first ?? nil
  }

  /// Begins to copy the answer to a query out; ``copied(into:action:)`` must then be called until it
  /// gives false.
  func beginCopy(_ query: String, _ action: String) throws(PostgresError) {
    let result = PQexecParams(
      handle, "COPY (\(query)\n) TO STDOUT", 0, nil, nil, nil, nil, 0)
    defer { PQclear(result) }
    guard PQresultStatus(result) == PGRES_COPY_OUT else { throw failure(action, result) }
  }

  /// Reads the next row that is copied out; false after the last.
  ///
  /// - Throws: `failed` when nothing comes for `seconds`.
  func copied(
    into row: inout CopyRow, seconds: Int, action: @autoclosure () -> String
  ) throws(PostgresError) -> Bool {
    var idleSeconds = 0
    while true {
      var line: UnsafeMutablePointer<CChar>?
      let count = PQgetCopyData(handle, &line, 1)
      if count > 0, let line {
        defer { PQfreemem(line) }
        do throws(CopyRow.Malformed) {
          try row.parse(UnsafeRawBufferPointer(start: line, count: Int(count)))
        } catch {
          throw PostgresError(.damaged, "\(address): \(action()): \(error.reason).")
        }
        return true
      }
      if count == 0 {
        try wait(&idleSeconds, seconds, action())
        continue
      }
      guard count == -1 else { throw lost(action()) }
      try endCopy(action())
      return false
    }
  }

  private func endCopy(_ action: @autoclosure () -> String) throws(PostgresError) {
    var first: OpaquePointer?
    while let result = PQgetResult(handle) {
      if first == nil, PQresultStatus(result) != PGRES_COMMAND_OK {
        first = result
      } else {
        PQclear(result)
      }
    }
    guard let first else { return }
    defer { PQclear(first) }
    throw failure(action(), first)
  }

  /// Waits a second at most for the server to send something.
  private func wait(
    _ idleSeconds: inout Int, _ seconds: Int, _ action: @autoclosure () -> String
  ) throws(PostgresError) {
    var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
    if poll(&descriptor, 1, 1000) == 0 { idleSeconds += 1 }
    if shouldStop?() ?? false {
      cancel()
      throw PostgresError(.cancelled, "\(address): \(action()): stopped as asked.")
    }
    guard idleSeconds < seconds else {
      cancel()
      throw PostgresError(
        .failed,
        "\(address): \(action()): nothing came for \(seconds) seconds, and it was given up; see what the "
          + "server does (pg_stat_activity), and whether the profile's expression needs an index.")
    }
    guard PQconsumeInput(handle) == 1 else { throw lost(action()) }
  }

  /// Asks the server to stop what it does for us.
  private func cancel() {
    guard let request = PQgetCancel(handle) else { return }
    var reason = [CChar](repeating: 0, count: 256)
    PQcancel(request, &reason, Int32(reason.count))
    PQfreeCancel(request)
  }

  private func lost(_ action: String) -> PostgresError {
    let reason = Self.line(PQerrorMessage(handle))
    return PostgresError(
      .unreachable, "\(address): \(action): the connection was lost (\(reason)); run again.")
  }

  private func failure(_ action: String, _ result: OpaquePointer?) -> PostgresError {
    guard PQstatus(handle) == CONNECTION_OK else { return lost(action) }
    let state = cpostgres_state(result).map { String(cString: $0) } ?? ""
    return PostgresError(
      state: state,
      reason: cpostgres_message(result).map { Self.line($0) } ?? Self.line(PQerrorMessage(handle)),
      place: "\(address): \(action)")
  }
}
