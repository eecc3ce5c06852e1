package import Format
internal import Querying
internal import Sealing

/// Builds a database from a snapshot's segments and proves that it is the one that was read.
package actor DatabaseRebuild: RowRebuild {
  private let executor = BlockingExecutor(label: "lethe.rebuild")
  private let origin: String
  private let description: DatabaseDescription
  private let path: String
  private var builder: DatabaseBuilder?
  private let sumKey = Random.bytes(16)
  private var sum: CollectionSum
  private var intake: RowIntake
  private var scratch = RowWriter()
  /// Takes erased people out; nil where nobody was erased, or no table can mention anybody.
  package var mentions: MentionPass? { intake.mentions }

  /// The queue of its own, on which it may block.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// A rebuild of a file that must not exist; ``begin()`` makes it.
  package init(
    origin: String, description: DatabaseDescription, path: String, mentions: MentionPass? = nil
  ) throws {
    self.origin = origin
    self.description = description
    self.path = path
    sum = CollectionSum(key: sumKey)
    intake = RowIntake(
      tables: description.schema.tables.map {
        (
          $0.name,
          SegmentRows.Table(columnCount: $0.valueColumns.count, hasRowid: $0.hasRowid)
        )
      }, mentions: mentions)
  }

  /// Makes the file, which must not exist, with bare tables for the rows to come.
  package func begin() throws {
    do {
      builder = try DatabaseBuilder(path: path, schema: description.schema)
    } catch { throw OriginError(error, origin: origin) }
  }

  /// Inserts the rows of one segment in the order of their keys; every body holds the rows of some
  /// owners.
  package func insert(_ bodies: [[UInt8]], of segment: SegmentKey) throws {
    guard let builder else { preconditionFailure("the database was begun") }
    do {
      let (rows, bodies) = try intake.rows(of: bodies, in: segment)
      var readers = bodies.map { RowReader($0) }
      var current: UInt32?
      for row in rows {
        if row.table != current {
          try builder.begin(description.schema.tables[Int(row.table)].name)
          current = row.table
        }
        try bodies[Int(row.body)].withUnsafeBytes {
          try insert(row, $0, &readers[Int(row.body)], builder)
        }
      }
    } catch let error as QueryError {
      throw OriginError(error, origin: origin)
    } catch {
      throw OriginError(.damaged, "origin \(origin): a segment cannot be read: \(error)")
    }
  }

  private func insert(
    _ row: SegmentRows.Row, _ bytes: UnsafeRawBufferPointer, _ reader: inout RowReader,
    _ builder: DatabaseBuilder
  ) throws {
    add(row.table, row.key, UnsafeRawBufferPointer(rebasing: bytes[row.bytes]))
    let count = intake.tables[Int(row.table)].columnCount
    reader.seek(to: row.bytes.lowerBound)
    try withUnsafeTemporaryAllocation(of: Querying.RowValue.self, capacity: count) { slots in
      for index in 0..<count {
        slots.initializeElement(at: index, to: Self.value(try reader.value(), bytes))
      }
      try builder.insert(rowid: row.key, values: UnsafeBufferPointer(slots))
    }
  }

  private static func value(
    _ value: Format.RowValue, _ bytes: UnsafeRawBufferPointer
  ) -> Querying.RowValue {
    switch value {
    case .null: .null
    case .integer(let integer): .integer(integer)
    case .real(let bits): .real(Double(bitPattern: bits))
    case .text(let range): .text(UnsafeRawBufferPointer(rebasing: bytes[range]))
    case .blob(let range): .blob(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
  }

  private func add(_ table: UInt32, _ key: Int64, _ encoded: UnsafeRawBufferPointer) {
    scratch.removeAll()
    scratch.varint(UInt64(table))
    scratch.integer(key)
    scratch.append(encoded)
    scratch.bytes.withUnsafeBytes { sum.add($0) }
  }

  /// Makes the indexes and closes the file; then only ``prove()`` may follow.
  package func finish() throws {
    do { try builder?.finish() } catch { throw OriginError(error, origin: origin) }
    builder = nil
  }

  /// Scans the finished file with the encoder that read the source, and compares.
  ///
  /// The sum is keyed with random bytes of this run: equal sums mean that exactly the rows that were
  /// opened and proved from the snapshot are in the file, with their row ids, types and bytes. Gives the
  /// number of rows.
  package func prove() throws -> Int {
    do {
      let source = try SourceDatabase(path: path, access: .atRest)
      source.shouldStop = { Task.isCancelled }
      let schema = try source.schema()
      guard Self.isSame(schema, description.schema) else {
        throw OriginError(
          .damaged,
          "origin \(origin): the restored schema differs from the one in the snapshot; the "
            + "database at \(path) must not be used. This is a defect in Lethe: please report it")
      }
      var second = CollectionSum(key: sumKey)
      for (number, layout) in schema.tables.enumerated() {
        try scan(layout, UInt32(number), source, &second)
      }
      guard second == sum else {
        throw OriginError(
          .damaged,
          "origin \(origin): the restored rows differ from those in the snapshot "
            + "(\(second.count) against \(sum.count)); the database at \(path) must not be used")
      }
      return second.count
    } catch let error as QueryError {
      if error.code == .cancelled { throw CancellationError() }
      throw OriginError(error, origin: origin)
    }
  }

  private static func isSame(_ one: DatabaseSchema, _ other: DatabaseSchema) -> Bool {
    var (one, other) = (one, other)
    one.objects.sort { ($0.kind.rawValue, $0.name) < ($1.kind.rawValue, $1.name) }
    other.objects.sort { ($0.kind.rawValue, $0.name) < ($1.kind.rawValue, $1.name) }
    let tables = (one.tables, other.tables)
    one.tables = []
    other.tables = []
    return one == other
      && tables.0.sorted { $0.name < $1.name }.map(\.columns)
        == tables.1.sorted { $0.name < $1.name }.map(\.columns)
  }

  private func scan(
    _ layout: TableLayout, _ number: UInt32, _ source: SourceDatabase, _ sum: inout CollectionSum
  ) throws(QueryError) {
    guard let table = intake.number(of: layout.name) else {
      throw QueryError(.damaged, "table \(layout.name) is not in the snapshot")
    }
    var cursor = try source.rows(of: layout)
    var row = cursor.makeRow()
    var writer = RowWriter()
    while try cursor.step(into: &row) {
      writer.removeAll()
      writer.varint(UInt64(table))
      writer.integer(layout.hasRowid ? row.rowid : 0)
      writer.append(row)
      writer.bytes.withUnsafeBytes { sum.add($0) }
    }
  }
}
