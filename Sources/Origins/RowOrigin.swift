package import Format
package import Sealing

/// A live database in one consistent read, as rows with owners, whatever engine keeps it.
package protocol RowOrigin: SegmentReader {
  /// The origin's name.
  nonisolated var name: String { get }
  /// The schema of the profile that fits; nil before the origin is open.
  var schemaName: String? { get }
  /// Reads every table and counts whose its rows are, so that a wrong rule is seen before it matters.
  func tallies(owners: OwnerTable) throws -> [RuleTally]
  /// The profile that fits; nil before the origin is open.
  var profile: DatabaseProfile? { get }
  /// Asks one of the profile's queries, which `part` names, and shows the columns of each row as text, nil for
  /// NULL; the body may say why a row is refused.
  func ask(
    _ sql: String, _ part: String, columnCount: Int, maximumRowCount: Int,
    _ body: ([[UInt8]?]) -> String?
  ) throws
  /// A table with rows of people of these hosts; nil if there is none.
  func tableOfPeople(on hosts: [String]) throws -> String?
  /// Begins the scan, given who owns what, since when, and how the last snapshot was cut, by table.
  ///
  /// `bornAt` is in seconds since 1970, and only of accounts that follow somebody else; where there
  /// are none, no row is asked for its time. With a `pageHash`, which must be the same from run to run, segments
  /// are recognised by their pages where the engine has such.
  func begin(
    owners: OwnerTable, bornAt: [AccountNumber: Int64], plans: [String: SegmentPlan],
    pageHash: UniversalHash?
  ) async throws
  /// Once the scan has begun, others that read a part of it at the same time.
  var companions: [any SegmentReader] { get }
  /// Ends the read transaction.
  func close() async
}

extension RowOrigin {
  /// An origin reads alone as a rule.
  package var companions: [any SegmentReader] { [] }
  /// Whether the profile that fits gives rows to people.
  package var hasOwners: Bool { profile?.hasOwners ?? false }
  /// Whether the profile that fits lists accounts.
  package var listsAccounts: Bool { profile?.accounts != nil }

  /// Asks the profile's queries; a profile without them has no accounts.
  package func accounts() throws -> AccountListing {
    var accounts: [AccountListing.Account] = []
    var hosts: [String] = []
    if let sql = profile?.accounts {
      let limit = AccountListing.maximumAccountCount
      try ask(sql, "accounts", columnCount: 4, maximumRowCount: limit) { row in
        guard let account = AccountListing.Account(columns: row) else { return nil }
        guard account.isKeepable else {
          return AccountListing.oversized(number: accounts.count + 1)
        }
        accounts.append(account)
        return nil
      }
    }
    if let sql = profile?.localHosts {
      try ask(sql, "hosts", columnCount: 1, maximumRowCount: 10_000) { row in
        if let host = row[0] { hosts.append(String(decoding: host, as: UTF8.self)) }
        return nil
      }
    }
    return AccountListing(accounts: accounts, localHosts: hosts)
  }

  /// Whose the files are that a directory's profile asks for: owners' addresses by file name.
  package func fileOwners(_ query: String) throws -> [[UInt8]: [UInt8]] {
    var owners: [[UInt8]: [UInt8]] = [:]
    // A file takes some 100 bytes here; more than that many would not fit the machine.
    try ask(query, "files", columnCount: 2, maximumRowCount: 4_000_000) { row in
      if let file = row[0], let owner = row[1] { owners[file] = owner }
      return nil
    }
    return owners
  }
}

extension AccountListing.Account {
  /// The columns of a profile's `accounts`: address, birth mark, and seconds since 1970 of the registration
  /// and of the oldest trace; nil for a row without an address.
  init?(columns: [[UInt8]?]) {
    func text(_ index: Int) -> String? {
      columns[index].map { String(decoding: $0, as: UTF8.self) }
    }
    guard let address = text(0), !address.isEmpty else { return nil }
    self.init(
      address: address, birthMark: columns[1] ?? [], registered: text(2).flatMap(Int64.init),
      oldest: text(3).flatMap(Int64.init))
  }
}
