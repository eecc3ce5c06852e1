@testable import Operations
@testable import Origins
@testable import Repository
import Format
import Sealing
import Testing

/// What a census is taken of, in few words.
private struct Town {
  static let day: Int64 = 86_400_000
  static let now: Int64 = 100 * day
  let keys: MetadataKeys

  init() throws {
    let repository = try #require(RepositoryID([UInt8](repeating: 7, count: 16)))
    keys = MetadataKeys([UInt8](repeating: 1, count: 32), repository: repository)
  }

  func listing(_ people: [(String, UInt8)], registered: Int64? = nil) -> AccountListing {
    AccountListing(
      accounts: people.map {
        AccountListing.Account(address: $0.0, birthMark: [$0.1], registered: registered)
      }, localHosts: ["x"])
  }

  func row(
    _ number: UInt32, _ address: String, _ birthMark: UInt8 = 1, absentSince: Int64? = nil
  ) -> AccountRow {
    AccountRow(
      account: Vault.makeAccount(
        number: AccountNumber(number), address: address,
        birthMark: address.isEmpty ? [] : [birthMark]), firstSeen: 10 * Self.day,
      absentSince: absentSince)
  }

  func erasure(
    of row: AccountRow, _ cause: ErasureCause, excluded: Int64 = now - day,
    destroyed: Int64? = nil, isConfirmed: Bool = false
  ) -> ErasureRow {
    ErasureRow(
      erasure: Erasure(
        entry: Departure(row: row, cause: cause, reported: excluded)
          .entry(keys: keys, now: excluded, hold: 3 * Self.day),
        excluded: excluded, destroyed: destroyed, epoch: destroyed == nil ? nil : 2),
      isConfirmed: isConfirmed, beyondKit: nil)
  }

  func event(_ kind: AccountEvent.Kind, _ address: String, _ time: Int64) -> AccountEvent {
    AccountEvent(name: "\(kind)-\(address)-\(time)", kind: kind, address: address, time: time)
  }

  func census(
    _ listings: [AccountListing], _ rows: [AccountRow], erasures: [ErasureRow] = [],
    events: [AccountEvent] = [], isWhole: Bool = true, isRebased: Bool = false
  ) -> Census {
    Census(
      listings: listings, isWhole: isWhole,
      known: Census.Known(
        rows: [row(0, "")] + rows, erasures: erasures, next: AccountNumber(100),
        isRebased: isRebased),
      events: events,
      rules: Census.Rules(
        brake: Configuration.Brake(accounts: 5, percent: 1), hold: 3 * Self.day, now: Self.now),
      keys: keys)
  }
}

extension Census {
  fileprivate var departed: [UInt32] { departures.map(\.row.account.number.value) }
  fileprivate var kept: Set<UInt32> { Set(accounts.keys.map(\.value)) }
}

@Suite struct `The census knows who exists` {
  private let town: Town

  init() throws { town = try Town() }

  @Test func `an unknown address is a new account with the next number`() throws {
    let census = town.census(
      [town.listing([("a@x", 1), ("b@x", 1)])], [town.row(1, "a@x")])
    #expect(census.added.map(\.account.address) == ["b@x"])
    #expect(census.added.map(\.account.number) == [AccountNumber(100)])
    #expect(census.added.map(\.bornAt) == [nil])
    #expect(census.nextAccount == AccountNumber(101))
    #expect(census.kept == [0, 1, 100])
    #expect(census.departed == [] && census.found == [] && census.brake == nil)
  }

  @Test func `somebody else behind a known address is another account`() {
    let census = town.census(
      [town.listing([("a@x", 2), ("b@x", 1), ("c@x", 1)], registered: 77)],
      [town.row(1, "a@x"), town.row(2, "b@x"), town.row(3, "c@x")])
    #expect(census.added.map(\.account.address) == ["a@x"])
    #expect(census.added.map(\.bornAt) == [77], "nothing older is theirs")
    #expect(census.departed == [1])
    #expect(census.departures.map(\.cause) == [.reborn])
    #expect(census.kept == [0, 2, 3, 100])
  }

