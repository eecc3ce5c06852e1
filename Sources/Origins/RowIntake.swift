internal import Format

/// Reads the rows of a snapshot's segments, without the erased people whom they mention.
struct RowIntake {
  /// The tables of the origin, by number.
  let tables: [SegmentRows.Table]
  private let names: [String]
  /// By the bytes of a table's name: names that look alike are two tables to SQLite, one to Swift.
  private let numbers: [[UInt8]: UInt32]
  /// Takes erased people out; nil where nobody was erased, or no table can mention anybody.
  private(set) var mentions: MentionPass?

  init(tables: [(name: String, layout: SegmentRows.Table)], mentions: MentionPass?) {
    self.tables = tables.map(\.layout)
    names = tables.map(\.name)
    numbers = Dictionary(
      names.enumerated().map { (Array($1.utf8), UInt32($0)) },
      uniquingKeysWith: { first, _ in first })
    self.mentions = mentions
  }

  /// The number of a table.
  func number(of table: String) -> UInt32? { numbers[Array(table.utf8)] }

  /// The rows of one segment in the order of their tables and keys, and the bodies they lie in.
  mutating func rows(
    of bodies: [[UInt8]], in segment: SegmentKey
  ) throws -> (rows: [SegmentRows.Row], bodies: [[UInt8]]) {
    let bodies = try withoutMentions(bodies, of: segment)
    var rows = SegmentRows()
    for body in bodies {
      try rows.add(body) { name in
        guard let number = number(of: name), segment.tables.contains(number) else {
          throw FormatError(.malformed, "a section of a table that its segment does not have")
        }
        return (number, tables[Int(number)])
      }
    }
    rows.sort()
    return (rows.rows, bodies)
  }

  private mutating func withoutMentions(
    _ bodies: [[UInt8]], of segment: SegmentKey
  ) throws(FormatError) -> [[UInt8]] {
    let concerns = segment.tables.contains { number in
      Int(number) < names.count && mentions?.concerns(names[Int(number)]) ?? false
    }
    guard concerns, var pass = mentions else { return bodies }
    // One owner of the array: a second would copy what it gathered.
    mentions = nil
    defer { mentions = pass }
    var rewritten: [[UInt8]] = []
    for body in bodies { rewritten.append(try pass.rewrite(body)) }
    return rewritten
  }
}
