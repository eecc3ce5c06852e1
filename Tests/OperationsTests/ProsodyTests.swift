import Foundation
import Operations
import Storing
import TestKit
import Testing

/// A Prosody with SQL, its uploads, and the same people in its own files, of which one is backed up.
private struct Verona {
  let site: Site
  let journey: Journey
  let usesFiles: Bool
  var data: String { site.directory.path + "/data" }
  private var database: String { site.directory.path + "/live/prosody.sqlite" }
  private let host = "example%2etest"
  private let component = "upload%2eexample%2etest"

  init(usesFiles: Bool) async throws {
    site = try Site(messages: 1)
    journey = Journey(site: site, store: MemoryStore())
    self.usesFiles = usesFiles
    let live = try LiveDatabase(database)
    try live.execute("PRAGMA journal_mode=WAL")
    try live.execute(try Site.fixture("prosody"))
    try Site.makeDirectory("\(data)/\(host)")
    try Site.makeDirectory("\(data)/\(component)")
    let profiles = "\(Site.project)/Config/profiles"
    try site.writeConfiguration(
      origins: usesFiles
        ? "  - { name: chat, directory: \(data), profile: \(profiles)/prosody-files.yaml }"
        : """
          - { name: chat, database: \(database), profile: \(profiles)/prosody.yaml }
          - name: uploads
            directory: \(data)/\(component)
            profile: \(profiles)/prosody-uploads.yaml
            accounts: chat
        """)
    try await journey.initialise()
  }

  private func write(_ path: String, _ text: String) throws {
    let file = "\(data)/\(path)"
    try Site.makeDirectory(URL(fileURLWithPath: file).deletingLastPathComponent().path)
    try TextFile.write(text, to: file)
  }

  private func row(_ person: String, _ store: String, _ key: String, _ value: String) throws {
    try LiveDatabase(database).execute(
      """
      DELETE FROM prosody WHERE host = 'example.test' AND user = '\(person)' AND store = '\(store)'
        AND key = '\(key)';
      INSERT INTO prosody VALUES('example.test', '\(person)', '\(store)', '\(key)', 'string',
        '\(value)')
      """)
  }

  func setPassword(of person: String, salt: String) throws {
    try row(person, "accounts", "salt", salt)
    guard usesFiles else { return }
    try write("\(host)/accounts/\(person).dat", "return {\n\t[\"salt\"] = \"\(salt)\";\n};\n")
  }

  func setCard(of person: String, _ text: String) throws {
    try row(person, "vcard", "", text)
    try write("\(host)/vcard/\(person).dat", "return {\n\t\"\(text)\";\n};\n")
  }

  func tell(_ person: String, at time: Int64) throws {
    try LiveDatabase(database).execute(
      """
      INSERT INTO prosodyarchive(host, user, store, key, "when", "with", type, value)
        VALUES('example.test', '\(person)', 'archive', hex(randomblob(8)), \(time), '', 'xml', '')
      """)
    try write("\(host)/archive/\(person).list", "item({\n\t[\"when\"] = \(time);\n});\n")
  }

  func upload(_ slot: String, of person: String, _ text: String) throws {
    try LiveDatabase(database).execute(
      """
      INSERT INTO prosodyarchive(host, user, store, key, "when", "with", type, value)
        VALUES('upload.example.test', '', 'uploads', '\(slot)', 1, '\(person)@example.test', 'xml', '')
      """)
    let list = "\(component)/uploads.list"
    let before = (try? TextFile.read("\(data)/\(list)")) ?? ""
    if usesFiles {
      try write(list, before + SharedValues.upload(slot, of: "\(person)@example.test"))
    }
    try write("\(component)/http_file_share/\(slot).bin", text)
  }

