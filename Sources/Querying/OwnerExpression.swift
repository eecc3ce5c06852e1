/// The SQL expression that tells to whom a row belongs, with the values of its named parameters.
package struct OwnerExpression: Sendable, Equatable {
  /// An expression over the columns of the table; its value is taken as text.
  package var sql: String

  /// The values of parameters by name, the colon included.
  package var parameters: [String: String]

  /// An expression for the time the row is from, in seconds since 1970; nil where nobody asks.
  package var since: String?

  /// Creates an expression.
  package init(sql: String, since: String? = nil, parameters: [String: String] = [:]) {
    self.sql = sql
    self.since = since
    self.parameters = parameters
  }
}
