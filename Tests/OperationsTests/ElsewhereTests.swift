import Foundation
import Operations
import Storing
import TestKit
import Testing

/// Origins beside those of a site, in a configuration of their own.
private struct Town {
  let site: Site
  let journey: Journey
  var root: String { site.directory.path }

  init(messages: Int = 10) async throws {
    site = try Site(messages: messages)
    journey = Journey(site: site, store: MemoryStore())
  }

  func profile(_ name: String) -> String { "\(Site.project)/Config/profiles/\(name).yaml" }

  func database(_ name: String, _ fixture: String, prefix: String = "") throws -> LiveDatabase {
    let live = try LiveDatabase("\(root)/live/\(name).db")
    try live.execute("PRAGMA journal_mode=WAL")
    try live.execute(try Site.fixture(fixture).replacing("{prefix}", with: prefix))
    return live
  }

  func origin(_ name: String, _ profile: String, _ more: String = "accounts: xmpp") -> String {
    """

      - name: \(name)
        database: \(root)/live/\(name).db
        profile: \(self.profile(profile))
        \(more)
    """
  }

  func start(_ origins: String) async throws {
    try site.writeConfiguration(origins: origins)
    try await journey.initialise()
  }

  func restored(_ snapshot: String = "latest") async throws -> String {
    let target = "\(root)/t\(UInt32.random(in: 0 ... .max))"
    try await journey.restore(target, snapshot: snapshot)
    return target
  }
}

@Suite struct `Whoever is gone from the server is gone from its transports` {
  private func fill(_ town: Town) throws {
    let spectrum = try town.database("telegram", "spectrum2", prefix: "tg_")
    let biboumi = try town.database("irc", "biboumi")
    let slidge = try town.database("signal", "slidge")
    for (id, person) in Site.people.enumerated() {
      let jid = "\(person)@jix.im"
      try spectrum.execute(
        """
        INSERT INTO tg_users(id, jid, uin, password, language) VALUES(\(id), '\(jid)', 'u', '\(jid)', '');
        INSERT INTO tg_users_settings VALUES(\(id), 'v', 1, '\(jid)');
        INSERT INTO tg_buddies VALUES(\(id), \(id), 'b', 'both', '\(jid)', '', 0);
        INSERT INTO tg_buddies_settings VALUES(\(id), \(id), 'icon', 1, '\(jid)')
        """)
      try biboumi.execute(
        """
        INSERT INTO muclogline_(owner_, date_, body_) VALUES('\(jid)', 1, '\(jid)');
        INSERT INTO globaloptions_(owner_) VALUES('\(jid)');
        INSERT INTO ircserveroptions_(id_, owner_, pass_) VALUES(\(id), '\(jid)', '\(jid)');
        INSERT INTO ircchanneloptions_(owner_) VALUES('\(jid)');
        INSERT INTO roster VALUES('irc.jix.im', '\(jid)');
        INSERT INTO after_connection_commands_(fk_, afterconnectioncommand_) VALUES(\(id), '\(jid)')
        """)
      try slidge.execute(
        """
        INSERT INTO user_account(id, jid, legacy_module_data, preferences)
          VALUES(\(id), '\(jid)', '\(jid)', '{}');
        INSERT INTO room(id, user_account_id, legacy_id, jid_localpart, muc_type, participants_filled,
          history_filled, updated) VALUES(\(id), \(id), 'r', 'r', 'GROUP', 0, 0, 0);
        INSERT INTO mam(room_id, stanza_id, timestamp, author_jid, source, stanza)
          VALUES(\(id), 's', '2026-01-02 03:04:05', 'x', 'LIVE', '\(jid)');
        INSERT INTO contact(id, user_account_id, legacy_id, jid_localpart, cached_presence, is_friend,
          added_to_roster, updated, vcard, vcard_fetched, client_type)
          VALUES(\(id), \(id), 'c', 'c', 0, 0, 0, 0, '\(jid)', 0, 'pc');
        INSERT INTO contact_sent(contact_id, msg_id) VALUES(\(id), '\(jid)')
        """)
    }
    // Somebody on another server may use them too.
    try biboumi.execute("INSERT INTO globaloptions_(owner_) VALUES('romeo@elsewhere.test')")
  }

