@testable import Origins
import Format
import Querying
import TestKit
import Testing

/// A database in Prosody's shape, and what its profile says of it.
private final class ProsodyDatabase {
  let directory: TemporaryDirectory
  let live: LiveDatabase
  var path: String { directory.path + "/prosody.sqlite" }

  init() throws {
    directory = try TemporaryDirectory()
    live = try LiveDatabase(directory.path + "/prosody.sqlite")
    try live.execute("PRAGMA journal_mode=WAL")
    try live.execute(try Site.fixture("prosody"))
  }

  func set(
    _ address: String, _ store: String, _ key: String, _ value: String, type: String = "string"
  ) throws {
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    try live.execute(
      "INSERT INTO prosody VALUES('\(parts[1])', '\(parts[0])', '\(store)', '\(key)', '\(type)', "
        + "'\(value)')")
  }

  func append(
    _ address: String, _ store: String, _ key: String, when: Int, with: String = ""
  ) throws {
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    try live.execute(
      "INSERT INTO prosodyarchive(host, user, store, key, \"when\", \"with\", type, value) VALUES("
        + "'\(parts[1])', '\(parts[0])', '\(store)', '\(key)', \(when), '\(with)', 'xml', '<x/>')")
  }

  func register(_ address: String, salt: String, at time: Int? = nil) throws {
    try set(address, "accounts", "salt", salt)
    try set(address, "accounts", "iteration_count", "10000", type: "number")
    if let time { try set(address, "account_details", "registered", "\(time)", type: "number") }
  }

  static func schema() throws -> DatabaseProfile {
    guard
      case .database(let schemas) = try Profile.load(
        "prosody", from: ["\(Site.project)/Config/profiles"]
      ).kind, let schema = schemas.first
    else { throw TestKitError("prosody is no database profile") }
    return schema
  }

  func listing() async throws -> AccountListing {
    let origin = DatabaseOrigin(
      name: "chat", path: path, profiles: [try Self.schema()], parameters: [:])
    _ = try await origin.open()
    let listing = try await origin.accounts()
    await origin.close()
    return listing
  }

  /// The owner of each row: store, key, and the expression's value.
  func owners(_ table: String) throws -> [String: String] {
    guard case .owner(let sql) = try Self.schema().rules[table] else { return [:] }
    let rows = try live.rows("SELECT store || ' ' || key, \(sql) FROM \(table)")
    return Dictionary(rows.map { ($0[0], $0[1]) }, uniquingKeysWith: { "\($0), \($1)" })
  }
}

@Suite struct `Prosody's rows belong to whom Prosody means` {
  @Test func `each store's rows have their owner`() throws {
    let database = try ProsodyDatabase()
    try database.register("romeo@x", salt: "s")
    try database.set("romeo@x", "roster", "juliet@x", "{}", type: "json")
    try database.set("adrnin@x", "skeletons", "username", "admin")
    try database.set("@x", "tombstones", "tybalt", "1", type: "number")
    try database.set("balcony@rooms.x", "config", "romeo@x", "owner")
    try database.set("balcony@rooms.x", "config", "_data", "{}", type: "json")
    try database.set("@rooms.x", "persistent", "balcony@rooms.x", "true", type: "boolean")
    try database.set("news@pubsub.x", "pubsub_nodes", "name", "news")
    let owners = try database.owners("prosody")
    #expect(owners["accounts salt"] == "romeo@x")
    #expect(owners["roster juliet@x"] == "romeo@x")
    #expect(owners["skeletons username"] == "admin@x")
    #expect(owners["tombstones tybalt"] == "NULL")
    #expect(owners["config romeo@x"] == "romeo@x")
    #expect(owners["config _data"] == "NULL")
    #expect(owners["persistent balcony@rooms.x"] == "NULL")
    #expect(owners["pubsub_nodes name"] == "NULL")
  }

  @Test func `each archive's items have their owner`() throws {
    let database = try ProsodyDatabase()
    try database.register("romeo@x", salt: "s")
    try database.append("romeo@x", "archive", "a", when: 1, with: "juliet@x")
    try database.append("romeo@x", "pep_urn:xmpp:avatar:data", "b", when: 1, with: "romeo@x")
    try database.append("balcony@rooms.x", "muc_log", "c", when: 1, with: "message<groupchat")
    try database.append("@upload.x", "uploads", "d", when: 1, with: "juliet@x")
    try database.append("@x", "uploads", "e", when: 1, with: "juliet@x")
    try database.append("@pubsub.x", "pubsub_news", "f", when: 1, with: "romeo@x/home")
    let owners = try database.owners("prosodyarchive")
    #expect(owners["archive a"] == "romeo@x")
    #expect(owners["pep_urn:xmpp:avatar:data b"] == "romeo@x")
    #expect(owners["muc_log c"] == "NULL")
    #expect(owners["uploads d"] == "juliet@x")
    #expect(owners["uploads e"] == "juliet@x")
    #expect(owners["pubsub_news f"] == "romeo@x")
  }

