internal import Format
internal import Querying

/// Steps through the tables of one database and cuts their rows into segments.
///
/// Small tables that follow one another share a segment, so that an account costs few chunks.
final class TableScan {
  private let origin: String
  private let owners: OwnerTable
  private let plans: [String: SegmentPlan]
  private var cursor: RowCursor?
  private var row = RowView(valueCount: 0)
  private var cutter = SegmentCutter(plan: SegmentPlan(previous: []), highest: 0)
  private var layout: TableLayout?
  private var isPending = false
  private var draft: Draft
  private(set) var remainsCount = 0
  private var lastAddress: [UInt8] = []
  private var lastOwner: Owner = .server
  /// Seconds since 1970 before which nothing is an account's, of those who follow somebody else.
  private let bornAt: [AccountNumber: Int64]

  /// The segment being filled.
  private struct Draft {
    var tables: [RawSegment.Table] = []
    var lower: Int64 = .min
    var mark: Int64 = .min
    var rows: [RawSegment.Row] = []
    /// Room for the coarsest segment: untouched pages cost nothing, growing by doubling would touch
    /// twice as many.
    var writer = RowWriter(reserving: SegmentPlan.tiers[2].byteCount + 1 << 20)
    /// Whether all its tables are whole and small, so that the next small one may join.
    var isShared = true
  }

  /// What shares a segment, and how much of it.
  private static let sharedRowCount = 256
  private static let sharedByteCount = 128 << 10

  init(
    origin: String, owners: OwnerTable, bornAt: [AccountNumber: Int64],
    plans: [String: SegmentPlan]
  ) {
    self.origin = origin
    self.bornAt = bornAt
    self.owners = owners
    self.plans = plans
    draft = Draft()
  }

  /// Turns to the next table; gives the open segment when the table does not join it.
  func begin(_ job: DatabaseOrigin.TableJob, in source: SourceDatabase) throws(QueryError)
    -> RawSegment?
  {
    let isSmall = try isSmall(job.layout, in: source)
    let joins =
      isSmall && draft.isShared && draft.rows.count <= Self.sharedRowCount
      && draft.writer.bytes.count <= Self.sharedByteCount
    let finished = joins ? nil : finish()
    let highest = try source.maximumRowid(of: job.layout) ?? 0
    cutter = SegmentCutter(
      plan: isSmall
        ? SegmentPlan(previous: []) : plans[job.layout.name] ?? SegmentPlan(previous: []),
      highest: highest)
    let cursor = try source.rows(of: job.layout, owner: job.expression)
    row = cursor.makeRow()
    self.cursor = consume cursor
    layout = job.layout
    draft.isShared = isSmall
    draft.tables.append(
      RawSegment.Table(
        name: job.layout.name, number: job.number, columnCount: job.layout.valueColumns.count,
        hasRowID: job.layout.hasRowid))
    return finished
  }

  private func isSmall(_ layout: TableLayout, in source: SourceDatabase) throws(QueryError) -> Bool
  {
    let name = layout.name.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"")
    var count: Int64 = 0
    try source.query(
      "SELECT count(*) FROM (SELECT 1 FROM main.\"\(name)\" LIMIT \(Self.sharedRowCount + 1))",
      maximumRowCount: 1
    ) { row in count = row.integer(0) ?? 0 }
    return count <= Self.sharedRowCount
  }

  /// Fills the open segment; gives it when it is full, nil at the end of the table.
  func next(from source: SourceDatabase) throws(QueryError) -> RawSegment? {
    guard let layout else { return nil }
    while true {
      if !isPending {
        guard try cursor?.step(into: &row) ?? false else {
          cursor = nil
          self.layout = nil
          return nil
        }
      }
      if !isPending, !draft.rows.isEmpty, cuts(layout) {
        isPending = true
        return close(continuing: draft.tables.last, layout)
      }
      isPending = false
      try append(layout)
    }
  }

  /// Few rows can be large; a segment that many tables share is bounded as any other.
  private var isOverfull: Bool { draft.writer.bytes.count >= SegmentPlan.tiers[2].byteCount }

  private func cuts(_ layout: TableLayout) -> Bool {
    let most = SegmentCutter.most
    if draft.rows.count >= most.rowCount || draft.writer.bytes.count >= most.byteCount {
      return true
    }
    if draft.isShared { return isOverfull }
    guard layout.hasRowid else {
      let byteCount = draft.writer.bytes.count
      return isOverfull || byteCount >= SegmentPlan.tiers[0].byteCount && keyMark % 64 == 0
    }
    return cutter.cuts(
      before: row.rowid, rowCount: draft.rows.count, byteCount: draft.writer.bytes.count)
  }

  /// Without row ids a row that begins a segment is known by its key's hash, so that the cuts stay
  /// where they are when rows come and go.
  ///
  /// It stays in the agent's state: a hash of a name is a name.
  ///
  /// The whole key counts: its first column is often the same in every row.
  private var keyMark: Int64 {
    guard case .withoutRowid(let key)? = layout?.kind else { return 0 }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for column in key {
      let value = row.values[column.position]
      hash = (hash ^ value.bits) &* 0x100_0000_01b3
      for byte in value.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    return Int64(bitPattern: hash ^ hash >> 29)
  }

  private func append(_ layout: TableLayout) throws(QueryError) {
    let owner = owner()
    guard owner != .remains, !isOlder(than: owner) else {
      remainsCount += 1
      return
    }
    let number: UInt32
    if case .account(let account) = owner { number = account.value } else { number = 0 }
    draft.writer.append(row)
    guard draft.writer.bytes.count - (draft.rows.last?.end ?? 0) <= Limits.segmentByteCount else {
      throw QueryError(
        .refused,
        "table \(layout.name), row \(row.rowid) is larger than \(Limits.segmentByteCount >> 20) MiB, "
          + "which a snapshot cannot hold; move what it stores into files.")
    }
    draft.rows.append(
      RawSegment.Row(
        owner: number, table: UInt32(draft.tables.count - 1), key: row.rowid,
        end: draft.writer.bytes.count))
  }

  /// Whether a row dates from before its owner: it is what somebody else of that address left behind.
  private func isOlder(than owner: Owner) -> Bool {
    guard !bornAt.isEmpty, case .account(let account) = owner, let born = bornAt[account] else {
      return false
    }
    let since = row.since
    return since.map { $0 < born } ?? false
  }

  /// Rows of one owner often follow one another; the last answer is tried first.
  private func owner() -> Owner {
    guard let address = row.owner else { return .server }
    if address.count == lastAddress.count, address.elementsEqual(lastAddress) { return lastOwner }
    lastOwner = owners.owner(of: address)
    lastAddress.removeAll(keepingCapacity: true)
    lastAddress.append(contentsOf: address)
    return lastOwner
  }

  /// The last segment, if it holds anything.
  func finish() -> RawSegment? {
    guard !draft.tables.isEmpty, !draft.rows.isEmpty else {
      draft = Draft()
      return nil
    }
    return take()
  }

  private func take() -> RawSegment {
    defer { draft = Draft() }
    return RawSegment(
      origin: origin, tables: draft.tables, lower: draft.lower, mark: draft.mark,
      rows: draft.rows, values: draft.writer.bytes)
  }

  private func close(continuing table: RawSegment.Table?, _ layout: TableLayout) -> RawSegment {
    let segment = take()
    draft.tables = table.map { [$0] } ?? []
    draft.lower = layout.hasRowid ? row.rowid : 0
    draft.mark = layout.hasRowid ? row.rowid : keyMark
    draft.isShared = false
    return segment
  }
}
