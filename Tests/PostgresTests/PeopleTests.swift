import Foundation
import Operations
import Origins
import TestKit
import Testing

/// Tables of ejabberd as its schemas for PostgreSQL have them, as far as these tests fill them.
enum Ejabberd {
  /// With the host in the configuration.
  static let old = """
    CREATE TABLE users(username text PRIMARY KEY, password text NOT NULL,
      created_at timestamp NOT NULL DEFAULT now());
    CREATE TABLE last(username text PRIMARY KEY, seconds text NOT NULL, state text NOT NULL);
    CREATE TABLE rosterusers(username text NOT NULL, jid text NOT NULL, nick text NOT NULL,
      subscription character(1) NOT NULL, created_at timestamp NOT NULL DEFAULT now());
    CREATE UNIQUE INDEX i_rosteru_user_jid ON rosterusers USING btree (username, jid);
    CREATE TABLE rostergroups(username text NOT NULL, jid text NOT NULL, grp text NOT NULL);
    CREATE TABLE archive(username text NOT NULL, timestamp bigint NOT NULL, peer text NOT NULL,
      xml text NOT NULL, txt text, id serial, kind text, created_at timestamp NOT NULL DEFAULT now());
    CREATE INDEX i_username_timestamp ON archive USING btree (username, timestamp);
    CREATE TABLE privacy_list(username text NOT NULL, name text NOT NULL, id serial UNIQUE,
      created_at timestamp NOT NULL DEFAULT now());
    CREATE TABLE privacy_list_data(id bigint REFERENCES privacy_list(id) ON DELETE CASCADE,
      t character(1) NOT NULL, value text NOT NULL);
    CREATE TABLE muc_room(name text NOT NULL, host text NOT NULL, opts text NOT NULL,
      created_at timestamp NOT NULL DEFAULT now());
    CREATE TABLE pubsub_node(host text NOT NULL, node text NOT NULL, nodeid serial UNIQUE);
    CREATE TABLE pubsub_item(nodeid bigint REFERENCES pubsub_node(nodeid) ON DELETE CASCADE,
      itemid text NOT NULL, publisher text NOT NULL, payload text NOT NULL);
    CREATE TABLE pubsub_state(nodeid bigint REFERENCES pubsub_node(nodeid) ON DELETE CASCADE,
      jid text NOT NULL, affiliation character(1), stateid serial UNIQUE);
    CREATE TABLE sm(usec bigint NOT NULL, pid text NOT NULL, username text NOT NULL);
    """

  /// With the host in every row.
  static let new = """
    CREATE TABLE users(username text NOT NULL, server_host text NOT NULL, password text NOT NULL,
      created_at timestamp NOT NULL DEFAULT now(), PRIMARY KEY (server_host, username));
    CREATE TABLE last(username text NOT NULL, server_host text NOT NULL, seconds text NOT NULL,
      state text NOT NULL, PRIMARY KEY (server_host, username));
    CREATE TABLE rosterusers(username text NOT NULL, server_host text NOT NULL, jid text NOT NULL,
      created_at timestamp NOT NULL DEFAULT now());
    CREATE TABLE archive(username text NOT NULL, server_host text NOT NULL, timestamp bigint NOT NULL,
      xml text NOT NULL, id serial, created_at timestamp NOT NULL DEFAULT now());
    """

  static let people = ["alice", "bob", "carol", "dave", "erin", "frank"]

