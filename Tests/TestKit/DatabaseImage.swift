/// Everything that a query can tell of a database, for comparison.
package struct DatabaseImage: Equatable, Sendable {
  /// The rows of every table: rowid, and type and exact value of each column.
  package var tables: [String: [String]] = [:]
  /// The schema and what the header keeps.
  package var facts: [String] = []

  private static let pragmas = [
    "page_size", "encoding", "auto_vacuum", "user_version", "application_id", "journal_mode",
  ]

  /// Reads a database; the tables named are taken to be empty.
  package init(_ path: String, emptying ephemeral: Set<String> = []) throws {
    let database = try LiveDatabase(path)
    facts = try database.rows("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2")
      .map { $0.joined(separator: "|") }
    for pragma in Self.pragmas {
      facts.append("\(pragma)=\(try database.rows("PRAGMA \(pragma)").first?.first ?? "")")
    }
    let names = try database.rows(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")
    for name in names.compactMap(\.first) {
      tables[name] = ephemeral.contains(name) ? [] : try Self.rows(of: name, in: database)
    }
  }

  private static func rows(of table: String, in database: LiveDatabase) throws -> [String] {
    let columns = try database.rows(
      "SELECT name FROM pragma_table_xinfo('\(table)') WHERE hidden <> 1"
    ).compactMap(\.first)
    let values = columns.map { name in
      // quote() ends a text at its first zero byte; its hexadecimal digits do not.
      """
      typeof("\(name)") || ':' || CASE typeof("\(name)")
        WHEN 'text' THEN hex(CAST("\(name)" AS BLOB)) ELSE quote("\(name)") END
      """
    }.joined(separator: " || '|' || ")
    let hasRowid = (try? database.rows("SELECT rowid FROM \"\(table)\" LIMIT 1")) != nil
    let key = hasRowid ? "rowid || '|' || " : ""
    return try database.rows("SELECT \(key)\(values) FROM \"\(table)\" ORDER BY 1")
      .compactMap(\.first)
  }

  /// The rows of another image that this one lacks, by table; nil where this one has others, or another
  /// schema.
  package func missing(from other: DatabaseImage) -> [String: Set<String>]? {
    guard Set(facts) == Set(other.facts), tables.keys == other.tables.keys else { return nil }
    var missing: [String: Set<String>] = [:]
    for (name, rows) in tables {
      let theirs = Set(other.tables[name] ?? [])
      guard theirs.isSuperset(of: rows) else { return nil }
      missing[name] = theirs.subtracting(rows)
    }
    return missing.filter { !$0.value.isEmpty }
  }

  /// What differs, in a few words for each table.
  package func differences(from other: DatabaseImage) -> [String] {
    var found: [String] = []
    for fact in Set(facts).symmetricDifference(other.facts) { found.append("fact \(fact)") }
    for name in Set(tables.keys).union(other.tables.keys).sorted() {
      let (mine, theirs) = (tables[name] ?? [], other.tables[name] ?? [])
      guard mine != theirs else { continue }
      let odd = Set(mine).symmetricDifference(theirs).first ?? "another order"
      found.append("\(name): \(mine.count) rows against \(theirs.count), \(odd.prefix(300))")
    }
    return found
  }
}
