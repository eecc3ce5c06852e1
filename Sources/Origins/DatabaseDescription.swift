package import Format
package import Querying

/// Everything about a database but its rows, as the description chunk holds it. [F-DESC-1]
package struct DatabaseDescription: Equatable, Sendable {
  /// The last part of the source's path, 1 to 255 bytes: a restore makes a file of that name.
  package let fileName: String
  /// Twelve bits, set-user-ID to execute, which a restore gives back.
  package let mode: UInt16
  /// The number of the user on the source's machine, which a restore tells and does not set.
  package let owner: UInt32
  /// The number of the group there, likewise.
  package let group: UInt32
  /// Header fields, objects and tables.
  package let schema: DatabaseSchema

  /// Joins what the file system says of the file with what is in it.
  package init(
    fileName: String, mode: UInt16, owner: UInt32, group: UInt32, schema: DatabaseSchema
  ) {
    self.fileName = fileName
    self.mode = mode
    self.owner = owner
    self.group = group
    self.schema = schema
  }

  /// The plaintext of the description chunk; whether a reader takes it is not checked here.
  package func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.text(fileName)
    writer.varint(UInt64(mode))
    writer.varint(UInt64(owner))
    writer.varint(UInt64(group))
    writer.count(schema.pageByteCount)
    writer.byte(schema.encoding.rawValue)
    writer.byte(schema.autoVacuum.rawValue)
    writer.byte(UInt8(clamping: schema.schemaFormat))
    writer.signed(Int64(schema.userVersion))
    writer.signed(Int64(schema.applicationID))
    writer.byte(schema.isWAL ? 1 : 0)
    writer.count(schema.objects.count)
    for object in schema.objects { object.encode(to: &writer) }
    writer.count(schema.tables.count)
    for table in schema.tables { table.encode(to: &writer) }
    return writer.bytes
  }

  /// Reads a description; whoever wrote it is not trusted.
  ///
  /// Throws `truncated`, `malformed` or `over-limit`; all positions in keys are those of columns.
  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> DatabaseDescription {
    var reader = ByteReader(bytes, subject: "a database's description")
    let fileName = try reader.text(limit: Limits.nameByteCount)
    // Byte by byte: to Swift a slash and an accent that follows it are another character.
    guard !fileName.isEmpty, fileName != ".", fileName != "..",
      !fileName.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") })
    else { throw reader.malformed("its file name is not one") }
    let mode = UInt16(try reader.count(limit: 0o7777))
    let owner = UInt32(try reader.count(limit: Int(UInt32.max)))
    let group = UInt32(try reader.count(limit: Int(UInt32.max)))
    let schema = try schema(&reader)
    try reader.end()
    return DatabaseDescription(
      fileName: fileName, mode: mode, owner: owner, group: group, schema: schema)
  }

  private static func schema(
    _ reader: inout ByteReader
  ) throws(FormatError) -> DatabaseSchema {
    let pageByteCount = try reader.count(limit: 65_536)
    guard pageByteCount >= 512, pageByteCount & (pageByteCount - 1) == 0 else {
      throw reader.malformed("a page of \(pageByteCount) bytes")
    }
    guard let encoding = TextEncoding(rawValue: try reader.byte()),
      let autoVacuum = AutoVacuum(rawValue: try reader.byte())
    else { throw reader.malformed("unknown text encoding or vacuum mode") }
    let schemaFormat = Int(try reader.byte())
    guard (1...4).contains(schemaFormat) else { throw reader.malformed("unknown schema format") }
    guard let userVersion = Int32(exactly: try reader.signed()),
      let applicationID = Int32(exactly: try reader.signed())
    else { throw reader.malformed("a number of the header is wider than 32 bits") }
    let isWAL = try reader.flag()
    var objects: [SchemaObject] = []
    for _ in 0..<(try reader.count(limit: Limits.schemaObjectCount, eachAtLeast: 5)) {
      objects.append(try SchemaObject.decode(&reader))
    }
    var tables: [TableLayout] = []
    for _ in 0..<(try reader.count(limit: Limits.schemaObjectCount, eachAtLeast: 4)) {
      tables.append(try TableLayout.decode(&reader))
    }
    return DatabaseSchema(
      pageByteCount: pageByteCount, encoding: encoding, autoVacuum: autoVacuum,
      schemaFormat: schemaFormat, userVersion: userVersion, applicationID: applicationID,
      isWAL: isWAL, objects: objects, tables: tables)
  }
}

extension SchemaObject {
  private static let kinds: [Kind] = [.table, .index, .view, .trigger]

