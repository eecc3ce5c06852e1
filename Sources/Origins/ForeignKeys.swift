internal import Postgres

/// The references between tables, where rows may refer to people who are left out.
enum ForeignKeys {
  private static let head = "ALTER TABLE ONLY "
  private static let line = "    ADD CONSTRAINT "
  private static let words = " FOREIGN KEY ("
  private static let mark = " NOT VALID;"

  /// The text of pg_dump with every reference that does not hold kept as one that is not valid, and said.
  ///
  /// In the source they hold; here the row that is referred to may be somebody's who was erased, or who
  /// was not asked for. That must not keep everybody else's rows away.
  static func lenient(_ sql: [UInt8]) -> [UInt8] {
    let lines = sql.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var output: [UInt8] = []
    var index = 0
    while index < lines.count {
      if index > 0 { output.append(UInt8(ascii: "\n")) }
      let next = index + 1 < lines.count ? lines[index + 1] : []
      if lines[index].starts(with: head.utf8), next.starts(with: line.utf8),
        let statement = String(
          validating: lines[index] + [UInt8(ascii: "\n")] + next, as: UTF8.self),
        statement.contains(words), statement.hasSuffix(";"), !statement.hasSuffix(mark)
      {
        output += block(statement).utf8
        index += 2
      } else {
        output += lines[index]
        index += 1
      }
    }
    return output
  }

  private static func block(_ statement: String) -> String {
    PostgresScript.block([
      statement, "EXCEPTION WHEN foreign_key_violation THEN", "\(statement.dropLast())\(mark)",
      "RAISE WARNING USING MESSAGE = 'rows refer to others that are left out, as of people who were "
        + "erased; see CONSTRAINTS that are NOT VALID: ' || \(SQLName.literal(statement));",
    ])
  }
}
