internal import Format
package import Origins

/// Whose the live rows and files are by the rules of the profiles; nothing is stored.
package struct ProfileExamination: Sendable {
  private let configuration: Configuration

  /// For the origins of a configuration.
  package init(_ configuration: Configuration) { self.configuration = configuration }

  /// Reads every row and the name of every file of the origins named, or of all.
  ///
  /// No agent's state is needed: who exists is what the origins list now.
  package func run(origins: [String]) async throws -> ProfileReport {
    if let stranger = origins.first(where: { name in
      !configuration.origins.contains { $0.name == name }
    }) {
      throw OperationError(
        .usage,
        "there is no origin \(stranger); the configuration has "
          + configuration.origins.map(\.name).joined(separator: ", "))
    }
    let sources = try await Sources.open(configuration)
    let report = try await examine(sources, origins)
    await sources.close()
    return report
  }

  private func examine(_ sources: Sources, _ names: [String]) async throws -> ProfileReport {
    var lines: [ProfileReport.Origin] = []
    for database in sources.databases.map(\.origin)
    where names.isEmpty || names.contains(database.name) {
      let owners = OwnerTable(
        accounts: Self.numbered(sources.listings.flatMap(\.accounts)),
        localHosts: sources.localHosts)
      lines.append(
        ProfileReport.Origin(
          name: database.name, profile: profile(of: database.name),
          schema: await database.schemaName, rules: try await database.tallies(owners: owners)))
    }
    for tree in sources.trees where names.isEmpty || names.contains(tree.origin.name) {
      let owners = TreeOwners(
        profile: tree.profile, accounts: Self.numbered(sources.accounts(of: tree.accountOrigins)),
        localHosts: sources.localHosts, survey: tree.survey)
      let tally = try await tree.origin.tally(
        owners: owners, rule: "files", isOwned: tree.profile.layout != .shared)
      lines.append(
        ProfileReport.Origin(
          name: tree.origin.name, profile: profile(of: tree.origin.name), schema: nil,
          rules: [tally]))
    }
    return ProfileReport(origins: lines, warnings: sources.failures + sources.findings)
  }

  private func profile(of name: String) -> String {
    configuration.origins.first { $0.name == name }?.profile ?? ""
  }

  /// Numbers that tell people apart for as long as they are counted.
  private static func numbered(
    _ accounts: [AccountListing.Account]
  ) -> [(address: String, number: AccountNumber)] {
    var seen: Set<String> = []
    return accounts.filter { seen.insert($0.address).inserted }.enumerated().map {
      ($1.address, AccountNumber(UInt32($0 + 1)))
    }
  }
}

/// Whose rows and files are; the JSON of `doctor --profile`.
package struct ProfileReport: Sendable, Codable, Equatable {
  /// One database or tree.
  package struct Origin: Sendable, Codable, Equatable {
    /// Its name in the configuration.
    package let name: String
    /// The profile by which it is read.
    package let profile: String
    /// Which of the profile's schemas fits; nil for a tree.
    package let schema: String?
    /// One for each table, or one for all files.
    package let rules: [RuleTally]
  }

  /// In the order of the configuration, databases first.
  package let origins: [Origin]
  /// Origins that could not be read, and tables that no profile knows.
  package let warnings: [String]
}
