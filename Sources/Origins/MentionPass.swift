package import Format
package import Querying

/// Takes erased people out of the rows of a segment before they are inserted.
///
/// What it rewrites is what the proof then looks for in the file: a mention comes back neither by the
/// insertion nor by an error.
package struct MentionPass: Sendable {
  /// A value that may mention somebody and cannot be read, or not be cut safely.
  package struct Leftover: Sendable, Hashable {
    /// The table.
    package let table: String
    /// The row's id; 0 in a table without.
    package let rowid: Int64
  }

  /// How the values of a table are read.
  private enum Rule: Sendable {
    case column(Int, MentionScrubber.Syntax)
    /// Prosody's table, where a row says itself what it holds.
    case prosody(value: Int, store: Int, type: Int)
  }

  private let scrubber: MentionScrubber
  private let rules: [String: Rule]
  private let hasRowid: [String: Bool]
  /// Values that were changed so far.
  package private(set) var scrubbedCount = 0
  /// Values that were left as they are, the first thousand of them.
  package private(set) var leftovers: [Leftover] = []

  private static let maximumLeftoverCount = 1000

  /// For a database of this schema; nil where no table of it can mention anybody.
  package init?(_ schema: DatabaseSchema, isErased: @escaping @Sendable ([UInt8]) -> Bool) {
    // The readers know UTF-8, in which both servers write; another encoding is of another server.
    guard schema.encoding == .utf8 else { return nil }
    self.init(
      schema.tables.map { ($0.name, $0.valueColumns.map(\.name), $0.hasRowid) }, isErased: isErased)
  }

  /// For a database of this description; nil where no table of it can mention anybody.
  package init?(
    _ description: PostgresDescription, isErased: @escaping @Sendable ([UInt8]) -> Bool
  ) {
    self.init(
      description.tables.map { table in
        let values = table.columns.indices.filter { $0 != table.numberPosition }
        return (table.label, values.map { table.columns[$0] }, table.numberPosition != nil)
      }, isErased: isErased)
  }

  /// For these tables and the columns that have values in a row.
  private init?(
    _ tables: [(name: String, columns: [String], hasRowid: Bool)],
    isErased: @escaping @Sendable ([UInt8]) -> Bool
  ) {
    var rules: [String: Rule] = [:]
    for table in tables { rules[table.name] = Self.rule(for: table.name, table.columns) }
    guard !rules.isEmpty else { return nil }
    self.rules = rules
    hasRowid = Dictionary(
      tables.map { ($0.name, $0.hasRowid) }, uniquingKeysWith: { first, _ in first })
    scrubber = MentionScrubber(isErased: isErased)
  }

  private static func rule(for table: String, _ columns: [String]) -> Rule? {
    if table == "prosody", let value = columns.firstIndex(of: "value"),
      let store = columns.firstIndex(of: "store"), let type = columns.firstIndex(of: "type")
    {
      return .prosody(value: value, store: store, type: type)
    }
    for (index, name) in columns.enumerated() {
      if let syntax = MentionScrubber.syntax(table: table, column: name) {
        return .column(index, syntax)
      }
    }
    return nil
  }

  /// Whether rows of a table can mention anybody.
  package func concerns(_ table: String) -> Bool { rules[table] != nil }

  /// The body of rows without mentions of erased people; the very same where there are none.
  package mutating func rewrite(_ body: [UInt8]) throws(FormatError) -> [UInt8] {
    var reader = RowReader(body)
    var output: [UInt8] = []
    // Up to here the output has what the body has.
    var copied = 0
    while !reader.isAtEnd {
      let section = try reader.section()
      let rule = rules[section.table]
      var key: Int64 = 0
      for _ in 0..<section.rowCount {
        if hasRowid[section.table] ?? true { key = try reader.key(after: key) }
        var values: [(value: Format.RowValue, bytes: Range<Int>)] = []
        for _ in 0..<section.columnCount {
          let start = reader.offset
          let value = try reader.value()
          if rule != nil { values.append((value, start..<reader.offset)) }
        }
        guard let rule, let (place, fresh) = scrub(values, rule, body, section.table, key) else {
          continue
        }
        output += body[copied..<place.lowerBound]
        output += fresh
        copied = place.upperBound
      }
    }
    guard copied > 0 else { return body }
    return output + body[copied...]
  }

  /// Where a row's value lies and what takes its place, if it mentions somebody.
  private mutating func scrub(
    _ values: [(value: Format.RowValue, bytes: Range<Int>)], _ rule: Rule, _ body: [UInt8],
    _ table: String, _ rowid: Int64
  ) -> (place: Range<Int>, fresh: [UInt8])? {
    guard let (index, syntax) = Self.target(values, rule, body) else { return nil }
    let (range, isText): (Range<Int>, Bool)
    switch values[index].value {
    case .text(let text): (range, isText) = (text, true)
    case .blob(let blob): (range, isText) = (blob, false)
    case .null, .integer, .real: return nil
    }
    switch scrubber.scrub(Array(body[range]), syntax: syntax) {
    case .unchanged: return nil
    case .unreadable:
      if leftovers.count < Self.maximumLeftoverCount {
        leftovers.append(Leftover(table: table, rowid: rowid))
      }
      return nil
    case .scrubbed(let fresh, _):
      scrubbedCount += 1
      var writer = RowWriter()
      fresh.withUnsafeBytes { isText ? writer.text($0) : writer.blob($0) }
      return (values[index].bytes, writer.bytes)
    }
  }

  private static func target(
    _ values: [(value: Format.RowValue, bytes: Range<Int>)], _ rule: Rule, _ body: [UInt8]
  ) -> (Int, MentionScrubber.Syntax)? {
    switch rule {
    case .column(let index, let syntax): return index < values.count ? (index, syntax) : nil
    case .prosody(let value, let store, let type):
      guard max(value, store, type) < values.count, case .text(let storeText) = values[store].value,
        case .text(let typeText) = values[type].value,
        let syntax = MentionScrubber.syntax(
          prosodyStore: String(decoding: body[storeText], as: UTF8.self),
          type: String(decoding: body[typeText], as: UTF8.self))
      else { return nil }
      return (value, syntax)
    }
  }
}
