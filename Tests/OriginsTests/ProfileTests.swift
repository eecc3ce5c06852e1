@testable import Origins
import CSQLite
import Format
import Glibc
import Querying
import TestKit
import Testing

@Suite struct `A profile fits or says why not` {
  private static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

  private func message(_ text: String) -> String {
    do {
      _ = try Profile.parse(text, name: "p", path: "p.yaml")
      return ""
    } catch { return (error as? OriginError)?.message ?? "\(error)" }
  }

  /// What is wrong, and what its error must name.
  @Test(arguments: [
    ("kind: database\nschemas: []\n", "no schemas"),
    ("kind: tree\n", "tree"),
    ("schemas: []\n", "kind"),
    ("kind: directory\nowner: [md5]\n", "md5"),
    ("kind: directory\nowner: sha1\n", "owner"),
    ("kind: database\nschemas:\n  - when: {table: b}\n", "name"),
    ("kind: database\nschemas:\n  - name: a\n  - name: b\n", "schema a has no `when`"),
    ("kind: database\nschemas:\n  - name: a\n    when: {has: b}\n", "table"),
    (
      "kind: database\nschemas:\n  - name: a\n    when: {table: b}\n    shared: [c]\n"
        + "    ephemeral: [c]\n", "c is there twice"
    ),
    ("kind: directory\nowner: [sha1\n", "3"),
    ("kind: directory\nowners: [sha1]\n", "`owners` is not a key"),
    ("kind: database\nschemas:\n  - name: a\n    share: [b]\n", "schemas.1: `share` is not a key"),
    (
      "kind: database\nschemas:\n  - name: a\n    when: {table: b, hass: c}\n",
      "schemas.1.when: `hass` is not a key"
    ),
    ("kind: directory\nprosody: {hosts: [a], name: {b: c}}\n", "prosody: `name` is not a key"),
    ("kind: directory\nprosody: {shared: [a]}\n", "`hosts` is missing"),
    ("kind: directory\nprosody: {hosts: [a], shared: [b], ephemeral: [b]}\n", "b is there twice"),
    ("kind: directory\nowner: [sha1]\nfiles: SELECT 1\n", "only one"),
    ("- a\n", "p.yaml"),
  ])
  func `an error names the file and the key or line`(_ text: String, _ named: String) {
    let message = message(text)
    #expect(message.contains(named), "\(message)")
    #expect(message.contains("p.yaml"), "\(message)")
  }

  @Test func `a missing profile says where it was looked for`() {
    do {
      _ = try Profile.load("nothing", from: ["/one", "/two"])
      Issue.record("a profile was found")
    } catch let error as OriginError {
      #expect(error.code == .missing)
      #expect(error.message.contains("/one/nothing.yaml, /two/nothing.yaml"))
    } catch { Issue.record("\(error)") }
  }

  @Test(arguments: ["", "/ejabberd.db"])
  func `a server without an SQL database is told how to get one`(_ name: String) async throws {
    let directory = try TemporaryDirectory()
    try TextFile.write("", to: "\(directory.path)/schema.DAT")
    let origin = DatabaseOrigin(
      name: "chat", path: directory.path + name, profiles: [], parameters: [:])
    do {
      _ = try await origin.open()
      Issue.record("it was opened")
    } catch let error as OriginError {
      #expect(error.code == .missing && error.message.contains("is a Mnesia database"))
      #expect(error.message.contains("ejabberdctl export2sql"), "\(error.message)")
    }
  }

  @Test func `another server's database is told from the one of the profile`() async throws {
    let directory = try TemporaryDirectory()
    let live = try LiveDatabase("\(directory.path)/x.db")
    try live.execute("PRAGMA journal_mode=WAL; CREATE TABLE prosody(host, user, store, key, value)")
    let profile = try Profile.load("ejabberd", from: ["\(Self.root)/Config/profiles"])
    guard case .database(let schemas) = profile.kind else { return }
    let origin = DatabaseOrigin(
      name: "chat", path: "\(directory.path)/x.db", profiles: schemas, parameters: [:])
    do {
      _ = try await origin.open()
      Issue.record("it was opened")
    } catch let error as OriginError {
      #expect(error.code == .missing, "\(error.message)")
      #expect(error.message.contains("is it another server's database?"), "\(error.message)")
    }
  }