  /// Rows of everybody in the old schema, and what belongs to nobody.
  static var life: String {
    let names = people.enumerated().map { "(\($0), '\($1)')" }.joined(separator: ", ")
    return """
      \(old)
      CREATE TEMP TABLE p(i, n) AS VALUES \(names);
      INSERT INTO users SELECT n, 'secret', '2026-01-01' FROM p;
      INSERT INTO last SELECT n, '1700000000', '' FROM p;
      INSERT INTO rosterusers SELECT a.n, b.n || '@jix.im', '', 'B' FROM p a, p b WHERE a.n <> b.n;
      INSERT INTO rostergroups SELECT n, 'alice@jix.im', 'Friends' FROM p, generate_series(1, 2);
      INSERT INTO archive(username, timestamp, peer, xml, txt)
        SELECT n, m, 'x@jix.im', '<message id="' || m || '">of ' || n || '</message>', 'text ' || m
        FROM generate_series(1, 200) m, p ORDER BY m, i;
      INSERT INTO archive(username, timestamp, peer, xml) VALUES ('room@muc.jix.im', 1, '', '<message/>');
      INSERT INTO privacy_list(username, name) SELECT n, 'list' FROM p;
      INSERT INTO privacy_list_data SELECT id, 'j', username || '-item' FROM privacy_list;
      INSERT INTO muc_room VALUES ('room', 'muc.jix.im', '[{affiliations,[{{<<"frank">>,<<"jix.im">>,<<>>},owner},'
        || '{{<<"alice">>,<<"jix.im">>,<<>>},member}]}]'), ('odd', 'muc.jix.im', 'no term');
      INSERT INTO pubsub_node(host, node) SELECT n || '@jix.im', 'urn:xmpp:avatar:data' FROM p;
      INSERT INTO pubsub_node(host, node) VALUES ('pubsub.jix.im', 'news');
      INSERT INTO pubsub_item SELECT nodeid, 'i', host || '/r', 'pep' FROM pubsub_node WHERE host LIKE '%@%';
      INSERT INTO pubsub_item SELECT 7, n, n || '@jix.im/r', 'published' FROM p;
      INSERT INTO pubsub_state(nodeid, jid, affiliation) SELECT 7, n || '@jix.im/a/b', 'p' FROM p;
      INSERT INTO sm VALUES (1, 'pid', 'alice');
      DROP TABLE p;
      """
  }
}

@Suite(hasServer) struct `PostgreSQL's rows belong to people` {
  private func village() async throws -> Village {
    try await Village(Ejabberd.life, more: "host: jix.im")
  }

  @Test func `a whole server comes back, but for what is ephemeral`() async throws {
    let village = try await village()
    let report = try await village.backup()
    #expect(report.state == "complete" && report.warnings == [], "\(report.warnings)")
    #expect(report.accounts.live == 6)
    let restored = try await village.expectRestoreEqualsSource(emptying: ["sm"])
    #expect(try restored.database.run("SELECT count(*) FROM sm") == "0\n")
  }

