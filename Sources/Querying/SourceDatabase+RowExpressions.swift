extension SourceDatabase {
  /// What an expression over a row is asked for.
  package enum RowExpression: Sendable {
    case owner
    /// The time a row is from.
    case since
  }

  /// The tables on whose rows the value of an expression over a row of `table` depends, besides that row and the
  /// parameters: whoever knows that all of these are as they were knows the value too.
  ///
  /// Their names are in UTF-8. `nil` if it may depend on something else: on other rows of the same table, on the
  /// time of day.
  ///
  /// - Throws: what compiling it throws.
  package func tables(
    decidingOn sql: String, as use: RowExpression, over table: TableLayout
  ) throws(QueryError) -> Set<[UInt8]>? {
    let query = "SELECT (\(sql)\n) FROM main.\(SQLText.identifier(table.name)) NOT INDEXED"
    let uses = try hooks.uses { () throws(QueryError) in
      _ = try connection.prepareForeign(query, "examining \(sql)")
    }
    let pure = use == .since ? Self.pureFunctions.union(Self.timeFunctions) : Self.pureFunctions
    guard uses.functions.isSubset(of: pure) else { return nil }
    guard isOfOneRow(sql, table), try openings(of: table, in: query) == 1 else { return nil }
    return uses.tables.subtracting([Array(table.name.utf8)])
  }

  /// Whether an expression may stand where only one row is looked at: one with a window may not.
  private func isOfOneRow(_ sql: String, _ table: TableLayout) -> Bool {
    let query = "SELECT 1 FROM main.\(SQLText.identifier(table.name)) WHERE (\(sql)\n) IS NOT NULL"
    do throws(QueryError) {
      _ = try connection.prepareForeign(query, "examining \(sql)")
      return true
    } catch { return false }
  }

  /// How often a query's program opens a table or an index of it: once by the outermost query alone.
  private func openings(of table: TableLayout, in query: String) throws(QueryError) -> Int {
    var program = try connection.prepareForeign("EXPLAIN \(query)", "examining \(query)")
    var roots: [Int64] = []
    while try program.step() {
      if program.text(1) == "OpenRead" { roots.append(program.integer(3)) }
    }
    var count = 0
    for root in roots {
      var statement = try connection.prepare(
        "SELECT tbl_name FROM main.sqlite_schema WHERE rootpage = ?1")
      try statement.bind(root, at: 1)
      if try statement.step(), statement.utf8(0) == Array(table.name.utf8) { count += 1 }
    }
    return count
  }

  /// Functions that give the same for the same arguments, today and tomorrow.
  private static let pureFunctions: Set<String> = [
    "abs", "char", "coalesce", "glob", "hex", "ifnull", "iif", "instr", "length", "like", "lower",
    "ltrim",
    "max", "min", "nullif", "printf", "quote", "replace", "round", "rtrim", "substr", "substring",
    "trim",
    "typeof", "unicode", "upper",
  ]

  /// These do too but for the argument `now`: a row of now is from after every registration, and stays so.
  private static let timeFunctions: Set<String> = [
    "date", "datetime", "julianday", "strftime", "unixepoch",
  ]
}
