/// What is found out about a tree before it is walked: who exists, and whose the files are that no name
/// tells.
package struct TreeSurvey: Sendable, Equatable {
  /// Who exists, where the tree itself says so.
  package var listing: AccountListing?
  /// Owners' addresses by file name, or by path without what follows the dot.
  var claims: [[UInt8]: [UInt8]]
  /// The directories of virtual hosts.
  var hosts: Set<[UInt8]> = []

  /// Databases that lie there, by the paths of their files: they are no files to be copied.
  package private(set) var databases: Set<[UInt8]> = []
  /// Where somebody's files are, if the tree lists nobody.
  package var placeOfPeople: String?

  /// A tree of which no more is known than these owners, by file name.
  package init(claims: [[UInt8]: [UInt8]] = [:]) { self.claims = claims }

  /// Notes a database by its path below the root.
  package mutating func note(database path: [UInt8]) {
    for ending in ["", "-wal", "-shm", "-journal"] { databases.insert(path + Array(ending.utf8)) }
  }
}