  @Test func `an address in two databases is one account`() {
    let census = town.census([town.listing([("a@x", 1)]), town.listing([("a@x", 2)])], [])
    #expect(census.added.map(\.account.birthMark) == [[1]])
    #expect(census.accounts.count == 2)
  }

  @Test func `nobody is missing from a listing that is not whole`() {
    let census = town.census([], [town.row(1, "a@x")], isWhole: false)
    #expect(census.departed.isEmpty && census.brake == nil && !census.isTrusted)
    #expect(census.kept == [0, 1], "what is theirs may be in an origin that could be read")
  }

  @Test func `of two instances that an interrupted run left, the newer is the account`() {
    let census = town.census(
      [town.listing([("a@x", 1), ("b@x", 1), ("c@x", 1)])],
      [town.row(1, "a@x"), town.row(2, "b@x"), town.row(3, "c@x"), town.row(4, "a@x")])
    #expect(census.departed == [1])
    #expect(census.kept == [0, 2, 3, 4])
  }

  @Test func `after a rebase whoever is not listed is absent and not erased`() {
    let rows = (1...9).map { town.row(UInt32($0), "u\($0)@x") }
    let listed = town.listing([("u1@x", 1), ("u2@x", 1)])
    let census = town.census([listed], rows, isRebased: true)
    #expect(census.departed == [] && census.brake == nil && census.isTrusted)
    #expect(census.absent.map(\.value) == [3, 4, 5, 6, 7, 8, 9])
    let later = town.census(
      [town.listing([("u1@x", 1), ("u2@x", 1), ("u3@x", 1), ("u4@x", 2)])],
      rows.map {
        town.row(
          $0.account.number.value, $0.account.address,
          absentSince: $0.account.number.value > 2 ? 5 : nil)
      })
    #expect(later.found.map(\.value) == [3], "the same person is back")
    #expect(later.added.map(\.account.address) == ["u4@x"], "somebody else is not")
    #expect(later.departed == [] && later.brake == nil)
  }
}

@Suite struct `The census knows whom an event is about` {
  private let town: Town
  private let others: [(String, UInt8)] = [("b@x", 1), ("c@x", 1), ("d@x", 1)]
  private let rows: [AccountRow]

  init() throws {
    let town = try Town()
    self.town = town
    rows = [
      town.row(1, "a@x"), town.row(2, "b@x"), town.row(3, "c@x"), town.row(4, "d@x"),
    ]
  }

  @Test func `a reported deletion of somebody who is gone has its cause and time`() {
    let time = Town.now - 5000
    let census = town.census(
      [town.listing(others)], rows, events: [town.event(.deleted, "a@x", time)])
    #expect(census.departures.map(\.cause) == [.event])
    #expect(census.departures.map(\.reported) == [time])
    #expect(census.settled.count == 1)
  }

  @Test func `a reported deletion of somebody who is listed waits, and is dropped after a hold`() {
    let listing = town.listing(others + [("a@x", 1)])
    let fresh = town.census(
      [listing], rows, events: [town.event(.deleted, "a@x", Town.now - Town.day)])
    #expect(fresh.departed == [] && fresh.settled == [] && fresh.contradictedCount == 0)
    let old = town.census(
      [listing], rows, events: [town.event(.deleted, "a@x", Town.now - 4 * Town.day)])
    #expect(old.departed == [] && old.settled.count == 1 && old.contradictedCount == 1)
  }

  @Test func `deleted and registered again is somebody else, even with the same birth mark`() {
    let time = Town.now - 5000
    let census = town.census(
      [town.listing(others + [("a@x", 1)])], rows,
      events: [town.event(.registered, "a@x", time), town.event(.deleted, "a@x", time)])
    #expect(census.departed == [1])
    #expect(census.added.map(\.account.address) == ["a@x"])
    #expect(census.added.map(\.bornAt) == [time / 1000])
    #expect(census.settled.count == 2)
  }

