internal import Format
internal import Postgres

extension PostgresOrigin {
  /// The schema of the profile that fits; nil before the origin is open.
  package var schemaName: String? { profile?.name }

  /// Has the server count whose the rows of every table are.
  package func tallies(owners: OwnerTable) throws -> [RuleTally] {
    guard let schema, let profile else { preconditionFailure("the origin is open") }
    return try schema.tables.map { table in
      var (tally, owner): (RuleTally, String?)
      switch profile.rule(of: table.ruleLabel(in: profile)) {
      case .owner(let sql): (tally, owner) = (RuleTally(table.label, .owner, sql), sql)
      case .shared: (tally, owner) = (RuleTally(table.label, .shared), nil)
      case .ephemeral: (tally, owner) = (RuleTally(table.label, .ephemeral), nil)
      case nil:
        (tally, owner) = (RuleTally(table.label, profile.sharesOthers ? .shared : .unknown), nil)
      }
      try count(table, owner, owners, &tally)
      return tally
    }
  }

  private func count(
    _ table: PostgresTable, _ owner: String?, _ owners: OwnerTable, _ tally: inout RuleTally
  ) throws {
    guard let source, let profile else { preconditionFailure("the origin is open") }
    var people: Set<AccountNumber> = []
    do throws(PostgresError) {
      try source.owners(of: table, owner, parameters: parameters) { row in
        let count = row.integer(2).flatMap { Int(exactly: $0) } ?? 0
        let address = row.utf8(0)
        switch address.map({ $0.withUnsafeBytes { owners.owner(of: $0) } }) ?? .server {
        case .account(let number):
          tally.live += count
          people.insert(number)
        case .server: tally.shared += count
        case .remains: tally.remains += count
        }
      }
    } catch { throw misfit(error, "table \(table.label)", profile) }
    tally.people = people.count
  }
}
