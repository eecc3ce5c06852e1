import Format
import Foundation
import Operations
@testable import Origins
@testable import Repository
import TestKit
import Testing

@Suite struct `A segment with the fingerprint of before has the chunks of before` {
  private static let table = RawSegment.Table(
    name: "archive", number: 3, columnCount: 2, hasRowID: true)

  private func segment(
    origin: String = "xmpp", tables: [RawSegment.Table] = [table], lower: Int64 = 5,
    rows: [RawSegment.Row] = [
      RawSegment.Row(owner: 1, table: 0, key: 5, end: 3),
      RawSegment.Row(owner: 2, table: 0, key: 9, end: 7),
    ], values: [UInt8] = [1, 2, 3, 4, 5, 6, 7]
  ) -> RawSegment {
    RawSegment(
      origin: origin, tables: tables, lower: lower, mark: 5, rows: rows,
      buffer: RowBuffer(values))
  }

  @Test func `whatever changes a chunk changes it`() throws {
    let directory = try TemporaryDirectory("lethe-state")
    let state = try AgentState(creating: directory.path + "/state")
    let fingerprint = try SegmentFingerprint(state)
    func of(_ segment: RawSegment) -> [UInt8] { segment.withContent { fingerprint.of($0) } }
    let rows = segment().rows
    func with(_ index: Int, _ change: (inout RawSegment.Row) -> Void) -> RawSegment {
      var rows = rows
      change(&rows[index])
      return segment(rows: rows)
    }
    func table(
      _ name: String = "archive", columns: Int = 2, hasRowID: Bool = true
    ) -> RawSegment {
      segment(
        tables: [
          RawSegment.Table(name: name, number: 3, columnCount: columns, hasRowID: hasRowID)
        ])
    }
    var others = [
      segment(origin: "xmp"), segment(lower: 6), segment(tables: [Self.table, Self.table]),
      table("archiv"), table(columns: 3), table(hasRowID: false),
      with(0) { $0.owner = 2 }, with(1) { $0.key = 10 }, with(1) { $0.table = 1 },
      with(0) { $0.end = 4 }, segment(rows: Array(rows.reversed())),
      segment(rows: [rows[0]], values: [1, 2, 3]),
    ]
    for index in 0..<7 {
      var values = segment().values
      values[index] ^= 1
      others.append(segment(values: values))
    }
    let all = Set(others.map(of) + [of(segment())])
    #expect(all.count == others.count + 1)
    #expect(of(segment()) == of(segment()))
    #expect(try SegmentFingerprint(state).of([]) == fingerprint.of([]), "one key for a state")
  }

  @Test func `one letter in one old row is noticed`() async throws {
    let journey = try await Journey.small(messages: 700)
    for _ in 1...2 { try await journey.backup() }
    let segments = try AgentState(opening: journey.site.state).baseline(of: "xmpp")
    #expect(segments.filter { $0.traits.rows == nil }.map(\.tables) == [[""]], "its description")
    let still = try await journey.backup()
    #expect(still.stored.chunks_new <= 1, "only the catalogue's root")
    try journey.site.live().execute(
      "UPDATE archive SET txt = 'X' || substr(txt, 2) WHERE id = (SELECT min(id) FROM archive)")
    let changed = try await journey.backup()
    #expect(changed.stored.chunks_new > still.stored.chunks_new)
    try await journey.expectRestoreEqualsSource()
  }

  @Test func `it goes with the chunks of an account that is destroyed`() async throws {
    let (journey, person) = try await Journey.withPerson(messages: 60)
    for _ in 1...2 { try await journey.backup() }
    func taken() throws -> Int {
      try AgentState(opening: journey.site.state).baseline(of: "xmpp")
        .filter { $0.traits.rows != nil }.count
    }
    let before = try taken()
    try person.delete(from: journey.site)
    _ = try await journey.erase(person, atOnce: true)
    #expect(try taken() < before)
    try await journey.backup()
    try await journey.expectRestoreEqualsSource()
  }
}
