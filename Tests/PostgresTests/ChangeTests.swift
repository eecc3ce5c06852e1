import Operations
import TestKit
import Testing

@Suite(hasServer) struct `What changes little in PostgreSQL sends little` {
  private static let tables = """
    CREATE TABLE counted(t text, id serial);
    CREATE TABLE keyed(name text PRIMARY KEY, t text);
    CREATE TABLE bare(a text, b text);
    INSERT INTO counted(t) SELECT md5(i::text) || md5((i + 1)::text) FROM generate_series(1, 40000) i;
    INSERT INTO keyed SELECT md5(i::text), repeat(md5((i + 1)::text), 4) FROM generate_series(1, 20000) i;
    INSERT INTO bare SELECT md5((i % 9000)::text), repeat(md5((i % 9000 + 1)::text), 4) FROM generate_series(1, 20000) i;
    """

  @Test func `a few rows of tables with and without keys`() async throws {
    let village = try await Village(Self.tables, profile: "postgresql")
    let first = try await village.backup()
    let still = try await village.backup()
    #expect(still.stored.chunks_new == 0, "\(still.stored)")
    try village.database.run(
      """
      INSERT INTO counted(t) VALUES ('one more'); UPDATE counted SET t = 'changed' WHERE id = 20000;
      DELETE FROM counted WHERE id = 5000;
      UPDATE keyed SET t = 'changed' WHERE name = md5('7'); INSERT INTO keyed VALUES (md5('new'), 't');
      DELETE FROM bare WHERE a = md5('5');
      """)
    let second = try await village.backup()
    #expect(second.stored.chunks_new <= 12, "\(second.stored)")
    #expect(second.stored.chunks_total > 20)
    #expect(second.stored.bytes_uploaded < first.stored.bytes_uploaded / 2, "\(second.stored)")
    try await village.expectRestoreEqualsSource()
  }

  @Test func `rows that moved in the file are the same rows`() async throws {
    let village = try await Village(Self.tables, profile: "postgresql")
    try await village.backup()
    try village.database.run(
      "UPDATE counted SET t = t; UPDATE bare SET a = a; VACUUM FULL counted; VACUUM FULL bare")
    let second = try await village.backup()
    #expect(second.stored.chunks_new == 0, "\(second.stored)")
  }

  @Test func `a table that appears or vanishes between runs`() async throws {
    let village = try await Village(Ejabberd.life, more: "host: jix.im")
    try await village.backup()
    try village.database.run(
      "CREATE TABLE aaa(x int); INSERT INTO aaa VALUES (1); DROP TABLE rostergroups")
    let second = try await village.backup()
    #expect(second.state == "complete")
    #expect(second.warnings.count == 1, "\(second.warnings)")
    #expect(second.warnings.contains { $0.contains("table aaa is unknown to its profile") })
    try await village.expectRestoreEqualsSource(emptying: ["sm"])
    let oldest = try #require(
      try await SnapshotList(
        try village.configuration, store: village.store
      ).snapshots.first)
    let restored = try await village.restore(oldest.id)
    #expect(try restored.database.run("SELECT count(*) FROM rostergroups") == "12\n")
  }
}
