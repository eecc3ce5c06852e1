internal import Foundation
internal import Querying

internal import Format
internal import Origins

/// The origins of a run, the databases open at their moment.
struct Sources: Sendable {
  struct DatabaseSource: Sendable {
    let origin: any RowOrigin
    let description: RowDescription
    /// What it takes on the disk.
    let byteCount: Int
  }

  struct TreeSource: Sendable {
    let origin: TreeOrigin
    let profile: DirectoryProfile
    /// The origins whose accounts own its files.
    let accountOrigins: [String]
    let survey: TreeSurvey
  }

  private(set) var databases: [DatabaseSource] = []
  private(set) var trees: [TreeSource] = []
  /// Tables unknown to their profiles and the like: said, and no reason to call a run partial.
  private(set) var findings: [String] = []
  /// Why origins are missing from the snapshot.
  private(set) var failures: [String] = []

  /// Whether every origin that lists accounts said who exists.
  private(set) var hasEveryListing = true

  /// The files of all databases of the configuration.
  private let databasePaths: [String]

  /// Who exists, by the origins that said so.
  private var rolls: [(origin: String, listing: AccountListing)] = []

  var listings: [AccountListing] { rolls.map(\.listing) }

  /// The hosts of any origin: their unknown addresses are remains in all of them.
  var localHosts: [String] { Set(listings.flatMap(\.localHosts)).sorted() }

  /// Everybody whom these origins list.
  func accounts(of origins: [String]) -> [AccountListing.Account] {
    rolls.filter { origins.contains($0.origin) }.flatMap(\.listing.accounts)
  }

  var databaseByteCount: Int {
    databases.reduce(0) { $0 + $1.byteCount }
  }

  /// Opens every origin of the configuration.
  ///
  /// One whose reading could do harm refuses the run; one that is not there is left out and named,
  /// as long as another is.
  static func open(_ configuration: Configuration) async throws -> Sources {
    var sources = Sources(of: configuration)
    var firstError: (any Error)?
    for origin in configuration.origins {
      do {
        try await sources.add(origin, of: configuration)
      } catch let error as OriginError where error.code != .refused {
        firstError = firstError ?? error
        sources.failures.append(error.message)
      }
    }
    guard !sources.databases.isEmpty || !sources.trees.isEmpty else {
      throw firstError ?? OperationError(.usage, "there are no origins")
    }
    return sources
  }

  /// None yet; ``add(_:of:)`` opens them, in the order of the configuration.
  init(of configuration: Configuration) {
    databasePaths = configuration.origins.compactMap {
      if case .database(let path) = $0.source { FileFacts.resolved(path) } else { nil }
    }
  }

  /// Opens one origin and asks it who exists.
  mutating func add(
    _ origin: Configuration.Origin, of configuration: Configuration
  ) async throws {
    let profile = try Profile.load(origin.profile, from: configuration.profileDirectories)
    var failure: (any Error)?
    do { try await open(origin, profile) } catch {
      failure = error
      if profile.mayListAccounts { hasEveryListing = false }
    }
    if let roll = origin.roll { await read(roll, of: origin) }
    if let failure { throw failure }
  }

  /// Ends all read transactions, where nothing is to be read after all.
  func close() async {
    for database in databases { await database.origin.close() }
  }

  private mutating func open(_ origin: Configuration.Origin, _ profile: Profile) async throws {
    try checkAccounts(of: origin)
    switch (origin.source, profile.kind) {
    case (.database(let path), .database(let schemas)):
      try await openDatabase(origin, path, schemas)
    case (.postgresql(let uri), .database(let schemas)):
      try await openServer(origin, uri, schemas)
    case (.directory(let path), .directory(let directory)):
      try await openTree(origin, path, directory)
    default:
      throw OperationError(
        .usage, "origin \(origin.name): profile \(profile.name) is for the other kind of origin")
    }
  }

  /// Reads a list of accounts that live elsewhere, beside what the origin lists itself.
  private mutating func read(_ roll: AccountRoll.Source, of origin: Configuration.Origin) async {
    do {
      let roll = AccountRoll(origin: origin.name, source: roll, host: origin.parameters["host"])
      rolls.append((origin.name, try await roll.listing()))
    } catch {
      failures.append(error.message)
      hasEveryListing = false
    }
  }

  private func checkAccounts(of origin: Configuration.Origin) throws {
    let missing = origin.accounts.filter { name in
      !rolls.contains { $0.origin == name }
    }
    guard missing.isEmpty else {
      throw OriginError(
        .missing,
        "origin \(origin.name) is left out: without the accounts of "
          + "\(missing.joined(separator: ", ")) nobody knows whose what is there is")
    }
  }

  private mutating func openDatabase(
    _ origin: Configuration.Origin, _ path: String, _ schemas: [DatabaseProfile]
  ) async throws {
    let database = DatabaseOrigin(
      name: origin.name, path: path, profiles: try Self.profiles(schemas, origin),
      parameters: origin.parameters)
    let opened = try await database.open()
    findings += opened.findings
    let facts = FileFacts(path)
    let description = DatabaseDescription(
      fileName: URL(fileURLWithPath: path).lastPathComponent, mode: facts.mode,
      owner: facts.owner, group: facts.group, schema: opened.schema)
    try await add(
      DatabaseSource(
        origin: database, description: .sqlite(description), byteCount: FileFacts.byteCount(path)),
      origin)
  }

