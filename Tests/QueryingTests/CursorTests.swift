import Querying
import Testing

@Suite struct `A cursor gives rows with their owners and nothing else` {
  private let scratch: ScratchDirectory
  private let source: SourceDatabase
  private let schema: DatabaseSchema

  init() throws {
    scratch = try ScratchDirectory()
    let path = scratch.file("server.db")
    try {
      let workbench = try Workbench(path)
      try workbench.run(
        """
        PRAGMA journal_mode=WAL;
        CREATE TABLE users(username TEXT PRIMARY KEY, created_at);
        INSERT INTO users VALUES ('alice', 1), ('bob', 2), ('zoë', NULL);
        CREATE TABLE list(id INTEGER PRIMARY KEY, username TEXT);
        INSERT INTO list VALUES (1, 'alice'), (2, 'bob');
        CREATE TABLE item(id, value);
        INSERT INTO item(rowid, id, value) VALUES (-5, 1, 'a'), (9, 2, 'b'), (12, 3, 'c');
        CREATE TABLE keyed(k PRIMARY KEY, v) WITHOUT ROWID;
        INSERT INTO keyed VALUES ('b', 1), ('a', 2);
        """)
    }()
    source = try SourceDatabase(path: path)
    schema = try source.schema()
  }

  private func table(_ name: String) throws -> TableLayout {
    try #require(schema.table(named: name))
  }

  private func rows(
    _ name: String, owner: OwnerExpression? = nil, rowids: ClosedRange<Int64>? = nil
  ) throws -> [String] {
    var cursor = try source.rows(of: try table(name), owner: owner, rowids: rowids)
    var row = cursor.makeRow()
    var rows: [String] = []
    while try cursor.step(into: &row) {
      let owner = row.owner.map { String(decoding: $0, as: UTF8.self) } ?? "-"
      rows.append("\(row.rowid) \(owner)")
    }
    return rows
  }

  private func failure(_ body: () throws -> Void) throws -> QueryError {
    try #require(throws: QueryError.self, performing: body)
  }

  @Test func `owners come from an expression with parameters`() throws {
    let owner = OwnerExpression(sql: "username || '@' || :host", parameters: [":host": "jix.im"])
    #expect(
      try rows("users", owner: owner) == ["1 alice@jix.im", "2 bob@jix.im", "3 zoë@jix.im"])
  }

  @Test func `owners come through another table`() throws {
    let owner = OwnerExpression(
      sql: "SELECT username FROM list WHERE list.id = item.id -- joined")
    #expect(try rows("item", owner: owner) == ["-5 alice", "9 bob", "12 -"])
  }

  @Test func `rowids bound what is read`() throws {
    #expect(try rows("item", rowids: 9...Int64.max) == ["9 -", "12 -"])
    #expect(try rows("item", rowids: -5...11) == ["-5 -", "9 -"])
    #expect(try source.maximumRowid(of: table("item")) == 12)
    #expect(try source.maximumRowid(of: table("keyed")) == nil)
  }

  @Test func `an expression that does not fit its table is told before the first row`() throws {
    let item = try table("item")
    try source.check(owner: OwnerExpression(sql: "id"), table: item)
    for (sql, named) in [
      ("server_host", "server_host"), ("\"server_host\"", "server_host"),
      ("SELECT 1 FROM nowhere", "nowhere"), ("id || :host", ":host"),
    ] {
      let error = try failure {
        try source.check(owner: OwnerExpression(sql: sql), table: item)
      }
      #expect(error.code == .missing)
      #expect(error.message.contains(named))
      #expect(error.message.contains("item"))
    }
  }

  @Test(arguments: [
    "id) FROM item; DELETE FROM item; SELECT (1", "load_extension('x')", "1, 2",
    "id) FROM users; --", "fts3_tokenizer('simple')",
  ])
  func `an expression can do nothing but read`(_ sql: String) throws {
    #expect(throws: QueryError.self) { try rows("item", owner: OwnerExpression(sql: sql)) }
    #expect(try rows("item").count == 3)
  }

  @Test(arguments: [
    "DELETE FROM users", "PRAGMA query_only=OFF", "ATTACH 'x' AS y", "COMMIT", "CREATE TABLE x(y)",
    "CREATE TEMP TABLE x(y)", "VACUUM", "SELECT 1; SELECT 2",
  ])
  func `a query can do nothing but read`(_ sql: String) throws {
    #expect(throws: QueryError.self) {
      try source.query(sql, maximumRowCount: 9) { _ throws(QueryError) in }
    }
    #expect(try rows("users").count == 3)
  }

  @Test func `a query answers with values and is bounded`() throws {
    var answers: [String] = []
    let sql = "SELECT username, created_at FROM users WHERE username <> :not ORDER BY 1"
    try source.query(sql, parameters: [":not": "bob"], maximumRowCount: 2) { row in
      answers.append("\(row.text(0) ?? "-") \(row.integer(1) ?? -1) \(row.columnCount)")
    }
    #expect(answers == ["alice 1 2", "zoë -1 2"])
    #expect(
      try failure {
        try source.query("SELECT * FROM users", maximumRowCount: 2) { _ throws(QueryError) in }
      }.code == .failed)
  }

  @Test func `an expression that does not end is stopped, with its table named`() throws {
    source.limits = (row: 1, statement: 60)
    let endless = OwnerExpression(
      sql: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
    let users = try #require(try source.schema().table(named: "users"))
    let error = try failure {
      var cursor = try source.rows(of: users, owner: endless)
      var row = cursor.makeRow()
      _ = try cursor.step(into: &row)
    }
    #expect(error.code == .failed && error.message.contains("it took too long"), "\(error)")
    #expect(error.message.contains("table users"), "\(error)")
    #expect(try rows("users").count == 3)
  }

  @Test func `reading stops when asked`() throws {
    source.shouldStop = { true }
    let endless = """
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n
      """
    let error = try failure {
      try source.query(endless, maximumRowCount: 1) { _ throws(QueryError) in }
    }
    #expect(error.code == .cancelled)
    source.shouldStop = nil
    #expect(try rows("users").count == 3)
  }
}
