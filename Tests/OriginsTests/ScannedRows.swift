import Format
import Querying
import Sealing
import TestKit
import Testing

@testable import Origins

/// A scan's rows, by table and row id, with their owners.
struct ScannedRows {
  struct Place: Hashable {
    let table: String
    let key: Int64
  }

  /// Owner and values; of a row that came twice, nothing.
  var rows: [Place: [UInt8]] = [:]
  /// Rows that were read.
  var readCount = 0
  /// Segments that were not read.
  var sameCount = 0
  var remainsCount = 0
  /// How each table was cut.
  var previous: [String: [SegmentPlan.Previous]] = [:]
  private var segments: [Place: [Place: [UInt8]]] = [:]

  /// Adds a segment; one that is the same has the rows that it had in `former`.
  private mutating func add(_ scanned: ScannedSegment, former: ScannedRows?) throws {
    switch scanned {
    case .read(let segment):
      readCount += segment.recordCount
      var start = 0
      var content: [Place: [UInt8]] = [:]
      for row in segment.rows {
        let table = segment.tables[Int(row.table)].name
        content[Place(table: table, key: row.key)] =
          [UInt8(row.owner)] + segment.values[start..<row.end]
        start = row.end
      }
      keep(content, of: segment.tables, segment.lower, segment.byteCount, segment.pages)
    case .same(let table, let lower):
      let place = Place(table: table.name, key: lower)
      let content = try #require(former?.segments[place])
      let known = try #require(former?.previous[table.name]?.first { $0.lower == lower })
      keep(content, of: [table], lower, known.byteCount, known.pages)
      sameCount += 1
    }
  }

  private mutating func keep(
    _ content: [Place: [UInt8]], of tables: [RawSegment.Table], _ lower: Int64, _ byteCount: Int,
    _ pages: [UInt8]?
  ) {
    rows.merge(content) { _, _ in [] }
    guard tables.count == 1, let table = tables.first else { return }
    segments[Place(table: table.name, key: lower)] = content
    previous[table.name, default: []].append(
      SegmentPlan.Previous(
        lower: lower, recordCount: content.count, byteCount: byteCount, pages: pages))
  }

  /// Scans a database that has a table `archive`; seven accounts own its rows.
  init(
    _ path: String, _ rules: [String: DatabaseProfile.TableRule], hash: UniversalHash?,
    former: ScannedRows? = nil, bornAt: [AccountNumber: Int64] = [:]
  ) async throws {
    let profile = DatabaseProfile(
      name: "test", table: "archive", column: nil, absentColumn: nil, parameters: [],
      accounts: nil, localHosts: nil, rules: rules,
      since: ["archive": "strftime('%s', at)"], sharesOthers: true)
    let origin = DatabaseOrigin(name: "x", path: path, profiles: [profile], parameters: [:])
    _ = try await origin.open()
    let owners = OwnerTable(
      accounts: (1...7).map { ("u\($0)@x", AccountNumber($0)) }, localHosts: ["x"])
    await origin.begin(
      owners: owners, bornAt: bornAt,
      plans: former?.previous.mapValues { SegmentPlan(previous: $0.sorted { $0.lower < $1.lower }) }
        ?? [:], pageHash: hash)
    while let segment = try await origin.nextSegment() { try add(segment, former: former) }
    remainsCount = await origin.remainsCount
    await origin.close()
  }
}
