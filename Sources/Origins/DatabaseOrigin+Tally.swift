internal import Files
internal import Format
internal import Querying

extension DatabaseOrigin {
  /// The schema of the profile that fits; nil before the origin is open.
  package var schemaName: String? { profile?.name }

  /// Reads every table and counts whose its rows are, so that a wrong rule is seen before it matters.
  package func tallies(owners: OwnerTable) throws -> [RuleTally] {
    guard let schema, let profile else { preconditionFailure("the origin is open") }
    let jobs = Dictionary(
      remaining.map { ($0.layout.name, $0) }, uniquingKeysWith: { first, _ in first })
    return try schema.tables.map { layout in
      var tally: RuleTally
      switch profile.rule(of: layout.name) {
      case .owner(let sql): tally = RuleTally(layout.name, .owner, sql)
      case .shared: tally = RuleTally(layout.name, .shared)
      case .ephemeral: tally = RuleTally(layout.name, .ephemeral)
      case nil:
        let isSQLite = profile.sharesOthers || layout.name.hasPrefix("sqlite_")
        tally = RuleTally(layout.name, isSQLite ? .shared : .unknown)
      }
      try count(layout, jobs[layout.name]?.expression, owners, &tally)
      return tally
    }
  }

  private func count(
    _ layout: TableLayout, _ expression: OwnerExpression?, _ owners: OwnerTable,
    _ tally: inout RuleTally
  ) throws {
    guard let source, let profile else { preconditionFailure("the origin is open") }
    var people: Set<AccountNumber> = []
    do throws(QueryError) {
      var cursor = try source.rows(of: layout, owner: expression)
      var row = cursor.makeRow()
      while try cursor.step(into: &row) {
        switch owners.owner(of: expression == nil ? nil : row.owner) {
        case .account(let number):
          tally.live += 1
          people.insert(number)
        case .server: tally.shared += 1
        case .remains: tally.remains += 1
        }
      }
    } catch { throw misfit(error, "table \(layout.name)", profile) }
    tally.people = people.count
  }
}

extension TreeOrigin {
  /// Walks the tree and counts whose its files are.
  package func tally(owners: TreeOwners, rule: String, isOwned: Bool) throws -> RuleTally {
    var tally = RuleTally(rule, isOwned ? .owner : .shared)
    var people: Set<AccountNumber> = []
    _ = try open(owners: owners)
    let batch = 4096
    while true {
      let events = try next(batch)
      for event in events {
        switch event {
        case .entry(let entry, _) where entry.kind == .directory: continue
        case .entry(_, .account(let number)):
          tally.live += 1
          people.insert(number)
        case .entry(_, .server): tally.shared += 1
        case .entry(_, .remains), .remains: tally.remains += 1
        case .unreadable, .vanished: continue
        }
      }
      guard events.count == batch else { break }
    }
    tally.people = people.count
    return tally
  }
}
