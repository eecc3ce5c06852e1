/// What a database is made of, but for its rows and what pg_dump says of it.
package struct PostgresSchema: Sendable, Equatable {
  /// The server's version as libpq counts: 150004 is 15.4.
  package var version: Int
  /// The encoding of all text, as PostgreSQL names it.
  package var encoding: String
  /// The words after `CREATE DATABASE name TEMPLATE template0` that make one with the same rules.
  package var creation: String
  /// The roles that own something or were granted something, sorted.
  package var roles: [String]
  /// The tables with rows of their own, by label.
  package var tables: [PostgresTable]
  /// All sequences, by name.
  package var sequences: [PostgresSequence]

  /// Creates a schema from its parts.
  package init(
    version: Int, encoding: String, creation: String, roles: [String], tables: [PostgresTable],
    sequences: [PostgresSequence]
  ) {
    self.version = version
    self.encoding = encoding
    self.creation = creation
    self.roles = roles
    self.tables = tables
    self.sequences = sequences
  }

  /// The table with a label, or a part of the partitioned table with that name.
  package func table(named label: String) -> PostgresTable? {
    tables.first { $0.label == label } ?? tables.first { $0.root == label }
  }
}
