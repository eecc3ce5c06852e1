package import Format

/// A live database in one consistent read, as rows with owners, whatever engine keeps it.
package protocol RowOrigin: Actor {
  /// The origin's name.
  nonisolated var name: String { get }
  /// The schema of the profile that fits; nil before the origin is open.
  var schemaName: String? { get }
  /// Reads every table and counts whose its rows are, so that a wrong rule is seen before it matters.
  func tallies(owners: OwnerTable) throws -> [RuleTally]
  /// Whether the profile that fits gives rows to people.
  var hasOwners: Bool { get }
  /// Whether the profile that fits lists accounts.
  var listsAccounts: Bool { get }
  /// Asks the profile's queries; a profile without them has no accounts.
  func accounts() throws -> AccountListing
  /// Whose the files are that a directory's profile asks for: owners' addresses by file name.
  func fileOwners(_ query: String) throws -> [[UInt8]: [UInt8]]
  /// A table with rows of people of these hosts; nil if there is none.
  func tableOfPeople(on hosts: [String]) throws -> String?
  /// Begins the scan, given who owns what, since when, and how the last snapshot was cut, by table.
  ///
  /// `bornAt` is in seconds since 1970, and only of accounts that follow somebody else; where there
  /// are none, no row is asked for its time.
  func begin(
    owners: OwnerTable, bornAt: [AccountNumber: Int64], plans: [String: SegmentPlan])
  /// The next segment, or nil after the last.
  func nextSegment() throws -> RawSegment?
  /// Rows of accounts that no longer exist, seen so far and left out.
  var remainsCount: Int { get }
  /// Ends the read transaction.
  func close()
}
