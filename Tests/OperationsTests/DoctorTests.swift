import Foundation
import Operations
import Origins
import Storing
import TestKit
import Testing

/// A store that takes a name which is taken, as a server whose rename overwrites would.
private struct LaxStore: Store {
  let inner: MemoryStore
  var time: Int64?
  var mayRemove = true

  func create() async throws(StoreError) { try await inner.create() }
  func put(_ bytes: [UInt8], as name: ObjectName) async throws(StoreError) {
    if mayRemove { try await inner.remove(name) }
    try await inner.put(bytes, as: name)
  }
  func get(_ name: ObjectName, upTo limit: Int) async throws(StoreError) -> [UInt8] {
    try await inner.get(name, upTo: limit)
  }
  func get(_ name: ObjectName, range: Range<Int>) async throws(StoreError) -> [UInt8] {
    try await inner.get(name, range: range)
  }
  func byteCount(of name: ObjectName) async throws(StoreError) -> Int? {
    try await inner.byteCount(of: name)
  }
  func modificationTime(of name: ObjectName) async throws(StoreError) -> Int64? { time }
  func list(_ directory: String) async throws(StoreError) -> [StoredObject] {
    try await inner.list(directory)
  }
  func remove(_ name: ObjectName) async throws(StoreError) {
    guard mayRemove else { throw StoreError(code: .refused, message: "removing is denied") }
    try await inner.remove(name)
  }
  func makeDurable(_ directory: String) async throws(StoreError) {
    try await inner.makeDurable(directory)
  }
  func freeByteCount() async throws(StoreError) -> Int? { nil }
  func close() async { await inner.close() }
  var traffic: Traffic { get async { await inner.traffic } }
}

@Suite struct `The doctor finds what would fail, and its remedies mend it` {
  private func journey(backedUp: Bool = true) async throws -> (Journey, MemoryStore) {
    let memory = MemoryStore()
    let journey = Journey(site: try Site(messages: 20), store: memory)
    guard backedUp else { return (journey, memory) }
    try await journey.initialise()
    try await journey.backup()
    return (journey, memory)
  }

  private func diagnoses(
    _ journey: Journey, over store: (any Store)? = nil, kit: KitDirectory? = nil
  ) async throws -> [Diagnosis] {
    await Doctor(try journey.configuration, store: store ?? journey.store, now: Timestamp.now())
      .run(kit: kit).diagnoses
  }

  /// The remedy of the one diagnosis of a verdict whose message has these words.
  private func remedy(
    _ words: String, _ verdict: Diagnosis.Verdict, in diagnoses: [Diagnosis],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let found = diagnoses.filter { $0.verdict == verdict && $0.message.contains(words) }
    #expect(found.count == 1, "\(words): \(diagnoses)", sourceLocation: sourceLocation)
    return try #require(found.first?.remedy, sourceLocation: sourceLocation)
  }

