import Format
import Foundation
import Operations
import Repository
import Storing
import TestKit
import Testing

@Suite struct `Damage is named and never restored` {
  /// How an object is damaged.
  enum Harm: String, CaseIterable {
    case flippedFirst, flippedMiddle, flippedLast, cutInHalf, removed

    func inflict(on bytes: [UInt8]) -> [UInt8]? {
      var bytes = bytes
      switch self {
      case .flippedFirst: bytes[0] ^= 1
      case .flippedMiddle: bytes[bytes.count / 2] ^= 0x10
      case .flippedLast: bytes[bytes.count - 1] ^= 0x80
      case .cutInHalf: bytes.removeLast(bytes.count / 2)
      case .removed: return nil
      }
      return bytes
    }
  }

  @Test(arguments: Harm.allCases)
  func `any object of a repository`(harm: Harm) async throws {
    let memory = MemoryStore()
    let journey = Journey(site: try Site(messages: 300), store: memory)
    try await journey.initialise()
    try await journey.backup()
    try journey.site.change(1)
    try await journey.backup()
    let whole = await memory.contents
    let newest = whole.keys.filter { $0.path.hasPrefix("log/") }.max()
    for (name, bytes) in whole.sorted(by: { $0.key < $1.key }) {
      // Without its newest entry a repository is an older one, which only its agent can tell.
      if harm == .removed, name == newest { continue }
      await memory.tamper(with: name, harm.inflict(on: bytes))
      try await expectDamage(name, harm, journey)
      await memory.tamper(with: name, bytes)
    }
    try await journey.expectRestoreEqualsSource()
  }

