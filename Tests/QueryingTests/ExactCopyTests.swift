import CSQLite
@testable import Querying
import Testing

@Suite struct `A database comes back exactly as it was` {
  @Test(arguments: Trick.all)
  func `with everything it holds`(_ trick: Trick) throws {
    let scratch = try ScratchDirectory()
    let (from, to) = (scratch.file("source.db"), scratch.file("copy.db"))
    try {
      let workbench = try Workbench(from)
      try workbench.run("\(trick.settings); PRAGMA journal_mode=WAL; \(trick.sql)")
    }()
    try expectExactCopy(from, to, trick.probes)
    let source = try SourceDatabase(path: from)
    #expect((try source.integrityCheck() == ["ok"]) == trick.isSound)
  }

  @Test func `in the old file format, in which indexes ignore DESC`() throws {
    let scratch = try ScratchDirectory()
    let (from, to) = (scratch.file("source.db"), scratch.file("copy.db"))
    try {
      let workbench = try Workbench(from)
      workbench.configure(SQLITE_DBCONFIG_LEGACY_FILE_FORMAT, true)
      try workbench.run(
        """
        PRAGMA journal_mode=WAL; CREATE TABLE t(a, b, UNIQUE(a DESC, b));
        INSERT INTO t VALUES (1, 2), (2, 3), (3, 1); CREATE INDEX i ON t(b DESC);
        CREATE TABLE w(k, v, PRIMARY KEY(k DESC)) WITHOUT ROWID;
        INSERT INTO w VALUES (1, 2), (2, 3), (3, 1);
        """)
    }()
    #expect(try DatabaseHeader.read(path: from).schemaFormat == 1)
    try expectExactCopy(from, to, ["SELECT b FROM t WHERE b > 1 ORDER BY b DESC"])
  }

  @Test func `with random values in random tables`() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var generator = SplitMix(state: seed)
    for _ in 0..<12 {
      let scratch = try ScratchDirectory()
      let (from, to) = (scratch.file("source.db"), scratch.file("copy.db"))
      let script = RandomDatabase.script(using: &generator)
      try {
        let workbench = try Workbench(from)
        try workbench.run(script)
      }()
      try expectExactCopy(from, to, [])
    }
  }

  @Test func `with UTF-16 text of an odd number of bytes`() throws {
    let scratch = try ScratchDirectory()
    let (from, to) = (scratch.file("source.db"), scratch.file("copy.db"))
    try {
      let workbench = try Workbench(from)
      try workbench.run(
        """
        PRAGMA encoding='UTF-16le'; PRAGMA journal_mode=WAL;
        CREATE TABLE t(a); INSERT INTO t VALUES (x'6162636465');
        """)
    }()
    // A record of one value: 2 bytes of header, then the type, 12 + 2 n for a blob and one more for
    // text.
    var bytes = try ScratchDirectory.bytes(of: from)
    let record: [UInt8] = [2, 22, 0x61, 0x62, 0x63, 0x64, 0x65]
    let start = try #require(
      bytes.indices.first { bytes[$0...].starts(with: record) }, "SQLite stores it otherwise")
    bytes[start + 1] += 1
    ScratchDirectory.write(bytes, to: from)
    try expectExactCopy(from, to, ["SELECT typeof(a), hex(a) FROM t"])
  }

  @Test(arguments: Trick.all)
  func `in the order of its pages, without sorting`(_ trick: Trick) throws {
    let scratch = try ScratchDirectory()
    let workbench = try Workbench(scratch.file("source.db"))
    try workbench.run("\(trick.settings); PRAGMA journal_mode=WAL; \(trick.sql)")
    for table in try SourceDatabase(path: workbench.path).schema().tables {
      let query = RowCursor.query(table, owner: nil, isBounded: false)
      let plan = try workbench.texts("EXPLAIN QUERY PLAN \(query)", column: 3)
      #expect(plan.count == 1)
      #expect(plan.allSatisfy { $0.hasPrefix("SCAN") && !$0.contains("USING INDEX") })
    }
  }

  @Test func `when its tables are filled in turns`() throws {
    let scratch = try ScratchDirectory()
    let (from, to) = (scratch.file("source.db"), scratch.file("copy.db"))
    try {
      let workbench = try Workbench(from)
      try workbench.run(
        """
        PRAGMA journal_mode=WAL; CREATE TABLE a(x); CREATE TABLE b(x UNIQUE);
        INSERT INTO a VALUES (1), (2), (3); INSERT INTO b VALUES (4), (5), (6);
        """)
    }()
    let source = try SourceDatabase(path: from)
    let schema = try source.schema()
    let builder = try DatabaseBuilder(path: to, schema: schema)
    for rowid: Int64 in 1...3 {
      for table in schema.tables {
        try builder.begin(table.name)
        var cursor = try source.rows(of: table, rowids: rowid...rowid)
        var row = cursor.makeRow()
        while try cursor.step(into: &row) {
          try builder.insert(rowid: row.rowid, values: row.values)
        }
      }
    }
    try builder.finish()
    #expect(try Workbench(to).everything() == Workbench(from).everything())
  }
}
