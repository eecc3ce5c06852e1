/// A restore of everything that was carried out and proved, to see that it can be. [F-LOG-11]
package struct DrillEntry: Equatable, Sendable {
  /// The snapshot that was restored.
  package let run: RunID
  /// Milliseconds since 1970 at which the last proof ended, by the clock of the machine that restored.
  package let ended: Int64
  /// Milliseconds from the first request to the last proof.
  package let duration: Int
  /// Rows that were restored.
  package let rowCount: Int
  /// File records that were restored.
  package let fileCount: Int
  /// Bytes of databases and files that were written.
  package let byteCount: Int

  /// Makes an entry of its fields.
  package init(
    run: RunID, ended: Int64, duration: Int, rowCount: Int, fileCount: Int, byteCount: Int
  ) {
    self.run = run
    self.ended = ended
    self.duration = duration
    self.rowCount = rowCount
    self.fileCount = fileCount
    self.byteCount = byteCount
  }

  /// Encodes the body of the log entry.
  package func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.identifier(run)
    writer.signed(ended)
    for count in [duration, rowCount, fileCount, byteCount] { writer.count(count) }
    return writer.bytes
  }

  /// Reads a body that stands alone.
  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> DrillEntry {
    var reader = ByteReader(bytes, subject: "a drill")
    let drill = try decode(&reader)
    try reader.end()
    return drill
  }

  static func decode(_ reader: inout ByteReader) throws(FormatError) -> DrillEntry {
    DrillEntry(
      run: try reader.identifier(), ended: try reader.signed(),
      duration: try reader.count(limit: Limits.tallyCount),
      rowCount: try reader.count(limit: Limits.tallyCount),
      fileCount: try reader.count(limit: Limits.tallyCount),
      byteCount: try reader.count(limit: Limits.tallyCount))
  }
}