  fileprivate func encode(to writer: inout ByteWriter) {
    writer.byte(UInt8(Self.kinds.firstIndex(of: kind) ?? 0))
    writer.text(name)
    writer.text(tableName)
    writer.byte(sql == nil ? 0 : 1)
    if let sql { writer.string(sql) }
    writer.byte(hasStorage ? 1 : 0)
  }

  fileprivate static func decode(
    _ reader: inout ByteReader
  ) throws(FormatError) -> SchemaObject {
    let kind = Int(try reader.byte())
    guard kind < kinds.count else { throw reader.malformed("unknown kind of schema object") }
    let name = try reader.text(limit: Limits.nameByteCount)
    let tableName = try reader.text(limit: Limits.nameByteCount)
    let sql: [UInt8]? =
      try reader.flag() ? try reader.string(limit: Limits.schemaTextByteCount) : nil
    return SchemaObject(
      kind: kinds[kind], name: name, tableName: tableName, sql: sql,
      hasStorage: try reader.flag())
  }
}

extension TableLayout {
  fileprivate func encode(to writer: inout ByteWriter) {
    writer.text(name)
    switch kind {
    case .rowid(let name, let alias):
      writer.byte(alias == nil ? 1 : 2)
      writer.text(name)
      if let alias { writer.count(alias) }
    case .withoutRowid(let key):
      writer.byte(3)
      Self.encode(key, to: &writer)
    }
    writer.count(columns.count)
    for column in columns {
      writer.text(column.name)
      writer.byte(column.isGenerated ? 1 : 0)
    }
    writer.count(indexes.count)
    for index in indexes {
      writer.text(index.name)
      writer.byte(index.key == nil ? 0 : 1)
      if let key = index.key { Self.encode(key, to: &writer) }
    }
  }

  private static func encode(_ key: [KeyColumn], to writer: inout ByteWriter) {
    writer.count(key.count)
    for column in key {
      writer.count(column.position)
      writer.text(column.collation.rawValue)
      writer.byte(column.isDescending ? 1 : 0)
    }
  }

  fileprivate static func decode(_ reader: inout ByteReader) throws(FormatError) -> TableLayout {
    let name = try reader.text(limit: Limits.nameByteCount)
    let kind: Kind
    switch try reader.byte() {
    case 1: kind = .rowid(name: try reader.text(limit: Limits.nameByteCount), aliasPosition: nil)
    case 2:
      kind = .rowid(
        name: try reader.text(limit: Limits.nameByteCount),
        aliasPosition: try reader.count(limit: Limits.columnCount))
    case 3:
      let key = try key(&reader)
      guard !key.isEmpty else {
        throw reader.malformed("table \(name) has neither row ids nor a key")
      }
      kind = .withoutRowid(key: key)
    default: throw reader.malformed("unknown kind of table")
    }
    var columns: [StoredColumn] = []
    for _ in 0..<(try reader.count(limit: Limits.columnCount, eachAtLeast: 2)) {
      columns.append(
        StoredColumn(
          name: try reader.text(limit: Limits.nameByteCount), isGenerated: try reader.flag()))
    }
    var indexes: [IndexLayout] = []
    for _ in 0..<(try reader.count(limit: Limits.schemaObjectCount, eachAtLeast: 2)) {
      let name = try reader.text(limit: Limits.nameByteCount)
      indexes.append(IndexLayout(name: name, key: try reader.flag() ? try key(&reader) : nil))
    }
    let layout = TableLayout(name: name, kind: kind, columns: columns, indexes: indexes)
    try layout.checkPositions(reader)
    return layout
  }

  /// Positions beyond the columns would trap whoever uses them.
  private func checkPositions(_ reader: ByteReader) throws(FormatError) {
    var positions = indexes.compactMap(\.key).joined().map(\.position)
    if case .withoutRowid(let key) = kind { positions += key.map(\.position) }
    if let aliasPosition { positions.append(aliasPosition) }
    guard positions.allSatisfy({ $0 < columns.count }) else {
      throw reader.malformed("a key names a column that table \(name) does not have")
    }
  }

  private static func key(_ reader: inout ByteReader) throws(FormatError) -> [KeyColumn] {
    var key: [KeyColumn] = []
    for _ in 0..<(try reader.count(limit: Limits.columnCount, eachAtLeast: 3)) {
      let position = try reader.count(limit: Limits.columnCount)
      guard let collation = Collation(rawValue: try reader.text(limit: Limits.nameByteCount))
      else { throw reader.malformed("unknown collation") }
      key.append(
        KeyColumn(position: position, collation: collation, isDescending: try reader.flag()))
    }
    return key
  }
}

extension DatabaseDescription {
  /// The tables with rows of their own, by the numbers that a catalogue uses.
  package var tableNames: [String] { schema.tables.map(\.name) }
}
