import Glibc
import Querying
import Testing

@Suite struct `Reading a live database harms nobody` {
  private let scratch: ScratchDirectory
  private let path: String

  init() throws {
    scratch = try ScratchDirectory()
    path = scratch.file("live.db")
  }

  private func make(_ sql: String) throws -> Workbench {
    let workbench = try Workbench(path)
    try workbench.run("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; \(sql)")
    return workbench
  }

  private func count(_ database: SourceDatabase, _ sql: String) throws -> Int64? {
    var result: Int64?
    try database.query(sql, maximumRowCount: 1) { row in result = row.integer(0) }
    return result
  }

  @Test func `a snapshot stays what it was while the server writes`() throws {
    let server = try make("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2);")
    let source = try SourceDatabase(path: path)
    try server.run("INSERT INTO t VALUES (3); DROP TABLE IF EXISTS u; CREATE TABLE u(x);")
    var cursor = try source.rows(of: try #require(source.schema().tables.first))
    var row = cursor.makeRow()
    var rowids: [Int64] = []
    while try cursor.step(into: &row) {
      rowids.append(row.rowid)
      try server.run("INSERT INTO t VALUES (4); UPDATE t SET a = a + 1;")
    }
    #expect(rowids == [1, 2])
    #expect(try count(source, "SELECT count(*) FROM t") == 2)
    #expect(try source.schema().objects.count == 1)
    let later = try SourceDatabase(path: path)
    #expect(try count(later, "SELECT count(*) FROM t") == 5)
  }

  @Test func `a log larger than the database is read with it`() throws {
    let server = try make("CREATE TABLE t(a);")
    for _ in 0..<40 {
      try server.run("INSERT INTO t VALUES (randomblob(9000)), (hex(randomblob(3000)));")
    }
    let sizes = try [path, path + "-wal"].map { try ScratchDirectory.bytes(of: $0).count }
    #expect(sizes[1] > sizes[0] * 50)
    try expectExactCopy(path, scratch.file("copy.db"), ["SELECT count(*) FROM t"])
  }

  @Test func `the log of a server that was killed is read without being written back`() throws {
    let server = try make("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2);")
    let killed = scratch.file("killed.db")
    for ending in ["", "-wal"] {
      ScratchDirectory.write(
        try ScratchDirectory.bytes(of: path + ending), to: killed + ending)
    }
    try server.run("INSERT INTO t VALUES (3)")
    let before = try ["", "-wal"].map { try ScratchDirectory.bytes(of: killed + $0) }
    try {
      let source = try SourceDatabase(path: killed)
      #expect(try count(source, "SELECT count(*) FROM t") == 2)
    }()
    let after = try ["", "-wal"].map { try ScratchDirectory.bytes(of: killed + $0) }
    #expect(before == after)
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files to others"))
  func `root reads as the owner and leaves nothing of its own`() throws {
    let (user, group): (uid_t, gid_t) = (65_534, 65_533)
    _ = try make("CREATE TABLE t(a); INSERT INTO t VALUES (1);")
    chown(path, user, group)
    chown(scratch.path, user, group)
    #expect(scratch.names() == ["live.db"])
    let before = try ScratchDirectory.bytes(of: path)
    try {
      let source = try SourceDatabase(path: path)
      #expect(try count(source, "SELECT count(*) FROM t") == 1)
      // What the caller does meanwhile, it does as itself.
      ScratchDirectory.write([1], to: scratch.file("spool"))
      #expect(ScratchDirectory.owner(of: scratch.file("spool")) == 0)
    }()
    for name in scratch.names() where name != "spool" {
      #expect(ScratchDirectory.owner(of: scratch.file(name)) == user)
    }
    #expect(try ScratchDirectory.bytes(of: path) == before)
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files to others"))
  func `an owner who may not create files beside the database gets an error, not root's help`()
    throws
  {
    _ = try make("CREATE TABLE t(a);")
    chown(path, 65_534, 65_534)
    chmod(scratch.path, 0o755)
    #expect(throws: QueryError.self) { _ = try SourceDatabase(path: path) }
    #expect(scratch.names() == ["live.db"])
    ScratchDirectory.write([1], to: scratch.file("own"))
    #expect(ScratchDirectory.owner(of: scratch.file("own")) == 0)
  }

  @Test func `a file at rest is read without a trace`() throws {
    _ = try make("CREATE TABLE t(a); INSERT INTO t VALUES (1);")
    chmod(scratch.path, 0o500)
    defer { chmod(scratch.path, 0o700) }
    let source = try SourceDatabase(path: path, access: .atRest)
    #expect(try count(source, "SELECT a FROM t") == 1)
    #expect(scratch.names() == ["live.db"])
  }

  @Test func `a server that writes meets no lock`() throws {
    let server = try make("CREATE TABLE t(a); INSERT INTO t VALUES (1);")
    try server.run("PRAGMA busy_timeout=0")
    let source = try SourceDatabase(path: path)
    for _ in 0..<50 { try server.run("INSERT INTO t VALUES (zeroblob(5000))") }
    try server.run("PRAGMA wal_checkpoint(PASSIVE)")
    #expect(try count(source, "SELECT count(*) FROM t") == 1)
  }
}