  @Test func `what was reported before an account was first seen is about somebody else`() {
    let time = 9 * Town.day
    let census = town.census(
      [town.listing(others + [("a@x", 1)])], rows,
      events: [town.event(.deleted, "a@x", time), town.event(.registered, "a@x", time)])
    #expect(census.departed == [] && census.added.isEmpty)
    #expect(census.settled.count == 2)
  }

  @Test func `events of nobody are settled`() {
    let census = town.census(
      [town.listing(others + [("a@x", 1)])], rows,
      events: [town.event(.deleted, "ghost@x", Town.now), town.event(.registered, "z@x", 5)])
    #expect(census.departed == [] && census.settled.count == 2)
  }

  @Test func `a storm of reports of people who exist erases nobody`() {
    let rows = (1...200).map { town.row(UInt32($0), "u\($0)@x") }
    let listing = town.listing(rows.map { ($0.account.address, 1) })
    let storm = (0..<10_000).map { town.event(.deleted, "u\($0 % 250)@x", Town.now - Int64($0)) }
    let census = town.census([listing], rows, events: storm)
    #expect(census.departed == [] && census.brake == nil && census.kept.count == 201)
    // With registrations that make them credible, the brake holds.
    let pairs = storm + storm.map { town.event(.registered, $0.address, $0.time) }
    let braked = town.census([listing], rows, events: pairs)
    #expect(braked.brake?.cause == .tooManyReported)
    #expect(braked.departed == [] && braked.settled == [] && braked.kept.count == 201)
  }
}

@Suite struct `The census remembers whom it erased` {
  private let town: Town
  private let gone: AccountRow
  private let others: [AccountRow]
  private let listing: AccountListing

  init() throws {
    let town = try Town()
    self.town = town
    gone = town.row(1, "a@x")
    others = [town.row(2, "b@x"), town.row(3, "c@x")]
    listing = town.listing([("a@x", 1), ("b@x", 1), ("c@x", 1)])
  }

  @Test(arguments: [ErasureCause.missing, .reborn])
  func `who was only not listed is back when listed again`(_ cause: ErasureCause) {
    let census = town.census(
      [listing], [gone] + others, erasures: [town.erasure(of: gone, cause)])
    #expect(census.cancelled == [AccountNumber(1)])
    #expect(census.kept == [0, 1, 2, 3] && census.added.isEmpty)
    let late = town.census(
      [listing], others, erasures: [town.erasure(of: gone, cause, destroyed: Town.now - 1)])
    #expect(late.cancelled == [] && late.added.map(\.account.address) == ["a@x"])
  }

  @Test(arguments: [ErasureCause.event, .administrator], [nil, Town.now - 1])
  func `whom the server or the administrator declared deleted stays out while still listed`(
    _ cause: ErasureCause, _ destroyed: Int64?
  ) {
    let rows = destroyed == nil ? [gone] + others : others
    let erasure = town.erasure(of: gone, cause, destroyed: destroyed)
    let census = town.census([listing], rows, erasures: [erasure])
    #expect(census.lingeringCount == 1 && census.cancelled == [] && census.added.isEmpty)
    #expect(census.kept == [0, 2, 3])
    let again = town.census(
      [listing], rows, erasures: [erasure],
      events: [town.event(.registered, "a@x", Town.now - 3600_000)])
    #expect(again.lingeringCount == 0 && again.added.map(\.account.address) == ["a@x"])
    #expect(again.added.map(\.bornAt) == [Town.now / 1000 - 3600])
  }

  @Test func `somebody else behind an erased address is a new account`() {
    let census = town.census(
      [town.listing([("a@x", 2), ("b@x", 1), ("c@x", 1)], registered: 5)], [gone] + others,
      erasures: [town.erasure(of: gone, .administrator)])
    #expect(census.added.map(\.account.address) == ["a@x"])
    #expect(census.added.map(\.bornAt) == [5])
    #expect(census.departed == [] && census.lingeringCount == 0)
  }

