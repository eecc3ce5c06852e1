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

  @Test(arguments: ["directory", "ejabberd", "ejabberd-uploads"])
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
