import Foundation
import Operations
import Storing
import TestKit
import Testing

extension Site {
  /// Where the server's modules report to, once the configuration says so.
  var inbox: String { directory.path + "/inbox" }

  /// Leaves an event as the modules do: written under another name, then renamed.
  func report(_ word: String, _ person: Person, at time: Int64) throws {
    let name = UUID().uuidString
    try TextFile.write("\(word) \(person.address) \(time / 1000)\n", to: "\(inbox)/.\(name)")
    try FileManager.default.moveItem(atPath: "\(inbox)/.\(name)", toPath: "\(inbox)/\(name)")
  }

  var inboxNames: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: inbox).sorted() }
  }
}

extension Journey {
  /// A site with somebody to forget and an inbox.
  static func withInbox() async throws -> (Journey, Person) {
    let (journey, person) = try await withPerson()
    try Site.makeDirectory(journey.site.inbox)
    try journey.site.writeConfiguration(more: "erasure: { inbox: \(journey.site.inbox) }")
    return (journey, person)
  }
}

@Suite struct `The server's reports are drained once` {
  private static let start = Timestamp.now()
  private func hour(_ hours: Int64) -> Int64 { Self.start + hours * Span.hour }

  @Test func `a deletion has its cause and time and stays no file`() async throws {
    let (journey, person) = try await Journey.withInbox()
    let moment = try await journey.snapshot(at: hour(0)).1
    try person.delete(from: journey.site)
    try journey.site.report("deleted", person, at: hour(3))
    let report = try await journey.backup(at: hour(4))
    #expect(report.accounts.erased == 1 && report.accounts.missing == 0 && report.warnings == [])
    let receipt = try #require(try journey.erasures().erasures.first)
    #expect(receipt.cause == "event")
    #expect(receipt.reported == Timestamp.text(hour(3) / 1000 * 1000))
    #expect(receipt.excluded == Timestamp.text(hour(4)))
    #expect(try journey.site.inboxNames == [])
    try await journey.expect(moment, without: [person], includingHeld: true)
  }

  /// Deleted and registered again within one second: the birth mark is the same.
  private func turnOver(_ journey: Journey) throws -> (Person, Person) {
    let instant = hour(3)
    let text = Timestamp.text(instant).prefix(19).replacingOccurrences(of: "T", with: " ")
    let former = Person(name: "zwieback", registered: text)
    try journey.site.live().execute(
      "UPDATE users SET created_at = '\(text)' WHERE username = 'zwieback'")
    try former.delete(from: journey.site)
    var successor = Person(name: "zwieback", registered: text)
    successor.mark = "successor"
    try successor.register(on: journey.site)
    for word in ["registered", "deleted"] {
      try journey.site.report(word, former, at: instant)
    }
    return (former, successor)
  }

  @Test func `deleted and registered again within a second`() async throws {
    let (journey, _) = try await Journey.withInbox()
    let text = Timestamp.text(hour(3)).prefix(19).replacingOccurrences(of: "T", with: " ")
    try journey.site.live().execute(
      "UPDATE users SET created_at = '\(text)' WHERE username = 'zwieback'")
    let before = try await journey.snapshot(at: hour(0)).1
    let (former, successor) = try turnOver(journey)
    let (report, after) = try await journey.snapshot(at: hour(4))
    #expect(report.accounts.erased == 1 && report.accounts.new == 1)
    let again = try await journey.backup(at: hour(8))
    #expect(again.accounts.erased == 0 && again.accounts.new == 0 && again.warnings == [])
    try await journey.expect(before, without: [former], includingHeld: true)
    try await journey.expect(after)
    let target = journey.site.directory.path + "/t"
    try await journey.restore(target, accounts: [successor.address])
    #expect(
      try successor.tablesWithoutCanary(in: LiveDatabase(target + "/xmpp/ejabberd.db")) == [])
  }

  @Test(arguments: Cut.allCases)
  func `also when the run dies anywhere`(cut: Cut) async throws {
    let (journey, _) = try await Journey.withInbox()
    let text = Timestamp.text(hour(3)).prefix(19).replacingOccurrences(of: "T", with: " ")
    try journey.site.live().execute(
      "UPDATE users SET created_at = '\(text)' WHERE username = 'zwieback'")
    let before = try await journey.snapshot(at: hour(0)).1
    let start = try await Start(journey)
    let (former, _) = try turnOver(journey)
    let inbox = journey.site.directory.path + "/saved-inbox"
    try copyDirectory(journey.site.inbox, to: inbox)
    let counted = try await start.journey()
    let counter = FaultyStore(counted.store)
    try await counted.backup(over: counter, at: hour(4))
    let count = await counter.operationCount
    for operation in 1...count {
      try copyDirectory(inbox, to: journey.site.inbox)
      let cutOff = try await start.journey()
      let faulty = FaultyStore(cutOff.store, plan: cut.plan(operation))
      do { try await cutOff.backup(over: faulty, at: hour(4)) } catch {}
      let (report, after) = try await cutOff.snapshot(at: hour(8))
      let comment: Comment = "\(cut) operation \(operation)"
      #expect(report.accounts.live == 7 && report.warnings == [], comment)
      #expect(try cutOff.erasures().erasures.count == 1, comment)
      #expect(try journey.site.inboxNames == [], comment)
      try await start.expectAgreement(cutOff, comment)
      if operation % 3 == 0 {
        try await cutOff.expect(before, without: [former])
        try await cutOff.expect(after)
      }
    }
  }

  @Test func `of somebody who is still listed it waits`() async throws {
    let (journey, person) = try await Journey.withInbox()
    let moment = try await journey.snapshot(at: hour(0)).1
    try journey.site.report("deleted", person, at: hour(3))
    for hours in [4, 8] as [Int64] {
      let report = try await journey.backup(at: hour(hours))
      #expect(report.accounts.erased == 0 && report.warnings == [])
      #expect(try journey.site.inboxNames.count == 1)
    }
    try await journey.expect(moment)
    let dropped = try await journey.backup(at: hour(3 + 73))
    #expect(dropped.accounts.erased == 0 && dropped.warnings.count == 1)
    #expect(try journey.site.inboxNames == [])
    try await journey.expect(moment)
  }

  @Test func `one from the future waits no longer than any other`() async throws {
    let (journey, person) = try await Journey.withInbox()
    try await journey.backup(at: hour(0))
    try journey.site.report("deleted", person, at: hour(24 * 365 * 100))
    try await journey.backup(at: hour(4))
    #expect(try journey.site.inboxNames == [], "no clock is a century ahead")
    try journey.site.report("deleted", person, at: hour(5))
    try person.delete(from: journey.site)
    try await journey.backup(at: hour(4) + 1)
    #expect(
      try journey.erasures().erasures.map(\.reported) == [Timestamp.text(hour(4) + 1)],
      "no receipt is of the future")
  }

  @Test func `two reports do not take an account from whoever has it`() async throws {
    let (journey, person) = try await Journey.withInbox()
    let moment = try await journey.snapshot(at: hour(0)).1
    for word in ["deleted", "registered"] {
      try journey.site.report(word, person, at: hour(3))
    }
    let report = try await journey.backup(at: hour(4))
    #expect(report.accounts.erased == 0, "the server says that they are there since long ago")
    try await journey.expect(moment)
  }
}