  /// As `prosodyctl deluser` does: uploads stay.
  func delete(_ person: String) throws {
    try LiveDatabase(database).execute(
      "DELETE FROM prosody WHERE user = '\(person)'; DELETE FROM prosodyarchive WHERE user = '\(person)'"
    )
    for store in try FileManager.default.contentsOfDirectory(atPath: "\(data)/\(host)") {
      for ending in ["dat", "list"] { unlink("\(data)/\(host)/\(store)/\(person).\(ending)") }
    }
  }

  /// All that a snapshot gives back, as text.
  func text(of snapshot: String = "latest") async throws -> String {
    let target = try TemporaryDirectory("lethe-target")
    try await journey.restore(target.path + "/t", snapshot: snapshot)
    var text = ""
    for path in try FileManager.default.subpathsOfDirectory(atPath: target.path + "/t").sorted() {
      let bytes = FileManager.default.contents(atPath: "\(target.path)/t/\(path)") ?? Data()
      text += path + "\n" + String(decoding: bytes, as: UTF8.self)
    }
    return text
  }
}

@Suite struct `Prosody's people are told apart` {
  private var later: Int64 { Timestamp.now() / 1000 + 3600 }

  @Test(arguments: [false, true])
  func `another password is the same person if a message is older than the last run`(
    _ usesFiles: Bool
  ) async throws {
    let verona = try await Verona(usesFiles: usesFiles)
    try verona.setPassword(of: "romeo", salt: "one")
    try verona.tell("romeo", at: 1_000)
    #expect(try await verona.journey.backup().accounts.new == 1)
    for salt in ["two", "three"] {
      try verona.setPassword(of: "romeo", salt: salt)
      let report = try await verona.journey.backup()
      #expect(report.accounts.erased == 0 && report.accounts.new == 0, "\(salt)")
    }
    // The mark is the new one by now, so that nothing is needed when no message is left.
    try verona.tell("romeo", at: later)
    #expect(try await verona.journey.backup().accounts.erased == 0)
  }

  @Test(arguments: [false, true])
  func `another password without an older message is somebody new`(
    _ usesFiles: Bool
  ) async throws {
    let verona = try await Verona(usesFiles: usesFiles)
    for person in ["romeo", "juliet", "mercutio"] {
      try verona.setPassword(of: person, salt: "one")
    }
    try verona.setCard(of: "romeo", "canary-of-the-first")
    let first = try await verona.journey.backup()
    #expect(try await verona.text().contains("canary-of-the-first"))
    try verona.delete("romeo")
    try verona.setPassword(of: "romeo", salt: "two")
    try verona.setCard(of: "romeo", "canary-of-the-second")
    try verona.tell("romeo", at: later)
    let second = try await verona.journey.backup()
    #expect(second.accounts.erased == 1 && second.accounts.new == 1)
    #expect(try await !verona.text(of: first.snapshot).contains("canary"))
    let text = try await verona.text()
    #expect(text.contains("canary-of-the-second") && !text.contains("canary-of-the-first"))
  }

  @Test(arguments: [false, true])
  func `uploads are their owners', and nobody's are left out`(_ usesFiles: Bool) async throws {
    let verona = try await Verona(usesFiles: usesFiles)
    for person in ["romeo", "juliet", "mercutio"] {
      try verona.setPassword(of: person, salt: person)
      try verona.upload("slotof\(person)", of: person, "canary of \(person)")
    }
    try TextFile.write(
      "canary of nobody", to: "\(verona.data)/upload%2eexample%2etest/http_file_share/orphan.bin")
    let first = try await verona.journey.backup()
    let before = try await verona.text()
    #expect(before.contains("canary of romeo") && before.contains("canary of mercutio"))
    #expect(!before.contains("canary of nobody"))
    try verona.delete("romeo")
    #expect(try await verona.journey.backup().accounts.erased == 1)
    for snapshot in [first.snapshot, "latest"] {
      let text = try await verona.text(of: snapshot)
      #expect(!text.contains("canary of romeo") && text.contains("canary of juliet"))
    }
  }

