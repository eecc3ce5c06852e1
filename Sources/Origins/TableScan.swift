internal import Format
internal import Querying

/// Steps through the tables of one SQLite database and cuts their rows into segments.
struct TableScan: ~Copyable {
  private let plans: [String: SegmentPlan]
  private var cursor: RowCursor?
  private var row = RowView(valueCount: 0)
  private var layout: TableLayout?
  private var isPending = false
  private var draft: SegmentDraft

  init(
    origin: String, owners: OwnerTable, bornAt: [AccountNumber: Int64],
    plans: [String: SegmentPlan]
  ) {
    self.plans = plans
    draft = SegmentDraft(origin: origin, owners: owners, bornAt: bornAt)
  }

  /// Rows of accounts that no longer exist, left out.
  var remainsCount: Int { draft.remainsCount }

  /// Turns to the next table; gives the open segment when the table does not join it.
  mutating func begin(_ job: DatabaseOrigin.TableJob, in source: SourceDatabase) throws(QueryError)
    -> RawSegment?
  {
    let isSmall = try isSmall(job.layout, in: source)
    let highest = try source.maximumRowid(of: job.layout) ?? 0
    let table = RawSegment.Table(
      name: job.layout.name, number: job.number, columnCount: job.layout.valueColumns.count,
      hasRowID: job.layout.hasRowid)
    let finished = draft.begin(
      table, isSmall: isSmall, plan: plans[job.layout.name], highest: highest)
    let cursor = try source.rows(of: job.layout, owner: job.expression)
    row = cursor.makeRow()
    self.cursor = consume cursor
    layout = job.layout
    return finished
  }

  private func isSmall(_ layout: TableLayout, in source: SourceDatabase) throws(QueryError) -> Bool
  {
    let name = layout.name.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"")
    let most = SegmentDraft.sharedRowCount
    var count: Int64 = 0
    try source.query(
      "SELECT count(*) FROM (SELECT 1 FROM main.\"\(name)\" LIMIT \(most + 1))",
      maximumRowCount: 1
    ) { row in count = row.integer(0) ?? 0 }
    return count <= most
  }

  /// Fills the open segment; gives it when it is full, nil at the end of the table.
  mutating func next(from source: SourceDatabase) throws(QueryError) -> RawSegment? {
    guard let layout else { return nil }
    while true {
      if !isPending {
        guard try cursor?.step(into: &row) ?? false else {
          cursor = nil
          self.layout = nil
          return nil
        }
        if draft.cuts(before: row.rowid, mark: draft.asksForMark ? keyMark : nil) {
          isPending = true
          return draft.close(before: row.rowid, mark: keyMark)
        }
      }
      isPending = false
      try append(layout)
    }
  }

  /// Without row ids a row that begins a segment is known by its key's hash.
  ///
  /// It stays in the agent's state: a hash of a name is a name.
  ///
  /// The whole key counts: its first column is often the same in every row.
  private var keyMark: Int64 {
    guard case .withoutRowid(let key)? = layout?.kind else { return 0 }
    var hash = FNV1a()
    for column in key {
      let value = row.values[column.position]
      hash.mix(value.bits)
      hash.mix(value.bytes)
    }
    return hash.mark
  }

  private mutating func append(_ layout: TableLayout) throws(QueryError) {
    guard let owner = draft.admit(row.owner, since: row.since) else { return }
    draft.writer.append(row)
    guard draft.add(owner: owner, key: row.rowid) else {
      throw QueryError(
        .refused,
        "table \(layout.name), row \(row.rowid) is larger than \(Limits.segmentByteCount >> 20) MiB, "
          + "which a snapshot cannot hold; move what it stores into files.")
    }
  }

  /// The last segment, if it holds anything.
  mutating func finish() -> RawSegment? { draft.finish() }
}