  @Test func `a host without accounts stays local while anything of theirs is there`() async throws
  {
    let database = try ProsodyDatabase()
    try database.register("romeo@x", salt: "s")
    try database.set("tybalt@gone.x", "private", "a", "b")
    try database.set("balcony@rooms.x", "config", "_data", "{}", type: "json")
    try database.set("@upload.x", "upload_stats", "total", "1", type: "number")
    let listing = try await database.listing()
    #expect(listing.localHosts.sorted() == ["gone.x", "x"])
    #expect(listing.accounts.map(\.address) == ["romeo@x"])
    #expect(try database.owners("prosody")["private a"] == "tybalt@gone.x")
  }

  @Test func `an empty database has nobody`() async throws {
    let listing = try await ProsodyDatabase().listing()
    #expect(listing == AccountListing(accounts: [], localHosts: []))
  }

  @Test func `every table is known, with 13's unique index too`() async throws {
    let database = try ProsodyDatabase()
    try database.live.execute(
      """
      DROP INDEX prosody_index;
      CREATE UNIQUE INDEX prosody_unique_index ON prosody(host, user, store, key)
      """)
    let origin = DatabaseOrigin(
      name: "chat", path: database.path, profiles: [try ProsodyDatabase.schema()], parameters: [:])
    #expect(try await origin.open().findings == [])
    await origin.close()
  }
}

@Suite struct `A changed password makes nobody somebody else` {
  private func mark(_ database: ProsodyDatabase) async throws -> AccountListing.Account {
    try #require(try await database.listing().accounts.first)
  }

  @Test func `the registration's time outlasts the salt`() async throws {
    let database = try ProsodyDatabase()
    try database.register("romeo@x", salt: "one", at: 1_795_348_350)
    let before = try await mark(database)
    #expect(before.registered == 1_795_348_350)
    try database.live.execute("UPDATE prosody SET value = 'two' WHERE key = 'salt'")
    #expect(try await mark(database) == before)
  }

  @Test func `so does the time of creation, which comes first`() async throws {
    let database = try ProsodyDatabase()
    try database.register("romeo@x", salt: "one", at: 9)
    try database.set("romeo@x", "accounts", "created", "7", type: "number")
    let account = try await mark(database)
    #expect(account.birthMark == Array("7".utf8))
    #expect(account.registered == 7)
    #expect(account.oldest == nil)
  }

  @Test func `without either, the oldest message goes along with the salt`() async throws {
    let database = try ProsodyDatabase()
    try database.register("romeo@x", salt: "one")
    #expect(try await mark(database).oldest == nil)
    try database.append("romeo@x", "offline", "a", when: 50)
    #expect(try await mark(database).oldest == 50)
    try database.append("romeo@x", "archive", "b", when: 70)
    try database.append("romeo@x", "archive", "c", when: 60)
    try database.append("romeo@x", "pep_x", "d", when: 1)
    let account = try await mark(database)
    #expect(account.oldest == 60)
    #expect(account.registered == nil)
    #expect(account.birthMark == Array("one".utf8))
  }

  @Test func `who registers the name again has another mark`() async throws {
    let database = try ProsodyDatabase()
    try database.register("romeo@x", salt: "one", at: 5)
    let before = try await mark(database)
    try database.live.execute("DELETE FROM prosody")
    try database.register("romeo@x", salt: "two")
    #expect(try await mark(database).birthMark != before.birthMark)
  }
}

@Suite struct `Profiles of transports know their tables` {
  @Test(arguments: [
    ("biboumi", ""), ("slidge", ""), ("spectrum2", ""), ("spectrum2", "tg_"),
  ])
  func `every table has a rule that fits`(_ name: String, _ prefix: String) async throws {
    let directory = try TemporaryDirectory()
    let live = try LiveDatabase(directory.path + "/t.db")
    try live.execute("PRAGMA journal_mode=WAL")
    try live.execute(try Site.fixture(name).replacing("{prefix}", with: prefix))
    let profile = try Profile.load(name, from: ["\(Site.project)/Config/profiles"])
    guard case .database(let schemas) = profile.kind else { return }
    let origin = DatabaseOrigin(
      name: "t", path: directory.path + "/t.db",
      profiles: try schemas.map { try $0.prefixed(prefix) },
      parameters: [:])
    #expect(try await origin.open().findings == [])
    #expect(await origin.hasOwners)
    await origin.close()
  }

  @Test(arguments: ["a b", "x\"", "ü", "-"]) func `a prefix is a name`(_ prefix: String) throws {
    let profile = try Profile.load("spectrum2", from: ["\(Site.project)/Config/profiles"])
    guard case .database(let schemas) = profile.kind, let schema = schemas.first else { return }
    #expect(throws: OriginError.self) { try schema.prefixed(prefix) }
  }

  @Test func `a prefix for tables without one is refused`() throws {
    #expect(throws: OriginError.self) { try ProsodyDatabase.schema().prefixed("a_") }
  }
}