  private func expectNone(
    _ words: String, in diagnoses: [Diagnosis], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      diagnoses.allSatisfy { $0.verdict < .warning || !$0.message.contains(words) },
      "\(diagnoses)", sourceLocation: sourceLocation)
  }

  private func shell(_ command: String) throws {
    #expect(try ChildProcess.run(["/bin/sh", "-c", command]) == 0, "\(command)")
  }

  @Test func `a sound site has nothing to mend, and is left as it was`() async throws {
    let (journey, memory) = try await journey()
    let before = await memory.contents
    let found = try await diagnoses(journey)
    #expect(found.allSatisfy { $0.verdict < .critical }, "\(found)")
    #expect(found.contains { $0.message.contains("a name that is taken is not taken again") })
    #expect(found.contains { $0.message.contains("6 accounts are listed") })
    #expect(found.allSatisfy { ($0.remedy == nil) == ($0.verdict == .fine) })
    #expect(await memory.contents == before)
    try await journey.backup()
  }

  @Test func `before init it says what comes next`() async throws {
    let (journey, _) = try await journey(backedUp: false)
    let found = try await diagnoses(journey)
    #expect(try remedy("holds no repository yet", .notice, in: found).contains("lethe init"))
    #expect(try remedy("is not there yet", .notice, in: found).contains("lethe adopt"))
  }

  @Test func `a rollback journal is refused with the command that ends it`() async throws {
    let (journey, _) = try await journey(backedUp: false)
    try journey.site.live().execute("PRAGMA journal_mode=DELETE")
    let remedy = try remedy(
      "uses a rollback journal", .critical, in: try await diagnoses(journey))
    let command = try #require(
      remedy.split(separator: ";").first { $0.contains("runuser") }.map(String.init))
    try shell(geteuid() == 0 ? command : String(command.split(separator: "--").last ?? ""))
    expectNone("rollback journal", in: try await diagnoses(journey))
  }

  @Test func `files beside the database that its server cannot write are found`() async throws {
    guard geteuid() == 0 else {
      print("left out: only root can give a file to somebody else")
      return
    }
    let (journey, _) = try await journey(backedUp: false)
    let live = try journey.site.live()
    try live.execute("PRAGMA user_version=1")
    let log = journey.site.database + "-wal"
    try #require(chown(log, 65534, 65534) == 0)
    let remedy = try remedy("its server cannot write", .critical, in: try await diagnoses(journey))
    try shell(
      try #require(remedy.split(separator: ";").first { $0.contains("chown") }.map(String.init)))
    expectNone("cannot write", in: try await diagnoses(journey))
    withExtendedLifetime(live) {}
  }

  @Test func `what others may read or write is found, and chmod mends it`() async throws {
    let (journey, _) = try await journey()
    let site = journey.site
    try #require(chmod(site.configuration, 0o666) == 0 && chmod(site.state, 0o755) == 0)
    try #require(chmod(site.kit + "/lethe-epoch.kit", 0o644) == 0)
    let found = try await diagnoses(journey, kit: journey.kit)
    for words in ["any program run", "may be entered by others", "lethe-epoch.kit may be read"] {
      let remedy = try remedy(words, .critical, in: found)
      try shell(String(remedy.prefix { $0 != ";" }))
    }
    let mended = try await diagnoses(journey, kit: journey.kit)
    #expect(mended.allSatisfy { $0.verdict < .critical }, "\(mended)")
    #expect(try remedy("own disk", .warning, in: mended).contains("off this machine"))
  }

  @Test func `a state that another backup would copy is found`() async throws {
    let (journey, _) = try await journey()
    let tag = journey.site.state + "/CACHEDIR.TAG"
    #expect(FileManager.default.fileExists(atPath: tag))
    try FileManager.default.removeItem(atPath: tag)
    let remedy = try remedy(
      "not marked as a cache", .warning, in: try await diagnoses(journey))
    try shell(String(remedy.prefix { $0 != "," }))
    expectNone("marked as a cache", in: try await diagnoses(journey))
    try journey.site.writeConfiguration(state: journey.site.uploads + "/state")
    try copyDirectory(journey.site.state, to: journey.site.uploads + "/state")
    _ = try self.remedy(
      "is backed up by Lethe", .critical, in: try await diagnoses(journey))
  }

  @Test func `a remote that does not keep its word is found`() async throws {
    let (journey, memory) = try await journey()
    let now = Timestamp.now() / 1000
    let lax = LaxStore(inner: memory, time: now)
    _ = try remedy(
      "renamed over another", .critical, in: try await diagnoses(journey, over: lax))
    let off = LaxStore(inner: memory, time: now - 100_000)
    #expect(
      try remedy("the remote's", .critical, in: try await diagnoses(journey, over: off))
        .contains("timedatectl"))
    let denied = LaxStore(inner: memory, time: now, mayRemove: false)
    #expect(
      try remedy("may not remove", .notice, in: try await diagnoses(journey, over: denied))
        .contains("--no-prune"))
  }

  @Test func `the kit of another repository and a missing half are found`() async throws {
    let (journey, _) = try await journey()
    let (other, _) = try await self.journey()
    _ = try await diagnoses(journey, kit: other.kit).filter { $0.verdict == .critical }
    let found = try await diagnoses(journey, kit: other.kit)
    #expect(found.filter { $0.message.contains("of another repository") }.count == 2)
    try FileManager.default.removeItem(atPath: journey.site.kit + "/lethe-static.kit")
    _ = try remedy("is missing", .critical, in: try await diagnoses(journey, kit: journey.kit))
  }

  @Test func `a wrong rule shows before it matters`() async throws {
    let (journey, _) = try await journey(backedUp: false)
    let site = journey.site
    try site.live().execute(
      """
      CREATE TABLE custom (jid TEXT, note TEXT);
      INSERT INTO custom VALUES ('alice@jix.im', 'a'), ('ghost@jix.im', 'b'), ('x@else.where', 'c');
      """)
    func tally(_ table: String) async throws -> RuleTally {
      let report = try await ProfileExamination(try journey.configuration).run(origins: ["xmpp"])
      #expect(report.origins.map(\.name) == ["xmpp"] && report.origins[0].schema == "old")
      return try #require(report.origins[0].rules.first { $0.subject == table })
    }
    let unknown = try await tally("custom")
    #expect(unknown.rule == .unknown && unknown.shared == 3 && unknown.expression == nil)
    try site.writeConfiguration(
      origins: site.usualOrigins.replacingOccurrences(
        of: "    host: jix.im", with: "    host: jix.im\n    owner: { custom: jid }"))
    let known = try await tally("custom")
    #expect(known.rule == .owner && known.expression == "jid")
    #expect(known.live == 1 && known.people == 1 && known.shared == 1 && known.remains == 1)
    let users = try await tally("users")
    #expect(users.live == 6 && users.people == 6 && users.remains == 0)
    let uploads = try await ProfileExamination(try journey.configuration)
      .run(origins: ["uploads"]).origins[0].rules[0]
    #expect(uploads.live == 12 && uploads.people == 6 && uploads.remains == 0)
    let failure = await journey.failure {
      _ = try await ProfileExamination(try journey.configuration).run(origins: ["tea"])
    }
    #expect(failure.status == .usage && failure.message.contains("xmpp, uploads"))
  }
}
