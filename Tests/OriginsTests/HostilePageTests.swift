import Foundation
import Querying
import Sealing
import TestKit
import Testing

@testable import Origins

@Suite struct `Pages do not stand for rows where SQLite would find others` {
  private static let hash = UniversalHash(
    key: Array(repeating: 7, count: UniversalHash.keyByteCount))
  private let directory: TemporaryDirectory
  private var path: String { directory.path + "/database" }

  init() throws {
    directory = try TemporaryDirectory()
    try LiveDatabase(path).execute(
      """
      PRAGMA page_size=1024; PRAGMA journal_mode=WAL;
      CREATE TABLE archive(id INTEGER PRIMARY KEY, user TEXT, parent INT, at TEXT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
      INSERT INTO archive SELECT i, 'u' || (1 + i % 7), i - 2500, '2024-01-01' FROM n;
      PRAGMA wal_checkpoint(TRUNCATE);
      """)
  }

  private func scan(
    owner: String = "user || '@x'", former: ScannedRows? = nil, hash: UniversalHash? = hash
  ) async throws -> ScannedRows {
    try await ScannedRows(path, ["archive": .owner(owner)], hash: hash, former: former)
  }

  /// Gives a row, whose id is two bytes of seven bits on its leaf, a greater id in its place.
  private func raise(_ id: Int64) throws {
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    func word(_ offset: Int) -> Int { Int(bytes[offset]) << 8 | Int(bytes[offset + 1]) }
    var count = 0
    for page in stride(from: 1024, to: bytes.count, by: 1024) where bytes[page] == 13 {
      for cell in 0..<word(page + 3) {
        let start = page + word(page + 8 + 2 * cell)
        guard bytes[start + 1] == 0x80 | UInt8(id >> 7), bytes[start + 2] == UInt8(id & 0x7f) else {
          continue
        }
        bytes[start + 1] |= 0x78
        count += 1
      }
    }
    try #require(count == 1)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  @Test func `a row id out of its order hides no other row`() async throws {
    let first = try await scan()
    let lowers = try #require(first.previous["archive"]).map(\.lower)
    try raise(lowers[2] + 100)
    let second = try await scan(former: first)
    #expect(second.rows.count == 5000)
    #expect(try await scan(hash: nil).rows == second.rows)
    #expect(second.previous["archive"]?.contains { $0.pages == nil } == true)
    let third = try await scan(former: second)
    #expect(third.rows == second.rows)
    #expect(third.sameCount == 0, "such a table is read as a whole")
  }

  @Test func `nor one that begins a segment`() async throws {
    let lowers = try #require(try await scan().previous["archive"]).map(\.lower)
    try raise(lowers[1])
    let first = try await scan()
    #expect(first.rows.count == 5000)
    #expect(try await scan(former: first).rows == first.rows)
  }

  @Test func `tables whose names look alike have rows of their own`() async throws {
    let live = try LiveDatabase(path)
    for name in ["caf\u{e9}", "cafe\u{301}"] {
      try live.execute(
        """
        CREATE TABLE "\(name)"(id INTEGER PRIMARY KEY, body TEXT);
        INSERT INTO "\(name)" SELECT id, '\(name)' || id FROM archive WHERE id <= 300;
        """)
    }
    let former = try await ScannedRows(path, [:], hash: Self.hash)
    #expect(former.readCount == 5600)
    let next = try await ScannedRows(path, [:], hash: Self.hash, former: former)
    #expect(next.readCount == 600, "both at least")
  }

  @Test func `the bounds of a segment are part of what it is recognised by`() async throws {
    var first = try await scan()
    var archive = try #require(first.previous["archive"]).sorted { $0.lower < $1.lower }
    let last = try #require(archive.last)
    // All rows of the last segment, and of no other, are below the bound of one more.
    archive.append(SegmentPlan.Previous(lower: 100_000, recordCount: 1, byteCount: 9))
    first.previous["archive"] = archive
    let second = try await scan(former: first)
    #expect(second.sameCount == archive.count - 2)
    #expect(second.previous["archive"]?.contains { $0.lower == last.lower } == true)
    #expect(second.rows == first.rows)
  }

  @Test(
    arguments: [
      "CASE WHEN parent IN (SELECT id FROM archive) THEN 'u1@x' ELSE 'u2@x' END",
      "'u' || (1 + max(id) OVER (PARTITION BY id % 2) % 7) || '@x'",
    ])
  func `owners that other rows of the table decide about are asked for again`(
    owner: String
  ) async throws {
    let first = try await scan(owner: owner)
    try LiveDatabase(path).execute("DELETE FROM archive WHERE id <= 400 OR id = 5000")
    let second = try await scan(owner: owner, former: first)
    #expect(second.sameCount == 0)
    #expect(try await scan(owner: owner, hash: nil).rows == second.rows)
  }
}
