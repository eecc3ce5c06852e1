internal import Foundation
internal import Querying

internal import Format
internal import Origins

/// The origins of a run, the databases open at their moment.
struct Sources: Sendable {
  struct DatabaseSource: Sendable {
    let origin: DatabaseOrigin
    let description: DatabaseDescription
    let listing: AccountListing
  }

  struct TreeSource: Sendable {
    let origin: TreeOrigin
    let profile: DirectoryProfile
    /// The database origins whose accounts own its files.
    let accountOrigins: [String]
  }

  private(set) var databases: [DatabaseSource] = []
  private(set) var trees: [TreeSource] = []
  /// Tables unknown to their profiles and the like: said, and no reason to call a run partial.
  private(set) var findings: [String] = []
  /// Why origins are missing from the snapshot.
  private(set) var failures: [String] = []

  /// Whether every database of the configuration said who exists.
  private(set) var hasEveryListing = true

  var listings: [AccountListing] { databases.map(\.listing) }

  var databaseByteCount: Int {
    databases.reduce(0) { $0 + FileFacts.byteCount($1.origin.path) }
  }

  /// Opens every origin of the configuration.
  ///
  /// One whose reading could do harm refuses the run; one that is not there is left out and named,
  /// as long as another is.
  static func open(_ configuration: Configuration) async throws -> Sources {
    var sources = Sources()
    var firstError: (any Error)?
    for origin in configuration.origins {
      let profile = try Profile.load(origin.profile, from: configuration.profileDirectories)
      do {
        try await sources.open(origin, profile)
      } catch let error as OriginError where error.code != .refused {
        firstError = firstError ?? error
        sources.failures.append(error.message)
        if case .database = origin.source { sources.hasEveryListing = false }
      }
    }
    guard !sources.databases.isEmpty || !sources.trees.isEmpty else {
      throw firstError ?? OperationError(.usage, "there are no origins")
    }
    return sources
  }

  private mutating func open(_ origin: Configuration.Origin, _ profile: Profile) async throws {
    switch (origin.source, profile.kind) {
    case (.database(let path), .database(let schemas)):
      let database = DatabaseOrigin(
        name: origin.name, path: path, profiles: schemas, parameters: origin.parameters)
      let opened = try await database.open()
      findings += opened.findings
      let facts = FileFacts(path)
      databases.append(
        DatabaseSource(
          origin: database,
          description: DatabaseDescription(
            fileName: URL(fileURLWithPath: path).lastPathComponent, mode: facts.mode,
            owner: facts.owner, group: facts.group, schema: opened.schema),
          listing: try await database.accounts()))
    case (.directory(let path, let accounts), .directory(let directory)):
      try openTree(origin.name, path, accounts: accounts, directory)
    default:
      throw OperationError(
        .usage, "origin \(origin.name): profile \(profile.name) is for the other kind of origin")
    }
  }

  private mutating func openTree(
    _ name: String, _ path: String, accounts: [String], _ profile: DirectoryProfile
  ) throws {
    guard profile.forms.isEmpty == accounts.isEmpty else {
      throw OperationError(
        .usage,
        accounts.isEmpty
          ? "origin \(name): its profile tells files by their owners; name the database origin "
            + "whose accounts they are under `accounts`"
          : "origin \(name): its profile knows no owners; remove `accounts`")
    }
    let missing = accounts.filter { name in !databases.contains { $0.origin.name == name } }
    guard missing.isEmpty else {
      throw OriginError(
        .missing,
        "origin \(name) is left out: without the accounts of \(missing.joined(separator: ", ")) "
          + "nobody knows whose its files are; a database origin comes before its directory")
    }
    guard FileFacts.isDirectory(path) else {
      throw OriginError(.missing, "origin \(name): there is no directory \(path)")
    }
    trees.append(
      TreeSource(
        origin: TreeOrigin(name: name, path: path), profile: profile,
        accountOrigins: accounts))
  }
}

/// What the file system says of a path.
struct FileFacts {
  let mode: UInt16
  let owner: UInt32
  let group: UInt32

  init(_ path: String) {
    let attributes = (try? FileManager.default.attributesOfItem(atPath: path)) ?? [:]
    mode = UInt16(truncatingIfNeeded: attributes[.posixPermissions] as? Int ?? 0o600) & 0o7777
    owner = UInt32(truncatingIfNeeded: attributes[.ownerAccountID] as? Int ?? 0)
    group = UInt32(truncatingIfNeeded: attributes[.groupOwnerAccountID] as? Int ?? 0)
  }

  static func byteCount(_ path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.size] as? Int ?? 0
  }

  static func isDirectory(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }
}
