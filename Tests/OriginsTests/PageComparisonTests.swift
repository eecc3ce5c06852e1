import Format
import Querying
import Sealing
import TestKit
import Testing

@testable import Origins

@Suite struct `A segment whose pages are as they were has the rows that it had` {
  private static let rules: [String: DatabaseProfile.TableRule] = [
    "archive": .owner("user || '@x'"), "blobs": .shared, "codes": .owner("user || '@x'"),
    "lent": .owner("(SELECT user || '@x' FROM archive WHERE archive.id = lent.id)"),
    "chain": .owner(
      "(SELECT 'u' || (1 + former.id % 7) || '@x' FROM chain AS former WHERE former.id < chain.id"
        + " ORDER BY former.id DESC LIMIT 1)"),
  ]
  private static let schema = """
    PRAGMA page_size=1024; PRAGMA journal_mode=WAL;
    CREATE TABLE archive(id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT, body TEXT, at TEXT);
    CREATE INDEX archive_user ON archive(user);
    CREATE TABLE blobs(name TEXT, content BLOB);
    CREATE TABLE codes(user TEXT, code INT, PRIMARY KEY (user, code)) WITHOUT ROWID;
    CREATE TABLE lent(id INTEGER PRIMARY KEY, body TEXT);
    CREATE TABLE chain(id INTEGER PRIMARY KEY, body TEXT);
    """

  private static let hash = UniversalHash(
    key: Array(repeating: 7, count: UniversalHash.keyByteCount))
  private let directory: TemporaryDirectory
  private let server: LiveDatabase
  private var path: String { directory.path + "/database" }

  init() throws {
    directory = try TemporaryDirectory()
    server = try LiveDatabase(directory.path + "/database")
    try server.execute(Self.schema)
  }

  private func scan(
    hash: UniversalHash? = hash, former: ScannedRows? = nil, bornAt: [AccountNumber: Int64] = [:]
  ) async throws -> ScannedRows {
    try await ScannedRows(path, Self.rules, hash: hash, former: former, bornAt: bornAt)
  }

  private func fill(users: Int = 7, count: Int = 6000) throws {
    try server.execute(
      """
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
      INSERT INTO archive(user, body, at) SELECT 'u' || (1 + i % \(users)), hex(randomblob(i % 90)),
        datetime(i * 1000, 'unixepoch') FROM n;
      INSERT INTO blobs SELECT body, zeroblob(id % 37 * 100) FROM archive WHERE id % 3 = 0;
      INSERT OR IGNORE INTO codes SELECT user, id FROM archive WHERE id % 5 = 0;
      INSERT OR IGNORE INTO lent SELECT id, body FROM archive WHERE id % 2 = 0;
      INSERT OR IGNORE INTO chain SELECT id, body FROM archive WHERE id % 4 = 0;
      """)
  }

  /// Something that a server may do between two snapshots.
  private func change(_ random: inout SeededRandom) throws {
    func id() -> Int { Int.random(in: 1...12_000, using: &random) }
    let (first, second) = (id(), id())
    switch Int.random(in: 0..<11, using: &random) {
    case 0: try fill(count: 400)
    case 1: try server.execute("DELETE FROM archive WHERE id < \(min(first, 3000))")
    case 2: try server.execute("DELETE FROM archive WHERE id BETWEEN \(first) AND \(first + 900)")
    case 3: try server.execute("UPDATE archive SET body = 'x' WHERE id = \(first)")
    case 4: try server.execute("UPDATE archive SET user = 'u1' WHERE id = \(first)")
    case 5:
      // The rest of a large value changes, its leaf perhaps not.
      try server.execute(
        "UPDATE blobs SET content = CAST(substr(content, 1, length(content) - 1) || 'z' AS BLOB)"
          + " WHERE rowid IN (\(first / 3), \(second / 3))")
    case 6:
      try server.execute(
        "UPDATE OR IGNORE archive SET id = \(second) WHERE id = \(first); DELETE FROM lent WHERE id = \(first)"
      )
    case 7:
      try server.execute(
        "UPDATE lent SET body = body || 'y' WHERE id % 997 = 3; DELETE FROM chain WHERE id = \(first / 4 * 4)"
      )
    case 8: try server.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    case 9: try server.execute("VACUUM")
    default: try server.execute("DELETE FROM blobs WHERE rowid = \(first / 3)")
    }
  }

  @Test(arguments: 0..<8)
  func `whatever happened between`(round: Int) async throws {
    var random = Seed.generator("pages \(round)")
    try fill()
    var former = try await scan()
    var sameCount = 0
    for step in 1...12 {
      for _ in 0..<Int.random(in: 0...2, using: &random) { try change(&random) }
      let compared = try await scan(former: former)
      let whole = try await scan(hash: nil)
      #expect(compared.rows == whole.rows, "step \(step), \(Seed.hint)")
      sameCount += compared.sameCount
      former = compared
    }
    #expect(sameCount > 0, "never was anything as it was, \(Seed.hint)")
  }

  @Test func `where nothing happened none is read but what pages do not decide about`() async throws
  {
    try fill()
    let first = try await scan()
    let second = try await scan(former: first)
    let counts = second.previous.mapValues(\.count)
    let compared = ["archive", "blobs", "lent"].map { counts[$0, default: 0] }
    #expect(second.sameCount == compared.reduce(0, +))
    #expect(
      first.previous["chain"]?.allSatisfy { $0.pages == nil } == true, "rows of its own decide")
    #expect(first.previous["codes"]?.allSatisfy { $0.pages == nil } == true, "it has no row ids")
    try server.execute("UPDATE archive SET body = '' WHERE id = 1")
    let third = try await scan(former: second)
    #expect(
      third.sameCount == compared[0] - 1 + compared[1], "an owner of what is lent may be another")
    let other = UniversalHash(key: Array(repeating: 8, count: UniversalHash.keyByteCount))
    #expect(try await scan(hash: other, former: first).sameCount == 0, "another key")
    let reborn = try await scan(
      former: first, bornAt: [AccountNumber(1): 3_000_000])
    #expect(reborn.remainsCount > 0)
    let asked = reborn.previous["archive", default: []].filter { $0.pages == nil }.count
    #expect(asked > 0 && asked < counts["archive", default: 0], "only where rows were left out")
  }

  @Test func `rows that are left out are looked at again`() async throws {
    try fill(users: 8)
    let first = try await scan()
    let second = try await scan(former: first)
    #expect(first.remainsCount > 0)
    #expect(second.remainsCount == first.remainsCount)
    #expect(second.rows == first.rows)
  }
}