  private static let files = [
    "telegram": ["tg_users", "tg_users_settings", "tg_buddies", "tg_buddies_settings"],
    "irc": [
      "muclogline_", "globaloptions_", "ircserveroptions_", "ircchanneloptions_", "roster",
      "after_connection_commands_",
    ], "signal": ["user_account", "room", "mam", "contact", "contact_sent"],
  ]

  private func dump(_ target: String, _ name: String) throws -> String {
    let live = try LiveDatabase("\(target)/\(name)/\(name).db")
    return try (Self.files[name] ?? []).flatMap { try live.rows("SELECT * FROM \($0)") }
      .map { $0.joined(separator: "|") }.joined(separator: "\n")
  }

  @Test func `their rows stay out of every snapshot, and the others' come back`() async throws {
    let town = try await Town()
    try fill(town)
    try await town.start(
      town.site.usualOrigins
        + town.origin("telegram", "spectrum2", "accounts: xmpp\n    prefix: tg_")
        + town.origin("irc", "biboumi") + town.origin("signal", "slidge"))
    let first = try await town.journey.backup()
    #expect(first.warnings == [])
    #expect(first.accounts.live == Site.people.count)
    try town.site.deleteAccount("erin")
    let second = try await town.journey.backup()
    #expect(second.accounts.erased == 1)
    for snapshot in [first.snapshot, second.snapshot] {
      let target = try await town.restored(snapshot)
      for (name, tables) in Self.files {
        let text = try dump(target, name)
        #expect(!text.contains("erin"), "\(name): \(text)")
        let counts = try tables.map { table in
          try LiveDatabase("\(target)/\(name)/\(name).db").number("SELECT count(*) FROM \(table)")
        }
        let foreign = name == "irc" ? 1 : 0
        #expect(counts.reduce(0, +) == tables.count * (Site.people.count - 1) + foreign, "\(name)")
      }
    }
  }

  @Test func `without the accounts' origin nobody knows whose the rows are`() async throws {
    let town = try await Town()
    try fill(town)
    try await town.start(town.site.usualOrigins + town.origin("irc", "biboumi"))
    try await town.journey.backup()
    try FileManager.default.removeItem(atPath: town.site.database)
    let report = await town.journey.failure { try await town.journey.backup() }
    #expect(report.message.contains(town.site.database), "\(report.message)")
  }

  @Test func `rows of people whom nothing lists are refused`() async throws {
    let town = try await Town()
    try fill(town)
    try town.site.writeConfiguration(origins: town.origin("irc", "biboumi", "accounts: []"))
    try await town.journey.initialise()
    let error = await town.journey.failure { try await town.journey.backup() }
    #expect(error.message.contains("`accounts-file` or `accounts-command`"), "\(error.message)")
  }
}

@Suite struct `Accounts may live elsewhere` {
  private func emptied() async throws -> Town {
    let town = try await Town()
    try town.site.live().execute("DELETE FROM users")
    return town
  }

  private func origins(_ town: Town, _ more: String) -> String {
    let lines = town.site.usualOrigins.split(separator: "\n").map(String.init)
    let host = lines.firstIndex { $0.contains("host:") } ?? 0
    return (lines[...host] + ["    " + more] + lines[(host + 1)...]).joined(separator: "\n")
  }

  @Test func `rows of nobody are refused at first, with the remedy`() async throws {
    let town = try await emptied()
    try await town.start(town.site.usualOrigins)
    let error = await town.journey.failure { try await town.journey.backup() }
    #expect(error.message.contains("`accounts-file` or `accounts-command`"), "\(error.message)")
    #expect(error.message.contains("origin xmpp"), "\(error.message)")
    #expect(try await town.journey.snapshots().snapshots.isEmpty)
  }

  @Test func `a file says who exists, with their uploads and all`() async throws {
    let town = try await emptied()
    let list = town.root + "/accounts"
    let lines = Site.people.map { "\($0)@jix.im" }
    try TextFile.write(lines.joined(separator: "\n"), to: list)
    try await town.start(origins(town, "accounts-file: \(list)"))
    let report = try await town.journey.backup()
    #expect(report.state == "complete" && report.warnings == [])
    #expect(report.accounts.live == Site.people.count)
    try await town.journey.expectRestoreEqualsSource()
    try TextFile.write(lines.filter { !$0.hasPrefix("erin") }.joined(separator: "\n"), to: list)
    #expect(try await town.journey.backup().accounts.erased == 1)
    let target = try await town.restored()
    let restored = try LiveDatabase(target + "/xmpp/ejabberd.db")
    #expect(try restored.number("SELECT count(*) FROM vcard WHERE username = 'erin'") == 0)
    #expect(try TreeImage(target + "/uploads").entries.keys.allSatisfy { !$0.contains("erin") })
    #expect(try restored.number("SELECT count(*) FROM vcard") == Site.people.count - 1)
  }