  @Test func `an account that is gone leaves nothing in any restore`() async throws {
    let village = try await village()
    try await village.backup()
    try village.database.run(
      "DELETE FROM users WHERE username = 'frank'; DELETE FROM last WHERE username = 'frank'")
    let second = try await village.backup()
    #expect(second.accounts.erased == 1 && second.state == "complete")
    let oldest = try #require(
      try await SnapshotList(
        try village.configuration, store: village.store
      ).snapshots.first)
    for snapshot in ["latest", oldest.id] {
      let restored = try await village.restore(snapshot)
      let text = try String(contentsOfFile: restored.file, encoding: .utf8)
      // Others' copies of a person's words, and contacts' rosters, are theirs.
      let mentions = text.split(separator: "\n").filter { $0.contains("frank") }
      #expect(
        mentions.allSatisfy { $0.contains("\tfrank@jix.im\t") && !$0.hasPrefix("frank\t") },
        "\(mentions)")
      #expect(mentions.count == 5)
      #expect(restored.report.excluded.mentions == 1)
      #expect(restored.report.next_steps.contains { $0.contains("1 rows of muc_room") })
      #expect(
        try restored.database.run("SELECT opts FROM muc_room WHERE name = 'room'")
          == "[{affiliations,[{{<<\"alice\">>,<<\"jix.im\">>,<<>>},member}]}]\n")
    }
  }

  @Test func `a drill and the doctor know such a database`() async throws {
    let village = try await village()
    try await village.backup()
    let scratch = try TemporaryDirectory("lethe-scratch")
    let drill = Drill(
      try village.configuration, store: village.store, now: { Timestamp.now() },
      progress: { _ in })
    let report = try await drill.run(
      DrillRequest(scratch: scratch.path, canary: "alice@jix.im"), kit: try village.kit())
    #expect(report.listed_accounts == 6 && report.recorded == .log)
    let profiles = try await ProfileExamination(try village.configuration).run(origins: [])
    let rules = try #require(profiles.origins.first).rules
    let archive = try #require(rules.first { $0.subject == "archive" })
    #expect(archive.live == 1200 && archive.people == 6 && archive.shared == 1)
    #expect(rules.first { $0.subject == "sm" }?.rule == .ephemeral)
  }

  @Test func `one account alone, by name`() async throws {
    let village = try await village()
    try await village.backup()
    let restored = try await village.restore(accounts: ["bob@jix.im"])
    #expect(try restored.database.run("SELECT DISTINCT username FROM archive") == "bob\n")
    #expect(try restored.database.run("SELECT count(*) FROM muc_room") == "0\n")
    // The node of the service is not bob's, but what bob wrote there is.
    #expect(
      restored.output.contains("rows refer to others that are left out"), "\(restored.output)")
    #expect(
      try restored.database.run("SELECT count(*) FROM pg_constraint WHERE NOT convalidated")
        == "2\n")
  }

  @Test func `who registers a deleted name gets only what is theirs`() async throws {
    let village = try await village()
    try await village.backup()
    // The server's clock says local time; an hour of it must not make old rows new.
    try village.database.run(
      """
      UPDATE users SET created_at = now() WHERE username = 'frank';
      UPDATE archive SET created_at = now() - interval '10 minutes' WHERE username = 'frank';
      INSERT INTO archive(username, timestamp, peer, xml, created_at)
        VALUES ('frank', 1, '', 'new', now() + interval '1 second');
      """)
    let second = try await village.backup()
    #expect(second.accounts.erased == 1 && second.accounts.new == 1)
    let restored = try await village.restore()
    #expect(
      try restored.database.run("SELECT xml FROM archive WHERE username = 'frank'") == "new\n")
  }

  @Test func `both schemas of ejabberd are told apart`() async throws {
    let village = try await Village(
      """
      \(Ejabberd.new)
      INSERT INTO users SELECT 'u' || i, 'h' || i % 2 || '.im', 'x' FROM generate_series(1, 6) i;
      INSERT INTO archive(username, server_host, timestamp, xml)
        SELECT username, server_host, 1, 'of ' || username FROM users, generate_series(1, 10);
      INSERT INTO last VALUES ('gone', 'h0.im', '', '');
      """)
    let report = try await village.backup()
    #expect(report.accounts.live == 6)
    #expect(report.warnings.contains { $0.contains("1 rows of accounts that no longer exist") })
    let restored = try await village.restore()
    #expect(try restored.database.run("SELECT count(*) FROM last") == "0\n")
    #expect(try restored.database.run("SELECT count(*) FROM archive") == "60\n")
  }

  @Test func `Prosody's tables`() async throws {
    let village = try await Village(
      """
      CREATE TABLE prosody(host text NOT NULL, "user" text NOT NULL, store text NOT NULL, key text NOT NULL,
        type text NOT NULL, value text NOT NULL);
      CREATE UNIQUE INDEX prosody_unique_index ON prosody (host, "user", store, key);
      CREATE TABLE prosodyarchive(sort_id serial PRIMARY KEY, host text NOT NULL, "user" text NOT NULL,
        store text NOT NULL, key text NOT NULL, "when" integer NOT NULL, "with" text NOT NULL,
        type text NOT NULL, value text NOT NULL);
      INSERT INTO prosody SELECT 'jix.im', n, 'accounts', k, 'string', v FROM unnest(ARRAY['alice', 'frank']) n,
        (VALUES ('created', '1700000000.25'), ('salt', 's')) x(k, v);
      INSERT INTO prosodyarchive(host, "user", store, key, "when", "with", type, value)
        SELECT 'jix.im', n, 'archive', i::text, 1700000000 + i, 'x@jix.im', 'xml', 'of ' || n
        FROM unnest(ARRAY['alice', 'frank']) n, generate_series(1, 5) i;
      INSERT INTO prosodyarchive(host, "user", store, key, "when", "with", type, value)
        VALUES ('pubsub.jix.im', '', 'pubsub_news', 'i', 1, 'frank@jix.im/r', 'xml', 'item of frank');
      INSERT INTO prosody VALUES ('muc.jix.im', 'room', 'config', '_affiliations', 'json',
        '{"frank@jix.im":"owner","alice@jix.im":"member"}'),
        ('muc.jix.im', 'room', 'config', 'frank@jix.im', 'string', 'owner'),
        ('jix.im', '', 'vcard_muc', 'x', 'string', 'shared');
      """, profile: "prosody")
    let first = try await village.backup()
    #expect(first.accounts.live == 2 && first.warnings == [], "\(first.warnings)")
    try await village.expectRestoreEqualsSource()
    try await village.erase(["frank@jix.im"])
    let restored = try await village.restore()
    #expect(try restored.database.run("SELECT count(*) FROM prosodyarchive") == "5\n")
    #expect(!(try String(contentsOfFile: restored.file, encoding: .utf8)).contains("frank"))
  }
}
