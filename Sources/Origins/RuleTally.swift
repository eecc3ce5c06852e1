/// How many rows of a table, or entries of a tree, a profile gives to whom.
package struct RuleTally: Sendable, Codable, Equatable {
  /// What the profile says of the table.
  package enum Rule: String, Sendable, Codable {
    /// An expression names each row's owner.
    case owner
    /// Nobody's in particular.
    case shared
    /// Not backed up.
    case ephemeral
    /// The profile does not know it; its rows are kept as shared data.
    case unknown
  }

  /// The table's name, or how the tree is told apart.
  package let subject: String
  /// What the profile says of it.
  package let rule: Rule
  /// The expression that names the owner; nil where there is none.
  package let expression: String?
  /// Rows of accounts that exist.
  package var live = 0
  /// Accounts that have such rows.
  package var people = 0
  /// Rows of nobody, or of people on other servers: shared data.
  package var shared = 0
  /// Rows that accounts left behind which do not exist any more; no snapshot has them.
  package var remains = 0

  init(_ subject: String, _ rule: Rule, _ expression: String? = nil) {
    (self.subject, self.rule, self.expression) = (subject, rule, expression)
  }

  /// All rows.
  package var count: Int { live + shared + remains }
}
