import Format
@testable import Operations
@testable import Origins
@testable import Postgres
import TestKit
import Testing

@Suite(hasServer) struct `A large PostgreSQL is read by two sessions that see one moment` {
  /// Some 24 MB in a table that is numbered, some 4 MB in one that is not, and little besides.
  private static let large = """
    CREATE TABLE archive(id bigserial PRIMARY KEY, xml text);
    INSERT INTO archive(xml) SELECT i || repeat(md5(i::text), 30) FROM generate_series(1, 24000) i;
    CREATE TABLE words(word text PRIMARY KEY, meaning text);
    INSERT INTO words SELECT md5(i::text), repeat('w', 900) FROM generate_series(1, 4000) i;
    CREATE TABLE few(a int);
    INSERT INTO few SELECT generate_series(1, 20);
    """

  private func origin(_ village: Village, role: String? = nil) throws -> PostgresOrigin {
    let profile = try Profile.load("postgresql", from: ["\(Site.project)/Config/profiles"])
    guard case .database(let schemas) = profile.kind else { preconditionFailure("of a database") }
    let uri = role.map { village.database.uri(role: $0) } ?? village.database.uri()
    return PostgresOrigin(name: "xmpp", uri: uri, profiles: schemas, parameters: [:])
  }

  private func begin(_ origin: PostgresOrigin) async throws {
    try await origin.begin(
      owners: OwnerTable(accounts: [], localHosts: []), bornAt: [:], plans: [:], pageHash: nil)
  }

  private func rowCounts(_ reader: any SegmentReader) async throws -> [String: Int] {
    var counts: [String: Int] = [:]
    while case .read(let segment)? = try await reader.nextSegment() {
      for (index, table) in segment.tables.enumerated() {
        counts[table.name, default: 0] += segment.rows.count { Int($0.table) == index }
      }
    }
    return counts
  }

  @Test func `each row once, and none that came later`() async throws {
    let village = try await Village(Self.large, profile: "postgresql")
    let origin = try origin(village)
    _ = try await origin.open()
    try village.database.run("INSERT INTO archive(xml) SELECT 'late' FROM generate_series(1, 999)")
    try village.database.run("DELETE FROM archive WHERE id % 2 = 0")
    try await begin(origin)
    let companion = try #require(await origin.companions.first)
    let (own, others) = (try await rowCounts(origin), try await rowCounts(companion))
    await origin.close()
    #expect(own["words"] == 4000 && own["few"] == 20)
    #expect(Set(others.keys) == ["archive"], "\(others)")
    let mine = try #require(own["archive"])
    let theirs = try #require(others["archive"])
    #expect(mine + theirs == 24000)
    #expect(mine > 6000 && theirs > 9000, "\(mine) and \(theirs)")
  }

  @Test func `what is sent stays sent, and comes back`() async throws {
    let village = try await Village(Self.large, profile: "postgresql")
    try await village.backup()
    let still = try await village.backup()
    #expect(still.stored.chunks_new <= 1, "only the catalogue's root")
    try village.database.run(
      "INSERT INTO archive(xml) SELECT 'new' || i FROM generate_series(1, 300) i")
    let grown = try await village.backup()
    #expect(grown.stored.chunks_new <= 6, "\(grown.stored)")
    try await village.expectRestoreEqualsSource()
  }

  @Test func `a role with two connections is enough, and with one says what is missing`()
    async throws
  {
    let village = try await Village(Self.large, profile: "postgresql")
    let role = "narrow_\(village.database.name)"
    try village.database.run(
      "CREATE ROLE \(role) LOGIN CONNECTION LIMIT 2; GRANT pg_read_all_data TO \(role)")
    try village.configure(village.database.uri(role: role), profile: "postgresql")
    try await village.backup()
    try village.database.run("ALTER ROLE \(role) CONNECTION LIMIT 1")
    let error = await village.failure()
    #expect(error.message.contains("pg_dump"), "\(error.message)")
  }