  @Test func `a missing column is named with profile, schema and table`() async throws {
    let directory = try TemporaryDirectory()
    let live = try LiveDatabase("\(directory.path)/x.db")
    try live.execute("PRAGMA journal_mode=WAL; CREATE TABLE notes(author, text)")
    for (rule, place) in [
      ("owner: {notes: writer}", "table notes"), ("accounts: SELECT jid FROM notes", "accounts"),
      ("owner: {notes: author}\n    since: {notes: moment}", "table notes"),
      ("hosts: SELECT host FROM notes", "hosts"),
    ] {
      let profile = try Profile.parse(
        "kind: database\nschemas:\n  - name: wiki\n    \(rule)\n", name: "mine", path: "mine.yaml")
      guard case .database(let schemas) = profile.kind else { return }
      let origin = DatabaseOrigin(
        name: "chat", path: "\(directory.path)/x.db", profiles: schemas, parameters: [:])
      do {
        _ = try await origin.open()
        _ = try await origin.accounts()
        Issue.record("\(rule) fits")
      } catch let error as OriginError {
        let begin = "origin chat: profile mine, schema wiki, \(place): "
        #expect(error.message.hasPrefix(begin), "\(error.message)")
      }
    }
  }

  @Test(arguments: [
    "directory", "ejabberd", "ejabberd-uploads", "sqlite", "prosody", "prosody-files",
    "prosody-uploads", "biboumi", "slidge", "spectrum2",
  ])
  func `the shipped profiles are read`(_ name: String) throws {
    let profile = try Profile.load(name, from: ["\(Self.root)/Config/profiles"])
    #expect(profile.name == name)
  }

  @Test(arguments: [("old", ["host": "x"]), ("new", [:])] as [(String, [String: String])])
  func `every table of ejabberd is classified, and every expression fits its table`(
    _ name: String, _ parameters: [String: String]
  ) throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/ejabberd.db"
    try build("\(Self.root)/Tests/Fixtures/ejabberd-\(name).sql", at: path)
    let profile = try Profile.load("ejabberd", from: ["\(Self.root)/Config/profiles"])
    guard case .database(let schemas) = profile.kind,
      let rules = schemas.first(where: { $0.name == name })?.rules
    else {
      Issue.record("the profile has no schema \(name)")
      return
    }
    let source = try SourceDatabase(path: path)
    let tables = try source.schema().tables.filter { !$0.name.hasPrefix("sqlite_") }
    #expect(tables.count == 41)
    #expect(Set(tables.map(\.name)) == Set(rules.keys))
    for table in tables {
      guard case .owner(let sql) = rules[table.name] else { continue }
      let values = Dictionary(uniqueKeysWithValues: parameters.map { (":\($0.key)", $0.value) })
      let expression = OwnerExpression(sql: sql, parameters: values)
      do { try source.check(owner: expression, table: table) } catch {
        Issue.record("\(table.name): \(error)")
      }
    }
  }

  @Test(arguments: [("old", ["host": "x"]), ("new", [:])] as [(String, [String: String])])
  func `the live schema decides which of a profile's is meant`(
    _ name: String, _ parameters: [String: String]
  ) async throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/ejabberd.db"
    try build("\(Self.root)/Tests/Fixtures/ejabberd-\(name).sql", at: path)
    let profile = try Profile.load("ejabberd", from: ["\(Self.root)/Config/profiles"])
    guard case .database(let schemas) = profile.kind else { return }
    let origin = DatabaseOrigin(
      name: "chat", path: path, profiles: schemas, parameters: parameters)
    let opened = try await origin.open()
    #expect(opened.findings == [])
    #expect(try await origin.accounts().accounts.isEmpty)
    await origin.close()
  }

  /// Makes a database as a server would, from the statements of a file.
  private func build(_ statements: String, at path: String) throws {
    var handle: OpaquePointer?
    guard sqlite3_open(path, &handle) == SQLITE_OK else {
      throw TestKitError("cannot make \(path)")
    }
    defer { sqlite3_close_v2(handle) }
    let sql = try TextFile.read(statements)
    for text in ["PRAGMA journal_mode=WAL", sql] {
      guard sqlite3_exec(handle, text, nil, nil, nil) == SQLITE_OK else {
        throw TestKitError("\(statements): \(String(cString: sqlite3_errmsg(handle)))")
      }
    }
  }
}
