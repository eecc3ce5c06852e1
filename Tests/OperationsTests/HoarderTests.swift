import Format
import Foundation
import Operations
@testable import Repository
import Storing
import TestKit
import Testing

@Suite struct `Not even a hoarder reads whoever was erased` {
  private static let start = Timestamp.now()
  private func hour(_ hours: Int64) -> Int64 { Self.start + hours * Span.hour }

  /// What was known of an account before it was erased.
  private struct Known {
    let account: KeyringContents.Account
    let fileSecrets: [[UInt8]]

    init(_ person: Person, in journey: Journey, fileCount: Int = 2) throws {
      let state = try AgentState(opening: journey.site.state)
      account = try #require(
        try state.accounts().map(\.account).first { $0.address == person.address })
      let live = try LiveDatabase(AgentState.path(journey.site.state))
      fileSecrets = try live.rows("SELECT hex(path) FROM file").flatMap { row -> [[UInt8]] in
        let path = hex(row[0])
        guard person.directories.contains(where: { path.starts(with: Array($0.utf8)) }) else {
          return []
        }
        return try state.file(path, of: "uploads")?.pieces.compactMap(\.secret) ?? []
      }
      #expect(fileSecrets.count == fileCount)
    }

    /// Everything that must be nowhere: as bytes, and the keys in digits as well.
    var needles: [Data] {
      let keys = [account.secret, account.namingKey] + fileSecrets
      let digits = keys.map { $0.map { String(format: "%02x", $0) }.joined() }
      return keys.map { Data($0) } + digits.map { Data($0.utf8) }
        + digits.map { Data($0.uppercased().utf8) } + [Data(account.address.utf8)]
    }
  }

  private func hoarder(
    _ journey: Journey, kit: String, _ numbers: Set<AccountNumber>
  ) async throws -> Hoarder {
    let store = try #require(journey.store as? HoardingStore)
    let kit = try KitDirectory(kit).open(passphrase: nil)
    var hoarder = try Hoarder(await store.hoard, state: journey.site.state, kit: kit)
    try hoarder.exhaust(numbers)
    return hoarder
  }

  /// Three runs with somebody in them, over a store whose every object is kept by somebody.
  private func hoarded() async throws -> (Journey, Person, Moment) {
    let journey = Journey(
      site: try Site(messages: 10), store: HoardingStore(MemoryStore()))
    // Few people have few secrets, and every combination of them is tried.
    for name in ["bob", "carol", "erin", "frank"] {
      try Person(name: name).delete(from: journey.site)
    }
    let person = Person(name: "zwieback")
    try person.register(on: journey.site)
    try await journey.initialise()
    let moment = try await journey.snapshot(at: hour(0)).1
    for round in 1...2 {
      try journey.site.change(round, messages: 3)
      try journey.site.live().execute(
        "UPDATE vcard SET vcard = vcard || 'x' WHERE username = '\(person.name)'")
      try await journey.backup(at: hour(4 * Int64(round)))
    }
    return (journey, person, moment)
  }

  @Test(arguments: [false, true])
  func `with every object, the state and the advanced kit`(isAtOnce: Bool) async throws {
    let (journey, person, moment) = try await hoarded()
    let known = try Known(person, in: journey)
    let live = try Known(Person(name: "dave"), in: journey, fileCount: 4)
    let oldKit = journey.site.directory.path + "/old-kit"
    try copyDirectory(journey.site.kit, to: oldKit)
    if isAtOnce {
      _ = try await journey.erase(person, atOnce: true, at: hour(9))
    } else {
      try person.delete(from: journey.site)
      for hours in [9, 40, 81] as [Int64] { try await journey.backup(at: hour(hours)) }
    }
    #expect(try journey.erasures().erasures.allSatisfy { $0.destroyed != nil })
    let numbers: Set = [known.account.number, live.account.number]

    let before = try await hoarder(journey, kit: oldKit, numbers)
    let theirs = before.chunks(of: known.account.number)
    let others = before.chunks(of: live.account.number)
    #expect(theirs.count >= 4 && others.count >= 4, "\(theirs.count) and \(others.count)")
    #expect(before.opened == theirs.union(others), "the old kit opens old keyrings: so it can fail")

    try await journey.advanceKit(at: hour(82))
    try await journey.backup(at: hour(83))
    let after = try await hoarder(journey, kit: journey.site.kit, numbers)
    #expect(after.opened.isDisjoint(with: theirs))
    #expect(after.opened.isSuperset(of: others), "the same search reads whoever is live")
    #expect(after.opened.count >= others.count)
    try await journey.expect(moment, without: [person])
  }

  @Test(arguments: [false, true])
  func `nothing of their keys and names is left in the state or on the remote`(
    isAtOnce: Bool
  ) async throws {
    let (journey, person, _) = try await hoarded()
    let known = try Known(person, in: journey)
    func places(_ needle: Data) throws -> [String] {
      try Haystack.paths(below: journey.site.state, holding: needle)
    }
    let keyCount = 2 + known.fileSecrets.count
    for needle in known.needles.prefix(keyCount) { #expect(try places(needle) != []) }
    #expect(try places(try #require(known.needles.last)) != [])
    if isAtOnce {
      _ = try await journey.erase(person, atOnce: true, at: hour(9))
    } else {
      try person.delete(from: journey.site)
      for hours in [9, 81] as [Int64] { try await journey.backup(at: hour(hours)) }
    }
    for needle in known.needles { #expect(try places(needle) == []) }
    for word in [person.name] + person.directories + [person.canary] {
      #expect(try places(Data(word.utf8)) == [], "\(word)")
    }
    for object in try await journey.store.list("keyring") + journey.store.list("log") {
      let bytes = Data(try await journey.store.get(object.name, upTo: object.byteCount))
      for needle in known.needles { #expect(bytes.range(of: needle) == nil) }
    }
    try await journey.backup(at: hour(90))
    for needle in known.needles { #expect(try places(needle) == []) }
  }
}

extension KnownPiece {
  fileprivate var secret: [UInt8]? {
    guard case .chunk(_, let secret, _, _) = self else { return nil }
    return secret
  }
}
