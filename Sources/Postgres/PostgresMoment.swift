/// A moment of a database that several sessions can see, as long as the one that took it is open.
package struct PostgresMoment: Sendable {
  /// Where the database is.
  let address: PostgresAddress
  /// The name of the snapshot, as pg_export_snapshot() gives it.
  package let snapshot: String
  /// Names of all tables, as SQL.
  let tables: [String]
}
