@testable import Operations
@testable import Origins
@testable import Repository
import Format
import Testing

@Suite struct `The census knows who exists` {
  private let ordinary = Configuration.Brake(accounts: 5, percent: 1)

  private func listing(_ people: [(String, UInt8)]) -> AccountListing {
    AccountListing(
      accounts: people.map { AccountListing.Account(address: $0.0, birthMark: [$0.1]) },
      localHosts: ["x"])
  }

  private func row(
    _ number: UInt32, _ address: String, _ birthMark: UInt8 = 1, missingSince: Int64? = nil
  ) -> AccountRow {
    AccountRow(
      account: Vault.makeAccount(
        number: AccountNumber(number), address: address,
        birthMark: address.isEmpty ? [] : [birthMark]), missingSince: missingSince)
  }

  private func census(
    _ listings: [AccountListing], _ rows: [AccountRow], isWhole: Bool = true
  ) -> Census {
    Census(
      listings: listings, isWhole: isWhole, known: [row(0, "")] + rows, next: AccountNumber(100),
      brake: ordinary)
  }

  @Test func `an unknown address is a new account with the next number`() throws {
    let census = census([listing([("a@x", 1), ("b@x", 1)])], [row(1, "a@x")])
    #expect(census.added.map(\.address) == ["b@x"])
    #expect(census.added.map(\.number) == [AccountNumber(100)])
    #expect(census.nextAccount == AccountNumber(101))
    #expect(Set(census.accounts.keys.map(\.value)) == [0, 1, 100])
    #expect(census.missing == [] && census.found == [] && census.brake == nil)
  }

  @Test func `somebody else behind a known address is another account`() {
    let census = census([listing([("a@x", 2), ("b@x", 1)])], [row(1, "a@x"), row(2, "b@x")])
    #expect(census.added.map(\.address) == ["a@x"])
    #expect(census.missing == [AccountNumber(1)])
    #expect(Set(census.accounts.keys.map(\.value)) == [0, 2, 100])
  }

  @Test func `whoever was missing and is back is found`() {
    let census = census(
      [listing([("a@x", 1), ("b@x", 1)])], [row(1, "a@x", missingSince: 7), row(2, "b@x")])
    #expect(census.found == [AccountNumber(1)])
    #expect(census.added.isEmpty && census.missing.isEmpty)
  }

  @Test func `who is missing already is not missing again`() {
    let census = census([listing([("b@x", 1)])], [row(1, "a@x", missingSince: 7), row(2, "b@x")])
    #expect(census.missing.isEmpty && census.brake == nil)
    #expect(census.accounts[AccountNumber(1)] == nil)
  }

  @Test func `an address in two databases is one account`() {
    let census = census([listing([("a@x", 1)]), listing([("a@x", 2)])], [])
    #expect(census.added.map(\.birthMark) == [[1]])
    #expect(census.accounts.count == 2)
  }

  @Test func `nobody is missing from a listing that is not whole`() {
    let census = census([], [row(1, "a@x")], isWhole: false)
    #expect(census.missing.isEmpty && census.brake == nil)
    #expect(census.accounts[AccountNumber(1)] != nil)
  }

  /// More than five and one in a hundred, or more than half: the brake.
  @Test(arguments: [
    (1, 1, true), (2, 1, false), (3, 1, false), (3, 2, true), (3, 3, true), (10, 5, false),
    (10, 6, true), (100, 5, false), (100, 6, true), (600, 6, false), (600, 7, true),
    (20_000, 200, false), (20_000, 201, true), (20_000, 20_000, true),
  ])
  func `a brake stops what cannot be a few people leaving`(
    _ known: Int, _ gone: Int, _ brakes: Bool
  ) {
    let rows = (1...known).map { row(UInt32($0), "u\($0)@x") }
    let listed = rows.dropFirst(gone).map { ($0.account.address, UInt8(1)) }
    let census = census([listing(listed)], rows)
    #expect((census.brake != nil) == brakes)
    #expect(census.missing.count == (brakes ? 0 : gone))
    #expect(census.accounts.count == 1 + (brakes ? known : known - gone))
  }
}