  @Test func `who is erased already is not erased again`() {
    let census = town.census(
      [town.listing([("b@x", 1), ("c@x", 1)])], [gone] + others,
      erasures: [town.erasure(of: gone, .missing)])
    #expect(census.departed == [] && census.brake == nil && census.kept == [0, 2, 3])
  }
}

@Suite struct `A brake stops what cannot be a few people leaving` {
  private let town: Town

  init() throws { town = try Town() }

  /// More than five and one in a hundred, or more than half.
  @Test(arguments: [
    (1, 1, true), (2, 1, false), (3, 1, false), (3, 2, true), (3, 3, true), (10, 5, false),
    (10, 6, true), (100, 5, false), (100, 6, true), (600, 6, false), (600, 7, true),
    (20_000, 200, false), (20_000, 201, true), (20_000, 20_000, true),
  ])
  func `at once`(_ known: Int, _ gone: Int, _ brakes: Bool) {
    let rows = (1...known).map { town.row(UInt32($0), "u\($0)@x") }
    let listed = rows.dropFirst(gone).map { ($0.account.address, UInt8(1)) }
    let census = town.census([town.listing(listed)], rows)
    #expect((census.brake != nil) == brakes)
    #expect(census.departures.count == (brakes ? 0 : gone))
    #expect(census.accounts.count == 1 + (brakes ? known : known - gone))
    if gone == known { #expect(census.brake?.cause == .accountsEmpty) }
  }

  @Test func `drop by drop`() {
    let rows = (1...100).map { town.row(UInt32($0), "u\($0)@x") }
    let listing = town.listing(rows.dropFirst(6).map { ($0.account.address, 1) })
    func census(_ earlier: [ErasureRow]) -> Census {
      town.census([listing], rows, erasures: earlier)
    }
    let five = rows.prefix(5)
    #expect(census(five.map { town.erasure(of: $0, .missing) }).brake?.goneCount == 6)
    #expect(census(five.map { town.erasure(of: $0, .event) }).brake?.cause == .tooManyGone)
    #expect(census(five.map { town.erasure(of: $0, .missing, isConfirmed: true) }).brake == nil)
    #expect(census(five.map { town.erasure(of: $0, .administrator) }).brake == nil)
    let old = Town.now - 5 * Town.day
    #expect(
      census(five.map { town.erasure(of: $0, .missing, excluded: old) }).brake != nil,
      "held as long as the brake is on, they count")
    #expect(
      census(
        five.map { town.erasure(of: $0, .missing, excluded: old, destroyed: Town.now - 5) }
      ).brake == nil)
  }

  @Test func `a migration that gives everybody a new birth mark`() {
    let rows = (1...50).map { town.row(UInt32($0), "u\($0)@x") }
    let census = town.census([town.listing(rows.map { ($0.account.address, 2) })], rows)
    #expect(census.brake?.cause == .tooManyReborn)
    #expect(census.added.isEmpty && census.kept.count == 51, "everybody keeps their account")
  }

  @Test func `a renamed host`() {
    let rows = (1...50).map { town.row(UInt32($0), "u\($0)@x") }
    let census = town.census([town.listing((1...50).map { ("u\($0)@y", 1) })], rows)
    #expect(census.brake?.cause == .accountsHalved)
    #expect(census.departures.isEmpty && census.added.count == 50)
  }

  @Test func `a brake proposes whom a confirmation erases`() {
    let rows = (1...3).map { town.row(UInt32($0), "u\($0)@x") }
    let census = town.census([town.listing([])], rows)
    #expect(census.brake?.proposals.map(\.account) == [1, 2, 3])
    #expect(census.brake?.message.contains("confirm") == true)
  }
}
