import CSQLite
import TestKit
import Testing

@testable import Format
@testable import Origins

@Suite struct `A segment is bounded, so that it can be restored` {
  private static let profile = DatabaseProfile(
    name: "test", table: "large", column: nil, absentColumn: nil, parameters: [], accounts: nil,
    localHosts: nil, rules: ["large": .shared, "larger": .shared], since: [:],
    sharesOthers: true)

  /// Fills a database in a directory; the handle stays open so that its log stays.
  private static func run(_ sql: String, in path: String) throws -> OpaquePointer {
    var opened: OpaquePointer?
    guard sqlite3_open(path, &opened) == SQLITE_OK, let opened,
      sqlite3_exec(opened, sql, nil, nil, nil) == SQLITE_OK
    else { throw TestKitError("cannot prepare \(path)") }
    return opened
  }

  private static func segments(of path: String) async throws -> [RawSegment] {
    let origin = DatabaseOrigin(name: "x", path: path, profiles: [profile], parameters: [:])
    _ = try await origin.open()
    await origin.begin(
      owners: OwnerTable(accounts: [], localHosts: []), bornAt: [:], plans: [:], pageHash: nil)
    var segments: [RawSegment] = []
    while case .read(let segment)? = try await origin.nextSegment() { segments.append(segment) }
    await origin.close()
    return segments
  }

  @Test(arguments: ["", " WITHOUT ROWID"])
  func `few rows that are large do not share one segment without end`(kind: String) async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/database"
    // 2 tables of 100 rows of 400 kB: each is small by its rows, and has 40 MB.
    let tables = ["large", "larger"].map { name in
      """
      CREATE TABLE \(name)(id INTEGER NOT NULL PRIMARY KEY, body BLOB)\(kind);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
      INSERT INTO \(name) SELECT i, zeroblob(400000) FROM n;
      """
    }
    let handle = try Self.run("PRAGMA journal_mode = WAL;" + tables.joined(), in: path)
    defer { sqlite3_close_v2(handle) }
    let segments = try await Self.segments(of: path)
    #expect(segments.reduce(0) { $0 + $1.recordCount } == 200)
    for segment in segments {
      #expect(segment.byteCount < Limits.segmentSplitByteCount + 500_000)
      var joined = 0
      segment.forEachChunk { joined += $1.count }
      #expect(joined < Limits.bodyByteCount)
    }
  }

  @Test func `rows that grow between old bounds are split by count and bytes`() {
    let last = SegmentPlan.Previous(lower: .min, recordCount: 1 << 20, byteCount: 1 << 30)
    var cutter = SegmentCutter(plan: SegmentPlan(previous: [last]), highest: 1 << 40)
    let atRows = [Limits.segmentRowCount - 1, Limits.segmentRowCount].map {
      cutter.cuts(before: 5, rowCount: $0, byteCount: 1)
    }
    #expect(atRows == [false, true])
    let two = [last, SegmentPlan.Previous(lower: 1 << 30, recordCount: 1, byteCount: 1)]
    cutter = SegmentCutter(plan: SegmentPlan(previous: two), highest: 1 << 40)
    let atBytes = [Limits.segmentSplitByteCount - 1, Limits.segmentSplitByteCount].map {
      cutter.cuts(before: 5, rowCount: 1, byteCount: $0)
    }
    #expect(atBytes == [false, true])
  }
}

@Suite struct `A row older than who registered its name again is not theirs` {
  @Test func `only where somebody follows somebody else, and the row says its time`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/database"
    var opened: OpaquePointer?
    try #require(sqlite3_open(path, &opened) == SQLITE_OK)
    defer { sqlite3_close(opened) }
    let sql = """
      PRAGMA journal_mode = WAL;
      CREATE TABLE t(who TEXT, at TEXT);
      INSERT INTO t VALUES('a', '2024-01-01 00:00:00'), ('a', '2024-01-02 00:00:00'),
        ('a', '2024-01-03 00:00:00'), ('a', NULL), ('b', '2024-01-01 00:00:00');
      """
    try #require(sqlite3_exec(opened, sql, nil, nil, nil) == SQLITE_OK)
    let profile = DatabaseProfile(
      name: "test", table: "t", column: nil, absentColumn: nil, parameters: [], accounts: nil,
      localHosts: nil, rules: ["t": .owner("who || '@x'")], since: ["t": "strftime('%s', at)"],
      sharesOthers: false)
    // 2024-01-02 00:00:00
    let born: Int64 = 1_704_153_600
    for (bornAt, remains) in [([:], 0), ([AccountNumber(1): born], 1)] {
      let origin = DatabaseOrigin(name: "x", path: path, profiles: [profile], parameters: [:])
      _ = try await origin.open()
      let owners = OwnerTable(
        accounts: [("a@x", AccountNumber(1)), ("b@x", AccountNumber(2))], localHosts: ["x"])
      await origin.begin(owners: owners, bornAt: bornAt, plans: [:], pageHash: nil)
      var rowCount = 0
      while case .read(let segment)? = try await origin.nextSegment() {
        rowCount += segment.recordCount
      }
      #expect(await origin.remainsCount == remains)
      #expect(rowCount == 5 - remains)
      await origin.close()
    }
  }
}
