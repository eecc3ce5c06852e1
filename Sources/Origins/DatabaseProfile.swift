/// One schema of one kind of server's database.
package struct DatabaseProfile: Sendable, Equatable {
  /// What becomes of a table's rows.
  package enum TableRule: Sendable, Equatable {
    /// An SQL expression over the row that gives the owner's bare address, or NULL.
    case owner(String)
    /// It is nobody's.
    case shared
    /// Sessions, routes, caches: the table comes back empty.
    case ephemeral
  }

  /// The profile that this schema is of.
  var file = ""
  /// The schema's own name.
  package let name: String
  /// The table and column by which this schema is told from the others, and a column it lacks; no
  /// table where it fits every database.
  let table: String?
  let column: String?
  let absentColumn: String?
  /// Names of values that the origin's configuration must give, such as `host`.
  package let parameters: [String]
  /// A query of up to four columns: bare address, birth mark, and in seconds since 1970 when it was
  /// registered and what ``AccountListing/Account/oldest`` is.
  package let accounts: String?
  /// A query of the hosts whose unknown addresses are remains.
  package let localHosts: String?
  /// What becomes of the tables that the profile names.
  package let rules: [String: TableRule]
  /// For tables with an owner, an SQL expression over the row for the time it is from, in seconds since
  /// 1970: what is older than somebody who registered an address anew is not theirs.
  package let since: [String: String]
  /// Whether tables that have no rule are shared data and no surprise.
  package let sharesOthers: Bool
  /// An owner expression for tables that have no rule, from the configuration.
  var otherOwner: String?
  /// What PostgreSQL has to be asked in other words.
  var postgresql = Dialect()

  /// Queries and expressions that an engine spells in its own way.
  struct Dialect: Sendable, Equatable {
    var accounts: String?
    var localHosts: String?
    var owners: [String: String] = [:]
    var since: [String: String] = [:]
  }

  /// The profile in the words of PostgreSQL.
  package func inPostgreSQL() -> DatabaseProfile {
    DatabaseProfile(
      file: file, name: name, table: table, column: column, absentColumn: absentColumn,
      parameters: parameters, accounts: postgresql.accounts ?? accounts,
      localHosts: postgresql.localHosts ?? localHosts,
      rules: rules.merging(postgresql.owners.mapValues(TableRule.owner)) { _, new in new },
      since: since.merging(postgresql.since) { _, new in new }, sharesOthers: sharesOthers,
      otherOwner: otherOwner)
  }

  /// Stands in table names and SQL for the prefix that the server puts before its tables.
  private static let placeholder = "{prefix}"

  /// Whether the configuration may name a prefix.
  private var hasPrefix: Bool {
    table?.contains(Self.placeholder) ?? false
      || rules.keys.contains { $0.contains(Self.placeholder) }
  }

  /// The profile for tables with this prefix; letters, digits and `_` only, empty for none.
  package func prefixed(_ prefix: String) throws(OriginError) -> DatabaseProfile {
    guard hasPrefix else {
      guard prefix.isEmpty else {
        throw OriginError(.refused, "profile \(file): its tables have no prefix; remove `prefix`")
      }
      return self
    }
    guard prefix.utf8.allSatisfy(\.isWordByte) else {
      throw OriginError(
        .refused, "prefix \(prefix) may have letters, digits and _ only; correct the configuration")
    }
    func filled(_ text: String) -> String { text.replacing(Self.placeholder, with: prefix) }
    let rules = rules.map { table, rule in
      if case .owner(let sql) = rule { return (filled(table), TableRule.owner(filled(sql))) }
      return (filled(table), rule)
    }
    return DatabaseProfile(
      file: file, name: name, table: table.map(filled), column: column,
      absentColumn: absentColumn, parameters: parameters, accounts: accounts.map(filled),
      localHosts: localHosts.map(filled),
      rules: Dictionary(rules, uniquingKeysWith: { first, _ in first }),
      since: Dictionary(
        since.map { (filled($0), filled($1)) }, uniquingKeysWith: { first, _ in first }),
      sharesOthers: sharesOthers, otherOwner: otherOwner)
  }

  /// The profile with owner expressions from the configuration: of tables by name, and of every table
  /// that has no rule.
  package func owned(by owners: [String: String], others: String?) -> DatabaseProfile {
    DatabaseProfile(
      file: file, name: name, table: table, column: column, absentColumn: absentColumn,
      parameters: parameters, accounts: accounts, localHosts: localHosts,
      rules: rules.merging(owners.mapValues(TableRule.owner)) { _, new in new },
      since: since.filter { owners[$0.key] == nil }, sharesOthers: sharesOthers,
      otherOwner: others ?? otherOwner)
  }

  /// What becomes of a table's rows; nil if nothing says so.
  func rule(of table: String) -> TableRule? {
    if let rule = rules[table] { return rule }
    return table.hasPrefix("sqlite_") ? nil : otherOwner.map(TableRule.owner)
  }

  /// Whether some rows belong to people.
  package var hasOwners: Bool {
    otherOwner != nil
      || rules.values.contains { if case .owner = $0 { true } else { false } }
  }
}