@Suite struct `An inbox may hold anything` {
  @Test func `what is no event stays, and nothing of it is followed or waited for`()
    async throws
  {
    let (journey, person) = try await Journey.withInbox()
    try await journey.backup()
    let inbox = journey.site.inbox
    let line = "deleted alice@jix.im \(Timestamp.now() / 1000)\n"
    let outside = journey.site.directory.path + "/outside"
    try TextFile.write(line, to: outside)
    #expect(symlink(outside, inbox + "/link") == 0 && symlink("loop", inbox + "/loop") == 0)
    #expect(mkfifo(inbox + "/pipe", 0o600) == 0)
    try Site.makeDirectory(inbox + "/directory")
    try TextFile.write("", to: inbox + "/empty")
    try TextFile.write(String(line.dropLast()), to: inbox + "/cut")
    try TextFile.write(line + line, to: inbox + "/two")
    try TextFile.write("deleted  alice@jix.im 5\n", to: inbox + "/gap")
    for (index, time) in ["-1", "1e9", "99999999999999999999", "", "x"].enumerated() {
      try TextFile.write("deleted alice@jix.im \(time)\n", to: inbox + "/time\(index)")
    }
    try TextFile.write("erased alice@jix.im 5\n", to: inbox + "/word")
    try Data([0xff, 0xfe, 0x0a]).write(to: URL(fileURLWithPath: inbox + "/bytes"))
    try TextFile.write(line, to: inbox + "/.unfinished")
    let huge = open(inbox + "/huge", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    #expect(ftruncate(huge, 1 << 36) == 0)
    close(huge)
    let strangers = try journey.site.inboxNames
    try person.delete(from: journey.site)
    try journey.site.report("deleted", person, at: Timestamp.now())
    let report = try await journey.backup()
    #expect(report.accounts.erased == 1 && report.accounts.live == 6)
    #expect(
      report.warnings.contains { $0.hasPrefix("\(strangers.count - 1) files in the inbox") })
    #expect(try journey.site.inboxNames == strangers)
    #expect(try journey.erasures().erasures.map(\.cause) == ["event"])
  }

  @Test func `one that cannot be read is said, and the list of accounts still tells`()
    async throws
  {
    let (journey, person) = try await Journey.withInbox()
    let moment = try await journey.snapshot().1
    try FileManager.default.removeItem(atPath: journey.site.inbox)
    #expect(try await journey.backup().warnings == [], "none is there yet")
    try TextFile.write("", to: journey.site.inbox)
    try person.delete(from: journey.site)
    let report = try await journey.backup()
    #expect(report.accounts.missing == 1 && report.state == "complete")
    #expect(report.warnings.count == 1 && report.warnings[0].contains(journey.site.inbox))
    try await journey.expect(moment, without: [person])
  }

  @Test func `reports after a rebase and a cancellation still count`() async throws {
    let (journey, person) = try await Journey.withInbox()
    let moment = try await journey.snapshot().1
    try person.delete(from: journey.site)
    try await journey.backup()
    try await journey.cancel(person)
    try await journey.backup()
    try await journey.expect(moment)
    // The server forgets them for good: by now it has nothing to list.
    try journey.site.report("deleted", person, at: Timestamp.now() + 1000)
    #expect(try await journey.backup(at: Timestamp.now() + 2000).accounts.erased == 1)
    try await journey.expect(moment, without: [person])
  }
}