  @Test(arguments: [false, true])
  func `whoever was erased is named nowhere in an older snapshot`(_ usesFiles: Bool) async throws {
    let verona = try await Verona(usesFiles: usesFiles)
    for person in ["romeo", "juliet", "tybalt"] {
      try verona.setPassword(of: person, salt: "salt of \(person)")
      try verona.setCard(of: person, "card of \(person)")
      try verona.upload("slotof\(person)", of: person, "picture of \(person)")
    }
    let first = try await verona.journey.backup().snapshot
    #expect(try await verona.text(of: first).contains("tybalt"))
    try verona.delete("tybalt")
    #expect(try await verona.journey.backup().accounts.erased == 1)
    let text = try await verona.text(of: first)
    #expect(!text.contains("tybalt"))
    #expect(text.contains("picture of romeo") && text.contains("card of juliet"))
  }

  @Test func `files of people without accounts are refused at first`() async throws {
    let verona = try await Verona(usesFiles: true)
    try verona.setCard(of: "romeo", "canary")
    let error = await verona.journey.failure { try await verona.journey.backup() }
    #expect(error.message.contains("the store vcard"), "\(error.message)")
    #expect(error.message.contains("`accounts-command`"), "\(error.message)")
  }

  /// `storage = { archive = "sql" }`, with the database among the files, where Prosody puts it.
  @Test(arguments: [true, false])
  func `stores may be in files and in a database`(_ isConfigured: Bool) async throws {
    let verona = try await Verona(usesFiles: true)
    for person in ["romeo", "juliet", "mercutio"] {
      try verona.setPassword(of: person, salt: person)
    }
    let path = verona.data + "/prosody.sqlite"
    let live = try LiveDatabase(path)
    try live.execute("PRAGMA journal_mode=WAL")
    try live.execute(try Site.fixture("prosody"))
    for person in ["romeo", "juliet"] {
      try live.execute(
        """
        INSERT INTO prosodyarchive(host, user, store, key, "when", "with", type, value)
          VALUES('example.test', '\(person)', 'archive', '1', 1, '', 'xml', 'canary of \(person)')
        """)
    }
    let files = "\(Site.project)/Config/profiles/prosody-files.yaml"
    let rows = "\(Site.project)/Config/profiles/prosody.yaml"
    try verona.site.writeConfiguration(
      origins: "  - { name: chat, directory: \(verona.data), profile: \(files) }\n"
        + (isConfigured ? "  - { name: archive, database: \(path), profile: \(rows) }\n" : ""))
    let first = try await verona.journey.backup()
    #expect(first.warnings.contains { $0.contains("prosody.sqlite is left out") } != isConfigured)
    let before = try await verona.text()
    #expect(!before.contains("chat/prosody.sqlite"))
    #expect(before.contains("canary of romeo") == isConfigured)
    guard isConfigured else { return }
    unlink("\(verona.data)/example%2etest/accounts/romeo.dat")
    #expect(try await verona.journey.backup().accounts.erased == 1)
    for snapshot in [first.snapshot, "latest"] {
      let text = try await verona.text(of: snapshot)
      #expect(!text.contains("canary of romeo") && text.contains("canary of juliet"))
    }
  }
}

@Suite struct `A database is no file to be copied` {
  @Test func `one that is an origin is left out of every tree around it`() async throws {
    let site = try Site(messages: 10)
    try TextFile.write("conf", to: site.directory.path + "/live/ejabberd.yml")
    try site.writeConfiguration(
      origins: site.usualOrigins + """

          - name: spool
            directory: \(site.directory.path)/live
            profile: \(Site.project)/Config/profiles/directory.yaml
        """)
    let journey = Journey(site: site, store: MemoryStore())
    try await journey.initialise()
    // The log is there too.
    let live = try site.live()
    try live.execute("UPDATE last SET seconds = '1'")
    try await journey.backup()
    let target = site.directory.path + "/t"
    try await journey.restore(target)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: target + "/spool") == ["ejabberd.yml"])
  }
}