  private mutating func openServer(
    _ origin: Configuration.Origin, _ uri: String, _ schemas: [DatabaseProfile]
  ) async throws {
    let database = PostgresOrigin(
      name: origin.name, uri: uri,
      profiles: try Self.profiles(schemas.map { $0.inPostgreSQL() }, origin),
      parameters: origin.parameters)
    let opened = try await database.open()
    findings += opened.findings
    try await add(
      DatabaseSource(
        origin: database, description: .postgresql(opened.description),
        byteCount: opened.byteCount), origin)
  }

  private static func profiles(
    _ schemas: [DatabaseProfile], _ origin: Configuration.Origin
  ) throws -> [DatabaseProfile] {
    try schemas.map {
      try $0.prefixed(origin.prefix).owned(by: origin.owners, others: origin.otherOwner)
    }
  }

  /// Takes an open database over, if somebody says whose its rows are.
  private mutating func add(
    _ source: DatabaseSource, _ origin: Configuration.Origin
  ) async throws {
    let database = source.origin
    let (hasOwners, listsAccounts) = await (database.hasOwners, database.listsAccounts)
    guard !hasOwners || listsAccounts || !origin.accounts.isEmpty || origin.roll != nil else {
      throw OperationError(
        .usage,
        "origin \(origin.name): its rows belong to people whom it does not list; name the origin that "
          + "does under `accounts`, or a list under `accounts-file` or `accounts-command`")
    }
    if listsAccounts { rolls.append((origin.name, try await database.accounts())) }
    databases.append(source)
  }

  private mutating func openTree(
    _ origin: Configuration.Origin, _ path: String, _ profile: DirectoryProfile
  ) async throws {
    let name = origin.name
    let isOwned = profile.layout != .shared
    let hasListing = profile.listsAccounts || origin.roll != nil || !origin.accounts.isEmpty
    guard isOwned == hasListing else {
      throw OperationError(
        .usage,
        isOwned
          ? "origin \(name): its profile tells files by their owners; name the origin whose accounts "
            + "they are under `accounts`"
          : "origin \(name): its profile knows no owners; remove `accounts`")
    }
    guard FileFacts.isDirectory(path) else {
      throw OriginError(.missing, "origin \(name): there is no directory \(path)")
    }
    let tree = TreeOrigin(name: name, path: path)
    var survey = try await tree.survey(profile)
    if let listing = survey.listing { rolls.append((name, listing)) }
    if case .named(let query) = profile.layout {
      survey = TreeSurvey(claims: try await fileOwners(query, origin))
    }
    leaveOutDatabases(of: path, name, &survey)
    trees.append(
      TreeSource(
        origin: tree, profile: profile, accountOrigins: origin.accounts + [name], survey: survey)
    )
  }

  /// A database holds everybody's rows: as a file it would be nobody's, and never be forgotten.
  private mutating func leaveOutDatabases(
    of path: String, _ name: String, _ survey: inout TreeSurvey
  ) {
    let root = FileFacts.resolved(path) + "/"
    let known = databasePaths.filter { $0.hasPrefix(root) }
      .map { Array($0.utf8.dropFirst(root.utf8.count)) }
    let files = survey.databases
    let strangers = files.filter { files.contains($0 + Array("-wal".utf8)) }.subtracting(known)
    for path in known { survey.note(database: path) }
    for stranger in strangers {
      findings.append(
        "origin \(name): the database \(String(decoding: stranger, as: UTF8.self)) is left out of the "
          + "files; make it an origin of its own")
    }
  }

  /// Whose the files of a tree are, by the databases that its accounts come from.
  private func fileOwners(
    _ query: String, _ origin: Configuration.Origin
  ) async throws -> [[UInt8]: [UInt8]] {
    let asked = databases.map(\.origin).filter { origin.accounts.contains($0.name) }
    guard !asked.isEmpty else {
      throw OperationError(
        .usage,
        "origin \(origin.name): a database says whose its files are; name that one under `accounts`"
      )
    }
    var owners: [[UInt8]: [UInt8]] = [:]
    for database in asked {
      owners.merge(try await database.fileOwners(query)) { first, _ in first }
    }
    return owners
  }

  /// Refuses data of people when nobody is listed, and nobody was known before: they are not all
  /// deleted, their accounts live elsewhere.
  func refuseDataOfNobody() async throws {
    guard listings.allSatisfy(\.accounts.isEmpty) else { return }
    for database in databases {
      guard let table = try await database.origin.tableOfPeople(on: localHosts) else { continue }
      throw Self.nobody(database.origin.name, "table \(table)")
    }
    for tree in trees {
      if let place = tree.survey.placeOfPeople { throw Self.nobody(tree.origin.name, place) }
    }
  }

  private static func nobody(_ origin: String, _ place: String) -> OperationError {
    OperationError(
      .refused,
      "origin \(origin): no account is listed, but \(place) has data of people, who are not taken for "
        + "deleted. If their accounts live elsewhere (LDAP, PAM), name a list of them under "
        + "`accounts-file` or `accounts-command`; else this is not the right database or directory, or "
        + "its accounts are lost")
  }
}
