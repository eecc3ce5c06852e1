/// Everything about a database except its rows: enough to build an empty one that is the same.
package struct DatabaseSchema: Sendable, Equatable {
  /// The size of a page in bytes.
  package var pageByteCount: Int

  /// The encoding of all text.
  package var encoding: TextEncoding

  /// Whether and how the file gives free pages back.
  package var autoVacuum: AutoVacuum

  /// The schema format, from 1 to 4; below 4 the word DESC in an index has no effect.
  package var schemaFormat: Int

  /// The number that the application keeps in `PRAGMA user_version`.
  package var userVersion: Int32

  /// The number that the application keeps in `PRAGMA application_id`.
  package var applicationID: Int32

  /// Whether the database uses a write-ahead log.
  package var isWAL: Bool

  /// All entries of the schema table, in its order.
  package var objects: [SchemaObject]

  /// How the tables that have rows of their own are laid out, in the order of `objects`.
  package var tables: [TableLayout]

  /// Creates a schema from its parts.
  package init(
    pageByteCount: Int, encoding: TextEncoding, autoVacuum: AutoVacuum, schemaFormat: Int,
    userVersion: Int32, applicationID: Int32, isWAL: Bool, objects: [SchemaObject],
    tables: [TableLayout]
  ) {
    self.pageByteCount = pageByteCount
    self.encoding = encoding
    self.autoVacuum = autoVacuum
    self.schemaFormat = schemaFormat
    self.userVersion = userVersion
    self.applicationID = applicationID
    self.isWAL = isWAL
    self.objects = objects
    self.tables = tables
  }

  /// Finds the layout of a table by its exact name.
  package func table(named name: String) -> TableLayout? {
    tables.first { $0.name.utf8.elementsEqual(name.utf8) }
  }
}