  private func expectDamage(_ name: ObjectName, _ harm: Harm, _ journey: Journey) async throws {
    let target = try TemporaryDirectory("lethe-target")
    let comment = "\(harm) \(name)"
    do {
      try await journey.restore(target.path + "/t")
    } catch {
      let failure = OperationError(error)
      let isGone = harm == .removed && name.path == "format"
      #expect(failure.status == (isGone ? .repositoryMissing : .damaged), "\(comment): \(failure)")
      #expect(
        failure.message.contains(Self.handle(of: name)) || isGone, "\(comment): \(failure.message)")
      let entries = (try? FileManager.default.contentsOfDirectory(atPath: target.path + "/t")) ?? []
      #expect(!entries.contains(".lethe-scratch"), "\(comment)")
      try expectOnlyWhole(entries, target.path + "/t", journey, "\(comment): \(failure.message)")
      return
    }
    // The other copy of a keyring, or an object that the newest snapshot does not need.
    try journey.expectEqual(target.path + "/t", comment)
  }

  /// What stays after a failure is whole: of a database all rows or all but those that the message tells
  /// of, of a tree some files as they were.
  private func expectOnlyWhole(
    _ entries: [String], _ target: String, _ journey: Journey, _ comment: String
  ) throws {
    for entry in entries {
      switch entry {
      case "xmpp":
        let missing = try #require(
          try DatabaseImage(target + "/xmpp/ejabberd.db")
            .missing(from: try journey.site.databaseImage()), "\(comment)")
        #expect(missing.isEmpty != comment.contains("xmpp lacks rows of"), "\(comment)")
        #expect(missing.keys.allSatisfy { comment.contains($0) }, "\(comment)")
      case "uploads":
        try journey.expectPart(target + "/uploads", comment)
      default: Issue.record("\(comment) leaves \(entry)")
      }
    }
  }

  /// What a message says of an object: its number or its random name.
  private static func handle(of name: ObjectName) -> String {
    let last = String(name.path.split(separator: "/").last ?? "")
    guard name.path.hasPrefix("log/") else { return last }
    return UInt64(last).map { "\($0)" } ?? last
  }

  @Test func `both copies of a keyring`() async throws {
    let memory = MemoryStore()
    let journey = Journey(site: try Site(messages: 10), store: memory)
    try await journey.initialise()
    try await journey.backup()
    for (name, bytes) in await memory.contents where name.path.hasPrefix("keyring/") {
      await memory.tamper(with: name, Harm.flippedMiddle.inflict(on: bytes))
    }
    let failure = await journey.failure {
      try await journey.restore(journey.site.directory.path + "/t")
    }
    #expect(failure.status == .damaged)
    #expect(failure.message.contains("keyring/"))
  }

  @Test func `an undamaged origin comes back beside a damaged one`() async throws {
    let memory = MemoryStore()
    let journey = Journey(site: try Site(messages: 300), store: memory)
    try await journey.initialise()
    try await journey.backup()
    var restored: Set<String> = []
    for (name, bytes) in await memory.contents where name.path.hasPrefix("packs/") {
      await memory.tamper(with: name, Harm.flippedLast.inflict(on: bytes))
      let target = try TemporaryDirectory("lethe-target")
      let failure = await journey.failure { try await journey.restore(target.path + "/t") }
      #expect(failure.message.contains("--snapshot") || failure.message.contains("damaged"))
      restored.formUnion(
        (try? FileManager.default.contentsOfDirectory(atPath: target.path + "/t")) ?? [])
      await memory.tamper(with: name, bytes)
    }
    // The pack with the files' content damages the tree alone, and not all of it.
    #expect(restored == ["xmpp", "uploads"])
  }

  @Test(arguments: [Harm.flippedLast, .removed])
  func `a damaged pack of rows takes only the accounts in it`(harm: Harm) async throws {
    let memory = MemoryStore()
    let journey = Journey(site: try Site(messages: 300), store: memory)
    try await journey.initialise()
    try await journey.backup()
    try journey.site.live().execute("UPDATE vcard SET vcard = 'new' WHERE username = 'alice'")
    try await journey.backup()
    let archive = try await Archive(store: memory, kit: try journey.kit.open(passphrase: nil))
    let pack = try #require(archive.listedPacks.last { $0.summary.contents == .rows })
    let name = try #require(ObjectName("packs/\(pack.summary.pack.hex)"))
    let bytes = try await memory.get(name, upTo: 1 << 25)
    await memory.tamper(with: name, harm.inflict(on: bytes))
    let target = try TemporaryDirectory("lethe-target")
    let failure = await journey.failure { try await journey.restore(target.path + "/t") }
    #expect(failure.status == .damaged)
    for word in ["1 accounts (alice@jix.im)", "vcard", pack.summary.pack.hex, "whole: uploads"] {
      #expect(failure.message.contains(word), "\(word): \(failure.message)")
    }
    let rows = try DatabaseImage(target.path + "/t/xmpp/ejabberd.db")
    let missing = try #require(rows.missing(from: try journey.site.databaseImage()))
    #expect(missing["vcard"]?.count == 1)
    // Everybody else is restored alone without a word of it.
    for name in ["bob", "carol"] {
      let other = try await journey.restore(
        target.path + "/" + name, origins: ["xmpp"], accounts: [name + "@jix.im"])
      #expect(other.verified && other.restored.rows > 0)
    }
  }

  @Test(arguments: [Harm.flippedLast, .removed])
  func `a damaged pack of content takes only the files in it`(harm: Harm) async throws {
    let checkup = try await Checkup(messages: 30)
    let journey = checkup.journey
    let uploads = journey.site.uploads
    try link("\(uploads)/dave/r1/clip.mp4", "\(uploads)/dave/r1/link.mp4")
    try await journey.backup()
    let lost = ["/dave/r1/clip.mp4", "/dave/r1/link.mp4", "/erin/b2/note.txt"]
    let whole = try journey.site.uploadImage()
    // The second run's: what it read of files.
    let pack = try #require(try await checkup.packs(of: .files).dropFirst().first)
    let name = try checkup.name("packs/\(pack.name.dropFirst("pack ".count))")
    await checkup.memory.tamper(with: name, harm.inflict(on: pack.allBytes))
    let target = try TemporaryDirectory("lethe-target")
    let failure = await journey.failure { try await journey.restore(target.path + "/t") }
    #expect(failure.status == .damaged)
    for path in lost { #expect(failure.message.contains(path.dropFirst()), "\(failure)") }
    #expect(failure.message.contains("restored whole: xmpp"), "\(failure)")
    try journey.expectPart(target.path + "/t/uploads")
    let found = try TreeImage(target.path + "/t/uploads")
    #expect(Set(whole.entries.keys).subtracting(found.entries.keys) == Set(lost))
    let rows = try DatabaseImage(target.path + "/t/xmpp/ejabberd.db")
    #expect(rows.differences(from: try journey.site.databaseImage()) == [])
  }

  private func link(_ path: String, _ name: String) throws {
    try FileManager.default.linkItem(atPath: path, toPath: name)
  }
}

extension Journey {
  /// Expects a part of the live server's files, each exactly as it is there.
  func expectPart(
    _ target: String, _ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (found, live) = (try TreeImage(target, links: false), try site.uploadImage())
    for (path, line) in found.entries {
      let expected = live.entries[path]?.replacing(" linked", with: "")
      #expect(line == expected, "\(comment) \(path)", sourceLocation: sourceLocation)
    }
  }
}