  @Test func `a command may print nodes, as ejabberdctl does`() async throws {
    let town = try await emptied()
    let words = Site.people.joined(separator: "\\n")
    try await town.start(origins(town, "accounts-command: [/usr/bin/printf, '\(words)\\n']"))
    #expect(try await town.journey.backup().accounts.live == Site.people.count)
    try await town.journey.expectRestoreEqualsSource()
  }

  @Test func `a list that cannot be had makes nobody missing`() async throws {
    let town = try await emptied()
    let list = town.root + "/accounts"
    try TextFile.write(Site.people.map { "\($0)@jix.im" }.joined(separator: "\n"), to: list)
    try await town.start(origins(town, "accounts-file: \(list)"))
    try await town.journey.backup()
    try FileManager.default.removeItem(atPath: list)
    let report = try await town.journey.backup()
    #expect(report.state == "partial")
    #expect(report.accounts.erased == 0 && report.accounts.live == Site.people.count)
    #expect(report.warnings.contains { $0.contains(list) })
    try await town.journey.expectRestoreEqualsSource()
  }

  @Test(arguments: [
    ("accounts-command: printf x", "full path"), ("accounts-command: []\n    wrong: x", "`wrong`"),
    ("accounts-command: [/bin/true]\n    accounts-file: /x", "cannot both"),
    ("accounts: uploads", "comes first"), ("prefix: a_", "have no prefix"),
    ("owner: [a]", "must be a text or a mapping"),
  ])
  func `a slip in the configuration is named`(_ line: String, _ named: String) async throws {
    let town = try await Town()
    try town.site.writeConfiguration()
    try await town.journey.initialise()
    try town.site.writeConfiguration(origins: origins(town, line))
    let error = await town.journey.failure { try await town.journey.backup() }
    #expect(error.message.contains(named), "\(error.message)")
  }
}

@Suite struct `A database without a profile may have owners` {
  private func wiki(_ town: Town) throws {
    let live = try LiveDatabase("\(town.root)/live/wiki.db")
    try live.execute(
      """
      PRAGMA journal_mode=WAL; CREATE TABLE drafts(author, text); CREATE TABLE pages(text);
      INSERT INTO drafts VALUES('alice@jix.im', 'hers'), ('erin@jix.im', 'gone'), (NULL, 'all');
      INSERT INTO pages VALUES('start')
      """)
  }

  @Test func `by table, with the rest shared`() async throws {
    let town = try await Town()
    try wiki(town)
    try town.site.deleteAccount("erin")
    try await town.start(
      town.site.usualOrigins
        + town.origin("wiki", "sqlite", "accounts: xmpp\n    owner: { drafts: author }"))
    try await town.journey.backup()
    let restored = try LiveDatabase(try await town.restored() + "/wiki/wiki.db")
    #expect(try restored.rows("SELECT text FROM drafts ORDER BY 1") == [["all"], ["hers"]])
    #expect(try restored.number("SELECT count(*) FROM pages") == 1)
  }

  @Test func `all of it by one expression`() async throws {
    let town = try await Town()
    try wiki(town)
    try await town.start(
      town.site.usualOrigins
        + town.origin("wiki", "sqlite", "accounts: xmpp\n    owner: \"'erin@jix.im'\""))
    let first = try await town.journey.backup()
    try town.site.deleteAccount("erin")
    try await town.journey.backup()
    let restored = try LiveDatabase(try await town.restored(first.snapshot) + "/wiki/wiki.db")
    #expect(try restored.number("SELECT count(*) FROM drafts") == 0)
    #expect(try restored.number("SELECT count(*) FROM pages") == 0)
  }

  @Test func `a column that is not there is named`() async throws {
    let town = try await Town()
    try wiki(town)
    try await town.start(town.origin("wiki", "sqlite", "accounts-file: /x\n    owner: author"))
    let error = await town.journey.failure { try await town.journey.backup() }
    #expect(error.message.contains("schema any, table pages"), "\(error.message)")
  }
}
