import Testing

@testable import Querying

@Suite struct `What cannot be done safely or exactly is refused by name` {
  private let scratch: ScratchDirectory
  private let path: String

  init() throws {
    scratch = try ScratchDirectory()
    path = scratch.file("source.db")
  }

  private func make(_ sql: String, mode: String = "WAL") throws {
    let workbench = try Workbench(path)
    workbench.defineForeign(function: "foreign_function", collation: "foreign_collation")
    try workbench.run("PRAGMA journal_mode=\(mode); \(sql)")
  }

  private func failure(_ body: () throws -> Void) throws -> QueryError {
    try #require(throws: QueryError.self, performing: body)
  }

  @Test func `a database with a rollback journal, before it is touched`() throws {
    try make("CREATE TABLE t(a)", mode: "DELETE")
    let before = scratch.names()
    let error = try failure { _ = try SourceDatabase(path: path) }
    #expect(error.code == .refused)
    #expect(error.message.contains("sqlite3 \(path) 'PRAGMA journal_mode=WAL'"))
    #expect(scratch.names() == before)
  }

  @Test(arguments: [
    ("CREATE TABLE hidden(rowid, _ROWID_, oid)", "hidden"),
    ("CREATE TABLE t(a); CREATE INDEX odd ON t(foreign_function(a))", "odd"),
    ("CREATE TABLE t(a); CREATE INDEX odd ON t(a) WHERE foreign_function(a)", "odd"),
    ("CREATE TABLE t(a); CREATE INDEX odd ON t(a COLLATE foreign_collation)", "odd"),
    ("CREATE TABLE t(a, g AS (foreign_function(a)) UNIQUE)", "sqlite_autoindex_t_1"),
    ("CREATE TABLE odd(a COLLATE foreign_collation PRIMARY KEY) WITHOUT ROWID", "odd"),
    ("CREATE TABLE t(a); CREATE INDEX odd ON t((a || 'x') COLLATE foreign_collation)", "odd"),
  ])
  func `a schema that this library cannot rebuild`(_ sql: String, _ name: String) throws {
    try make(sql)
    let source = try SourceDatabase(path: path)
    let error = try failure { try DatabaseBuilder.rehearse(try source.schema()) }
    #expect(error.code == .refused)
    #expect(error.message.contains(name))
  }

  @Test func `but not what merely mentions the unknown`() throws {
    try make(
      """
      CREATE TABLE t(a COLLATE foreign_collation, b CHECK (foreign_function(b)),
        g AS (foreign_function(a)), s AS (foreign_function(b)) STORED);
      INSERT INTO t(a, b) VALUES ('x', 1); CREATE INDEX i ON t(a COLLATE BINARY, s);
      CREATE VIEW v AS SELECT foreign_function(a) FROM t;
      """)
    let to = scratch.file("copy.db")
    let source = try SourceDatabase(path: path)
    try copy(source, to: to)
    let result = try SourceDatabase(path: to, access: .atRest)
    #expect(try result.schema() == source.schema())
    #expect(try Scan(result).rows == Scan(source).rows)
    #expect(try Scan(source).rows.count == 1)
  }

  @Test func `a foreign user who could be the first to open`() throws {
    let owner = FileIdentity(user: 100, group: 101)
    func identity(_ user: UInt32, _ hasCompanions: Bool, _ canCreate: Bool) throws -> FileIdentity?
    {
      try ReadPermission(
        effectiveUser: user, owner: owner, hasCompanions: hasCompanions, canCreateFiles: canCreate
      ).identity(path: "/x/y.db")
    }
    #expect(try identity(100, false, true) == nil)
    #expect(try identity(0, false, true) == owner)
    #expect(try identity(7, true, false) == nil)
    for (hasCompanions, canCreate) in [(false, false), (false, true), (true, true)] {
      let error = try failure { _ = try identity(7, hasCompanions, canCreate) }
      #expect(error.code == .refused)
      #expect(error.message.contains("/x/y.db-shm"))
    }
  }

  @Test func `a file at rest whose log has more of its content`() throws {
    let server = try Workbench(path)
    try server.run("PRAGMA journal_mode=WAL; CREATE TABLE t(a)")
    let error = try failure { _ = try SourceDatabase(path: path, access: .atRest) }
    #expect(error.code == .refused)
    #expect(error.message.contains("\(path)-wal"))
  }

  @Test func `a target that exists, which stays as it was`() throws {
    try make("CREATE TABLE t(a)")
    let source = try SourceDatabase(path: path)
    let target = scratch.file("target")
    ScratchDirectory.write([1, 2, 3], to: target)
    let error = try failure { try copy(source, to: target) }
    #expect(error.code == .refused)
    #expect(try ScratchDirectory.bytes(of: target) == [1, 2, 3])
  }

  @Test func `a row that does not fit, and an unfinished file goes away`() throws {
    try make("CREATE TABLE t(a, b); CREATE TABLE k(a PRIMARY KEY) WITHOUT ROWID")
    let schema = try SourceDatabase(path: path).schema()
    let target = scratch.file("target")
    try {
      let builder = try DatabaseBuilder(path: target, schema: schema)
      func insert(_ rowid: Int64, _ values: [RowValue]) throws {
        try values.withUnsafeBufferPointer { try builder.insert(rowid: rowid, values: $0) }
      }
      try builder.begin("t")
      #expect(try failure { try insert(1, [.null]) }.code == .damaged)
      try insert(1, [.integer(1), .real(2)])
      #expect(try failure { try insert(1, [.null, .null]) }.code == .damaged)
      try builder.begin("k")
      try insert(0, [.integer(1)])
      #expect(try failure { try insert(0, [.integer(1)]) }.code == .damaged)
      #expect(try failure { try insert(0, [.null]) }.code == .damaged)
      #expect(try failure { try builder.begin("nowhere") }.code == .missing)
      #expect(scratch.names().contains("target"))
    }()
    #expect(!scratch.names().contains("target"))
  }

  @Test func `a schema whose layouts do not belong to its objects`() throws {
    try make("CREATE TABLE t(a, b UNIQUE)")
    let schema = try SourceDatabase(path: path).schema()
    var changed = schema
    changed.tables[0].columns.removeLast()
    #expect(try failure { try DatabaseBuilder.rehearse(changed) }.code == .refused)
    changed = schema
    changed.tables.removeAll()
    #expect(try failure { try DatabaseBuilder.rehearse(changed) }.code == .refused)
    changed = schema
    changed.objects[0].sql = Array("CREATE TABLE t(a, b UNIQUE, c)".utf8)
    #expect(try failure { try DatabaseBuilder.rehearse(changed) }.code == .refused)
    changed.objects[0].sql = Array("no SQL at all".utf8)
    #expect(try failure { try DatabaseBuilder.rehearse(changed) }.code == .refused)
    try DatabaseBuilder.rehearse(schema)
  }
}
