package import Format
internal import Postgres

/// Everything about a PostgreSQL database but its rows, as the description chunk holds it. [F-DESC-3]
package struct PostgresDescription: Equatable, Sendable {
  /// What is needed of a table to write its rows.
  struct Table: Equatable, Sendable {
    var label: String
    var schema: String
    var name: String
    /// The place of the column that is the key of a row.
    var numberPosition: Int?
    var columns: [String]
    /// The places of the columns that have a value in a row.
    var valueCount: Int { columns.count - (numberPosition == nil ? 0 : 1) }
    /// Its name as SQL.
    var sql: String { "\(SQLName.quoted(schema)).\(SQLName.quoted(name))" }
  }

  var version: Int
  var encoding: String
  /// The words after `CREATE DATABASE name TEMPLATE template0`.
  package private(set) var creation: String
  /// The roles that must be there.
  package private(set) var roles: [String]
  /// SQL that makes everything that must be there before the rows, and what must come after them.
  var before: [UInt8]
  var after: [UInt8]
  var tables: [Table]
  var sequences: [PostgresSequence]

  /// The longest section of SQL: two of them and the rest fit a chunk of 16 MiB.
  static let maximumSectionByteCount = 6 << 20

  /// The number of the server's major version.
  package var majorVersion: Int { version / 10_000 }

  /// The labels of the tables, by the numbers that a catalogue uses.
  package var tableNames: [String] { tables.map(\.label) }

  init(schema: PostgresSchema, before: [UInt8], after: [UInt8]) {
    version = schema.version
    encoding = schema.encoding
    creation = schema.creation
    roles = schema.roles
    self.before = before
    self.after = after
    tables = schema.tables.map {
      Table(
        label: $0.label, schema: $0.schema, name: $0.name, numberPosition: $0.numberPosition,
        columns: $0.columns.map(\.name))
    }
    sequences = schema.sequences
  }

  /// The bytes of the description.
  package func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.count(version)
    writer.text(encoding)
    writer.text(creation)
    writer.count(roles.count)
    for role in roles { writer.text(role) }
    writer.string(before)
    writer.string(after)
    writer.count(tables.count)
    for table in tables {
      writer.text(table.label)
      writer.text(table.schema)
      writer.text(table.name)
      writer.byte(table.numberPosition == nil ? 0 : 1)
      if let position = table.numberPosition { writer.count(position) }
      writer.count(table.columns.count)
      for column in table.columns { writer.text(column) }
    }
    writer.count(sequences.count)
    for sequence in sequences {
      writer.text(sequence.sql)
      writer.signed(sequence.value)
      writer.byte(sequence.isCalled ? 1 : 0)
    }
    return writer.bytes
  }

  /// Reads a description; whoever wrote it is not trusted.
  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> PostgresDescription {
    var reader = ByteReader(bytes, subject: "a PostgreSQL database's description")
    let description = try PostgresDescription(&reader)
    try reader.end()
    return description
  }

  private init(_ reader: inout ByteReader) throws(FormatError) {
    version = try reader.count(limit: Int(UInt32.max))
    encoding = try reader.text(limit: Limits.nameByteCount)
    guard ["UTF8", "SQL_ASCII"].contains(encoding) else {
      throw reader.malformed("unknown text encoding")
    }
    creation = try reader.text(limit: Limits.schemaTextByteCount)
    roles = []
    for _ in 0..<(try reader.count(limit: Limits.schemaObjectCount, eachAtLeast: 1)) {
      roles.append(try reader.text(limit: Limits.nameByteCount))
    }
    before = try reader.string(limit: Self.maximumSectionByteCount)
    after = try reader.string(limit: Self.maximumSectionByteCount)
    tables = []
    for _ in 0..<(try reader.count(limit: Limits.schemaObjectCount, eachAtLeast: 6)) {
      tables.append(try Self.table(&reader))
    }
    sequences = []
    for _ in 0..<(try reader.count(limit: Limits.schemaObjectCount, eachAtLeast: 3)) {
      sequences.append(
        PostgresSequence(
          sql: try reader.text(limit: Limits.schemaTextByteCount), value: try reader.signed(),
          isCalled: try reader.flag()))
    }
  }

  private static func table(_ reader: inout ByteReader) throws(FormatError) -> Table {
    let label = try reader.text(limit: Limits.nameByteCount)
    let schema = try reader.text(limit: Limits.nameByteCount)
    let name = try reader.text(limit: Limits.nameByteCount)
    let position = try reader.flag() ? try reader.count(limit: Limits.columnCount) : nil
    var columns: [String] = []
    for _ in 0..<(try reader.count(limit: Limits.columnCount, eachAtLeast: 1)) {
      columns.append(try reader.text(limit: Limits.nameByteCount))
    }
    guard position ?? 0 < columns.count else {
      throw reader.malformed("table \(label) has no column that is its key")
    }
    return Table(
      label: label, schema: schema, name: name, numberPosition: position, columns: columns)
  }
}
