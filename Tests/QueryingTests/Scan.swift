import Querying

/// All rows of a database as its cursors give them, one line each.
struct Scan {
  private(set) var rows: [String] = []

  init(_ database: SourceDatabase) throws {
    for table in try database.schema().tables {
      var cursor = try database.rows(of: table)
      var row = cursor.makeRow()
      while try cursor.step(into: &row) {
        rows.append("\(table.name) \(row.rowid) \(row.values.map(Self.exact))")
      }
    }
  }

  static func exact(_ value: RowValue) -> String {
    "\(value.kind) \(String(value.bits, radix: 16)) \(Array(value.bytes))"
  }
}