  @Test func `a table that somebody waits for is read by one session, without waiting`()
    async throws
  {
    let village = try await Village(Self.large, profile: "postgresql")
    let source = try PostgresSource(PostgresAddress(village.database.uri()))
    let database = village.database
    let waiter = Task.detached {
      try? database.run(
        "SET lock_timeout = '300s'; BEGIN; LOCK TABLE archive IN ACCESS EXCLUSIVE MODE")
    }
    let waiting = """
      FROM pg_locks JOIN pg_database d ON d.oid = database
      WHERE NOT granted AND datname = current_database()
      """
    while try !database.run("SELECT 'waits' \(waiting)").contains("waits") {
      try await Task.sleep(for: .milliseconds(20))
    }
    let refusal = #expect(throws: PostgresError.self) {
      _ = try PostgresSource(joining: source.moment)
    }
    #expect(refusal?.message.contains("lock") == true)
    try database.run("SELECT pg_cancel_backend(pid) \(waiting)")
    #expect(await waiter.value == nil, "it waited for us")
    _ = try PostgresSource(joining: source.moment)
  }
}

@Suite struct `Tables are divided so that two readers are done at the same time` {
  private static let mebibyte = 1 << 20

  private func job(_ name: String, isNumbered: Bool = false) -> PostgresOrigin.TableJob {
    let table = PostgresTable(
      schema: "public", name: name, label: name, root: nil, columns: [PostgresColumn(name: "id")],
      key: isNumbered ? .number(0) : .row, highest: nil)
    return PostgresOrigin.TableJob(table: table, number: 0, parameters: [:])
  }

  private func division(
    _ weights: KeyValuePairs<String, Int>, numbered: String = "", bounds: [Int64] = [],
    highest: Int64? = 1000
  ) -> (own: [String], companions: [String]) {
    let previous = bounds.map {
      SegmentPlan.Previous(lower: $0, recordCount: 8192, byteCount: 8 << 20)
    }
    let division = TableDivision(
      weights.map { job($0.key, isNumbered: $0.key == numbered) },
      byteCounts: Dictionary(uniqueKeysWithValues: weights.map { ($0.key, $0.value << 20) }),
      plans: bounds.isEmpty ? [:] : [numbered: SegmentPlan(previous: previous)]
    ) { _ in highest }
    func told(_ jobs: [PostgresOrigin.TableJob]) -> [String] {
      jobs.map { job in
        switch job.part {
        case .whole: job.table.name
        case .below(let bound): "\(job.table.name)<\(bound)"
        case .from(let bound): "\(job.table.name)>=\(bound)"
        }
      }
    }
    return (told(division.own), told(division.companions))
  }

  @Test func `what is small is read by one`() {
    #expect(division(["a": 10, "b": 5], numbered: "a") == (["a", "b"], []))
  }

  @Test func `the largest is parted where both have as much`() {
    #expect(division(["a": 20, "b": 80], numbered: "b") == (["a", "b<375"], ["b>=375"]))
    #expect(division(["b": 80], numbered: "b") == (["b<500"], ["b>=500"]))
  }

  @Test func `it is parted where a segment begins`() {
    let bounds = (0..<20).map { Int64($0 * 100) }
    let parts = division(["a": 20, "b": 80], numbered: "b", bounds: bounds)
    #expect(parts == (["a", "b<700"], ["b>=700"]))
  }

  @Test func `what cannot be parted, or weighs half, goes as a whole`() {
    #expect(division(["a": 20, "b": 80]) == (["a"], ["b"]))
    #expect(division(["a": 48, "b": 52], numbered: "b") == (["a"], ["b"]))
    #expect(division(["a": 20, "b": 80], numbered: "b", highest: nil) == (["a"], ["b"]))
    #expect(division(["b": 80]) == (["b"], []))
  }
}
