import Foundation
import Operations
import Storing
import TestKit
import Testing

@Suite struct `Every shape of database comes back` {
  private func journey(_ messages: Int = 50) async throws -> Journey {
    let journey = Journey(site: try Site(messages: messages), store: MemoryStore())
    try await journey.initialise()
    return journey
  }

  @Test func `remains of deleted accounts are not restored`() async throws {
    let journey = try await journey(700)
    try await journey.backup()
    try journey.site.deleteAccount("erin")
    let live = try journey.site.live()
    let remains = try live.number("SELECT count(*) FROM archive WHERE username = 'erin'")
    #expect(remains > 20)
    let report = try await journey.backup()
    #expect(report.accounts.missing == 1)
    #expect(report.warnings.contains { $0.contains("\(remains) rows of accounts") })
    let target = journey.site.directory.path + "/t"
    try await journey.restore(target)
    let restored = try LiveDatabase(target + "/xmpp/ejabberd.db")
    #expect(try restored.number("SELECT count(*) FROM archive WHERE username = 'erin'") == 0)
    #expect(
      try restored.number("SELECT count(*) FROM archive")
        == live.number("SELECT count(*) FROM archive WHERE username <> 'erin'"))
    #expect(try TreeImage(target + "/uploads").entries.keys.allSatisfy { !$0.contains("erin") })
    #expect(try TreeImage(target + "/uploads").entries["/dave/b2/note.txt"] != nil)
  }

  @Test func `an unknown table is kept with a warning, and an unknown column without`() async throws
  {
    let journey = try await journey()
    try journey.site.live().execute(
      """
      CREATE TABLE plugin_data(a, b); INSERT INTO plugin_data VALUES(1, 'x'), (NULL, 2.5);
      ALTER TABLE vcard ADD COLUMN extra; UPDATE vcard SET extra = zeroblob(9)
      """)
    let report = try await journey.backup()
    #expect(report.state == "complete")
    #expect(report.warnings.count == 1)
    #expect(report.warnings[0].contains("plugin_data is unknown to its profile"))
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `a database of nobody`() async throws {
    let journey = try await journey()
    try journey.site.live().execute(
      Site.tablesWithAddresses.map { "DELETE FROM \($0)" }.joined(separator: ";"))
    try FileManager.default.removeItem(atPath: journey.site.uploads)
    try Site.makeDirectory(journey.site.uploads)
    let report = try await journey.backup()
    #expect(report.accounts.live == 0)
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `rows of more than a chunk and of more than a pack's piece`() async throws {
    let journey = try await journey()
    try journey.site.live().execute(
      """
      UPDATE vcard SET vcard = hex(randomblob(700000)) WHERE username = 'alice';
      UPDATE vcard SET vcard = randomblob(5000000) WHERE username = 'bob';
      UPDATE vcard SET vcard = replace(hex(zeroblob(6000000)), '0', 'y') WHERE username = 'carol';
      INSERT INTO archive(username, timestamp, peer, bare_peer, xml)
        VALUES('dave', 1, 'p', 'p', randomblob(20000000))
      """)
    try await journey.backup()
    #expect(try await journey.backup().stored.chunks_new == 1)
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `few rows that are large together`() async throws {
    let journey = try await journey()
    let rows = (0..<90).map { "('u\($0)', randomblob(1000000))" }.joined(separator: ",")
    try journey.site.live().execute(
      "CREATE TABLE avatars(name TEXT PRIMARY KEY, picture); INSERT INTO avatars VALUES \(rows)")
    try await journey.backup()
    #expect(try await journey.backup().stored.chunks_new == 1)
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `a table without row ids whose key begins alike in every row`() async throws {
    let journey = try await journey()
    let live = try journey.site.live()
    try live.execute(
      """
      CREATE TABLE prefs(host TEXT, user TEXT, item INTEGER, value, PRIMARY KEY(host, user, item))
        WITHOUT ROWID;
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 11999)
        INSERT INTO prefs SELECT 'jix.im', 'user' || (i % 400), i, randomblob(800) FROM n
      """)
    let first = try await journey.backup()
    #expect(try await journey.backup().stored.chunks_new == 1)
    try live.execute("UPDATE prefs SET value = 'new' WHERE user = 'user7' AND item = 7")
    let third = try await journey.backup()
    // One chunk of rows at most of 512 KiB or little more, its part and the root.
    #expect(third.stored.chunks_new < 10, "of \(first.stored.chunks_new)")
    #expect(third.stored.bytes_uploaded < first.stored.bytes_uploaded / 4)
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `a table that grows from run to run`() async throws {
    let journey = try await journey(3000)
    var random = SeededRandom(seed: 9)
    try await journey.backup()
    for round in 0..<12 {
      let live = try journey.site.live()
      try live.execute("BEGIN")
      try Site.addMessages(900, in: live, &random)
      try live.execute("COMMIT")
      let report = try await journey.backup()
      #expect(report.stored.chunks_new < report.stored.chunks_total, "round \(round)")
    }
    // A run after the last growth may still merge segments; then the table rests.
    try await journey.backup()
    let rest = try await journey.backup()
    #expect(rest.stored.chunks_new == 1)
    #expect(rest.stored.chunks_total < 250)
    try await journey.expectRestoreEqualsSource()
  }

  @Test(arguments: ["UTF-16le", "UTF-16be"])
  func `a UTF-16 database under the profile for any database`(encoding: String) async throws {
    let site = try Site(messages: 1)
    let path = site.directory.path + "/live/other.db"
    try LiveDatabase(path).execute(
      """
      PRAGMA encoding='\(encoding)'; PRAGMA page_size=1024; PRAGMA journal_mode=WAL;
      CREATE TABLE note(id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT COLLATE NOCASE, n REAL);
      INSERT INTO note(text, n) VALUES('Léthé 🌊', 1.5), (CAST(x'00d8' AS TEXT), -0.0), ('', NULL);
      CREATE UNIQUE INDEX byText ON note(text) WHERE n > 1;
      CREATE VIEW v AS SELECT * FROM note;
      CREATE TABLE pair(a, b, PRIMARY KEY(b DESC, a)) WITHOUT ROWID;
      INSERT INTO pair VALUES('x', 'ÿ'), (x'ff', 2), (3, 2)
      """)
    try site.writeConfiguration(
      origins: """
          - name: other
            database: \(path)
            profile: \(Site.project)/Config/profiles/sqlite.yaml
        """)
    let journey = Journey(site: site, store: MemoryStore())
    try await journey.initialise()
    let report = try await journey.backup()
    #expect(report.warnings == [])
    let target = site.directory.path + "/t"
    #expect(try await journey.restore(target).verified)
    #expect(
      try DatabaseImage(target + "/other/other.db").differences(from: try DatabaseImage(path)) == []
    )
  }

  @Test func `the new schema of ejabberd`() async throws {
    let site = try Site(messages: 1)
    let path = site.directory.path + "/live/new.db"
    let live = try LiveDatabase(path)
    try live.execute("PRAGMA journal_mode=WAL")
    try live.execute(try Site.fixture("ejabberd-new"))
    try live.execute(
      """
      INSERT INTO users(username, server_host, password) VALUES('a', 'one', ''),
        ('a', 'two', '');
      INSERT INTO last VALUES('a', 'one', '1', ''), ('a', 'two', '1', ''), ('gone', 'one', '1', '')
      """)
    try site.writeConfiguration(
      origins: """
          - name: xmpp
            database: \(path)
            profile: \(Site.project)/Config/profiles/ejabberd.yaml
        """)
    let journey = Journey(site: site, store: MemoryStore())
    try await journey.initialise()
    #expect(try await journey.backup().accounts.live == 2)
    let target = site.directory.path + "/t"
    try await journey.restore(target)
    let restored = try LiveDatabase(target + "/xmpp/new.db")
    #expect(
      try restored.rows("SELECT username, server_host FROM last ORDER BY 2")
        == [["a", "one"], ["a", "two"]])
  }
}
