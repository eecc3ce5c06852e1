internal import Foundation
package import Format
internal import Postgres
internal import Sealing

/// Writes a file of SQL from a snapshot's segments, which psql loads into an empty database, and proves
/// that the rows in it are those of the snapshot.
package actor PostgresRebuild: RowRebuild {
  private let executor = BlockingExecutor(label: "lethe.rebuild")
  private let origin: String
  private let path: String
  private let script: PostgresScript
  private let sumKey = Random.bytes(16)
  private var sum: CollectionSum
  private var intake: RowIntake
  private var writer = CopyWriter()
  private var scratch = RowWriter()
  private var output: FileHandle?
  /// The table whose rows are being written.
  private var current: UInt32?
  private var rowCounts: [Int]

  /// Takes erased people out; nil where nobody was erased, or no table can mention anybody.
  package var mentions: MentionPass? { intake.mentions }

  /// The thread of its own.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Bytes that are gathered before they are written.
  private static let bufferByteCount = 1 << 20

  /// A file at a path where nothing must be.
  package init(
    origin: String, description: PostgresDescription, path: String, mentions: MentionPass? = nil
  ) {
    self.origin = origin
    self.path = path
    script = PostgresScript(description, word: Hexadecimal.encode(Random.bytes(16)))
    sum = CollectionSum(key: sumKey)
    intake = RowIntake(
      tables: description.tables.map {
        (
          $0.label,
          SegmentRows.Table(columnCount: $0.valueCount, hasRowid: $0.numberPosition != nil)
        )
      }, mentions: mentions)
    rowCounts = Array(repeating: 0, count: description.tables.count)
  }

  /// Creates the file and writes what comes before the rows.
  package func begin() throws(OriginError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("cannot be made", errno) }
    output = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    writer.append(script.head)
  }

  /// Writes the rows of one segment.
  package func insert(_ bodies: [[UInt8]], of segment: SegmentKey) throws {
    do {
      let (rows, bodies) = try intake.rows(of: bodies, in: segment)
      var readers = bodies.map { RowReader($0) }
      for row in rows {
        turn(to: row.table)
        try bodies[Int(row.body)].withUnsafeBytes {
          try insert(row, $0, &readers[Int(row.body)])
        }
        if writer.bytes.count >= Self.bufferByteCount { try flush() }
      }
    } catch let error as OriginError {
      throw error
    } catch {
      throw OriginError(.damaged, "origin \(origin): a segment cannot be read: \(error)")
    }
  }

  /// Ends the rows of the table before, and begins those of this one.
  private func turn(to table: UInt32?) {
    guard table != current else { return }
    if current != nil { writer.append(PostgresScript.endOfRows) }
    if let table { writer.append(script.copyLines[Int(table)]) }
    current = table
  }

  private func insert(
    _ row: SegmentRows.Row, _ bytes: UnsafeRawBufferPointer, _ reader: inout RowReader
  ) throws {
    let table = script.tables[Int(row.table)]
    rowCounts[Int(row.table)] += 1
    add(row.table, row.key, UnsafeRawBufferPointer(rebasing: bytes[row.bytes]))
    reader.seek(to: row.bytes.lowerBound)
    for position in table.columns.indices {
      if position == table.numberPosition {
        var digits = "\(row.key)"
        digits.withUTF8 { writer.value(UnsafeRawBufferPointer($0)) }
        continue
      }
      switch try reader.value() {
      case .null: writer.null()
      case .text(let range): writer.value(UnsafeRawBufferPointer(rebasing: bytes[range]))
      case .integer, .real, .blob:
        throw FormatError(.malformed, "a value of PostgreSQL that is no text")
      }
    }
    writer.endRow()
  }

  private func add(_ table: UInt32, _ key: Int64, _ encoded: UnsafeRawBufferPointer) {
    scratch.removeAll()
    scratch.varint(UInt64(table))
    scratch.integer(key)
    scratch.append(encoded)
    scratch.bytes.withUnsafeBytes { sum.add($0) }
  }

  private func flush() throws(OriginError) {
    do { try output?.write(contentsOf: writer.bytes) } catch {
      throw failure("cannot be written", errno)
    }
    writer.removeAll()
  }

  private func failure(_ what: String, _ number: Int32) -> OriginError {
    OriginError(
      .failed,
      "origin \(origin): \(path) \(what): \(String(cString: strerror(number))); see to the space and "
        + "the permissions of the target")
  }

  /// Writes what comes after the rows and makes the file durable; then only ``prove()`` may follow.
  package func finish() throws(OriginError) {
    turn(to: nil)
    writer.append(script.tail(rowCounts))
    try flush()
    guard let output, fsync(output.fileDescriptor) == 0 else {
      throw failure("cannot be made durable", errno)
    }
    do { try output.close() } catch { throw failure("cannot be closed", errno) }
    self.output = nil
  }

  /// Reads the finished file with the reader of the source's rows, and compares.
  ///
  /// The sum is keyed with random bytes of this run: equal sums mean that exactly the rows that were
  /// opened and proved from the snapshot are in the file, with every byte. Gives the number of rows.
  package func prove() throws -> Int {
    guard let reader = LineReader(path: path) else { throw failure("cannot be read", errno) }
    var second = CollectionSum(key: sumKey)
    guard try reader.take(script.head) else { throw altered("what stands before the rows") }
    var row = CopyRow()
    while let line = try reader.line() {
      guard let table = script.number(ofCopyLine: line) else {
        let rest = script.tail(rowCounts)
        guard line.elementsEqual(rest.prefix(line.count)),
          try reader.take(rest.dropFirst(line.count)), try reader.line() == nil
        else { throw altered("what stands after the rows") }
        break
      }
      while let line = try reader.line(), !line.elementsEqual(PostgresScript.endOfRows) {
        try Task.checkCancellation()
        do throws(CopyRow.Malformed) {
          try row.parse(line)
        } catch { throw altered("a row") }
        try add(row, of: table, to: &second)
      }
    }
    guard second == sum else {
      throw altered("rows (\(second.count) against \(sum.count))")
    }
    return second.count
  }

  private func add(
    _ row: borrowing CopyRow, of number: Int, to sum: inout CollectionSum
  ) throws(OriginError) {
    let table = script.tables[number]
    guard row.count == table.columns.count else { throw altered("a row") }
    scratch.removeAll()
    scratch.varint(UInt64(number))
    var key: Int64 = 0
    if let position = table.numberPosition {
      guard let value = row.integer(position) else { throw altered("a number") }
      key = value
    }
    scratch.integer(key)
    scratch.append(row, first: 0, without: table.numberPosition)
    scratch.bytes.withUnsafeBytes { sum.add($0) }
  }

  private func altered(_ what: String) -> OriginError {
    OriginError(
      .damaged,
      "origin \(origin): \(what) in \(path) differs from the snapshot; the file must not be used. See to "
        + "the disk and restore again")
  }
}
