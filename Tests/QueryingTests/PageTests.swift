import Testing

@testable import Querying

@Suite struct `Pages are those that the read transaction sees` {
  private let scratch: ScratchDirectory
  private let path: String

  init() throws {
    scratch = try ScratchDirectory()
    path = scratch.file("live.db")
  }

  /// The pages of a table as the code under test lends them; nil if it lends none.
  private func lent(
    _ table: TableLayout, of source: SourceDatabase, _ rows: ClosedRange<Int64> = .min ... .max
  ) throws -> [[UInt8]]? {
    guard let tree = try source.tree(of: Array(table.name.utf8)) else { return nil }
    var pages: [[UInt8]] = []
    return tree.withPages(of: rows) { pages.append(Array($0)) } ? pages : nil
  }

  /// Grows every table of a random database, so that trees have levels and rows go on elsewhere.
  private func grow(_ server: Workbench, using generator: inout SplitMix) throws {
    for table in try server.tables() where !table.hasPrefix("sqlite_") {
      let count = [3, 80, 400].randomElement(using: &generator) ?? 3
      let most = [20, 400, 4000].randomElement(using: &generator) ?? 20
      try server.run(
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
        INSERT OR IGNORE INTO \(table)(c0) SELECT hex(randomblob(abs(random()) % \(most))) FROM n;
        DELETE FROM \(table) WHERE abs(random()) % 5 = 0;
        """)
    }
  }

  /// Leaves the log in one of the states that it can be in.
  private func settle(_ server: Workbench, using generator: inout SplitMix) throws {
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: try server.run("PRAGMA wal_checkpoint(TRUNCATE)")
    case 1:
      // Some frames are copied, the later ones not: a reader stands between.
      let reader = try Workbench(path)
      try reader.run("BEGIN; SELECT count(*) FROM sqlite_schema")
      try grow(server, using: &generator)
      try server.run("PRAGMA wal_checkpoint(PASSIVE)")
      try reader.run("COMMIT")
    case 2:
      // The log begins anew over older frames.
      try server.run("PRAGMA wal_checkpoint(RESTART)")
      try server.run("CREATE TABLE IF NOT EXISTS late(c0); INSERT INTO late VALUES (1)")
    default: break
    }
  }

  @Test(arguments: 0..<12)
  func `whatever of them is in the log`(round: Int) throws {
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SplitMix(state: seed)
    let server = try Workbench(path)
    try server.run(RandomDatabase.script(using: &generator))
    try server.run("PRAGMA wal_autocheckpoint=\(Bool.random(using: &generator) ? 0 : 20)")
    try grow(server, using: &generator)
    try settle(server, using: &generator)
    let source = try SourceDatabase(path: path)
    let oracle = try PageOracle(source, in: scratch)
    for _ in 0...1 {
      for table in try source.schema().tables where table.hasRowid {
        let pages = try #require(try lent(table, of: source), "seed \(seed), \(table.name)")
        #expect(try pages == oracle.pages(of: table.name), "seed \(seed), \(table.name)")
      }
      // What comes after the transaction began is not seen, be it copied to the database or not.
      try grow(server, using: &generator)
      try server.run("PRAGMA wal_checkpoint(PASSIVE)")
    }
  }

  @Test func `while somebody writes without a pause`() throws {
    let server = try Workbench(path)
    try server.run(
      """
      PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, n INT, body);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
      INSERT INTO t SELECT i, 0, hex(randomblob(i * 9)) FROM n;
      """)
    let writer = Writer(path)
    try writer.begin()
    defer { writer.stop() }
    var comparedCount = 0
    for _ in 0..<40 {
      let source = try SourceDatabase(path: path)
      let table = try #require(try source.schema().tables.first)
      guard let pages = try lent(table, of: source) else { continue }
      comparedCount += 1
      #expect(try pages == PageOracle(source, in: scratch).pages(of: "t"))
    }
    #expect(comparedCount > 0, "the writer left no moment")
  }

  @Test func `a part of a table stands on a part of its pages`() throws {
    let server = try Workbench(path)
    try server.run(
      """
      PRAGMA page_size=1024; PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, body);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
      INSERT INTO t SELECT i * 10, hex(randomblob(40)) FROM n;
      """)
    let source = try SourceDatabase(path: path)
    let table = try #require(try source.schema().tables.first)
    let all = try #require(try lent(table, of: source))
    for rows in [5_000...5_000, 5_000...9_000, Int64.min...0, 20_000...20_000, 20_001 ... .max] {
      let part = try #require(try lent(table, of: source, rows))
      let start = try #require(all.firstIndex(of: part[0]))
      #expect(Array(all[start..<start + part.count]) == part)
      #expect(part.count <= 2 + Int(rows.upperBound &- rows.lowerBound) / 50 || rows.lowerBound < 0)
    }
    try server.run("UPDATE t SET body = 'x' WHERE id = 7000")
    let later = try SourceDatabase(path: path)
    #expect(try lent(table, of: later, 5_000...5_000) == lent(table, of: source, 5_000...5_000))
    #expect(try lent(table, of: later, 5_000...9_000) != lent(table, of: source, 5_000...9_000))
  }

  @Test(arguments: 0..<4)
  func `nothing is lent of a tree that is none`(round: Int) throws {
    let server = try Workbench(path)
    try server.run(
      """
      PRAGMA page_size=512; PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, body);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
      INSERT INTO t SELECT i, hex(randomblob(i)) FROM n;
      PRAGMA wal_checkpoint(TRUNCATE);
      """)
    var generator = SplitMix(state: UInt64(round))
    let image = try ScratchDirectory.bytes(of: path)
    for _ in 0..<500 {
      var bytes = image
      for _ in 0...Int.random(in: 0...3, using: &generator) {
        // The header and the schema stay; everything else may be anything.
        bytes[Int.random(in: 1024..<bytes.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      let damaged = scratch.file("damaged.db")
      ScratchDirectory.write(bytes, to: damaged)
      let source = try SourceDatabase(path: damaged)
      let table = try #require(try source.schema().tables.first)
      var byteCount = 0
      if let tree = try source.tree(of: Array(table.name.utf8)) {
        _ = tree.withPages(of: .min ... .max) { byteCount += $0.count }
      }
      #expect(byteCount <= 400 * bytes.count, "a chain that does not end")
    }
  }
}
