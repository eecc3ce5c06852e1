/// One entry of the schema table: a table, index, view or trigger with its exact text.
package struct SchemaObject: Sendable, Equatable {
  /// The four kinds of entries; the raw values are SQLite's own.
  package enum Kind: String, Sendable {
    /// A table, real or virtual.
    case table
    /// An index.
    case index
    /// A view.
    case view
    /// A trigger.
    case trigger
  }

  /// The kind of the entry.
  package var kind: Kind

  /// The object's name.
  package var name: String

  /// The name of the table that the object belongs to.
  package var tableName: String

  /// The text that created it as UTF-8, byte for byte; `nil` for the indexes of constraints.
  package var sql: [UInt8]?

  /// Whether the object has pages of its own; views, triggers and virtual tables have none.
  package var hasStorage: Bool

  /// Whether this is a virtual table, whose content lies in other tables.
  package var isVirtual: Bool { kind == .table && !hasStorage }

  /// Creates an entry from its parts.
  package init(
    kind: Kind, name: String, tableName: String, sql: [UInt8]?, hasStorage: Bool
  ) {
    self.kind = kind
    self.name = name
    self.tableName = tableName
    self.sql = sql
    self.hasStorage = hasStorage
  }
}
