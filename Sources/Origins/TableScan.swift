internal import Format
internal import Querying
internal import Sealing

/// Steps through the tables of one SQLite database and cuts their rows into segments.
struct TableScan: ~Copyable {
  private let plans: [String: SegmentPlan]
  private let pageHash: UniversalHash?
  /// The table in turn.
  private var job: DatabaseOrigin.TableJob?
  private var table: RawSegment.Table?
  private var highest: Int64 = 0
  /// Of a table whose rows are told by their pages: which of them are to be read.
  private var comparison: PageComparison?
  private var cursor: RowCursor?
  /// The row id at which those end that the cursor reads; nil where nothing ends them.
  private var end: Int64?
  private var row = RowView(valueCount: 0)
  private var isPending = false
  private var draft: SegmentDraft
  /// Rows left out before the open segment.
  private var formerRemainsCount = 0

  init(
    origin: String, owners: OwnerTable, bornAt: [AccountNumber: Int64],
    plans: [String: SegmentPlan], pageHash: UniversalHash?
  ) {
    self.plans = plans
    self.pageHash = pageHash
    draft = SegmentDraft(origin: origin, owners: owners, bornAt: bornAt)
  }

  /// Rows of accounts that no longer exist, left out.
  var remainsCount: Int { draft.remainsCount }

  /// Turns to the next table; gives the open segment when the table does not join it.
  mutating func begin(_ job: DatabaseOrigin.TableJob, in source: SourceDatabase) throws(QueryError)
    -> RawSegment?
  {
    let isSmall = try isSmall(job.layout, in: source)
    let plan = plans[job.layout.name]
    let table = RawSegment.Table(
      name: job.layout.name, number: job.number, columnCount: job.layout.valueColumns.count,
      hasRowID: job.layout.hasRowid)
    highest = try source.maximumRowid(of: job.layout) ?? 0
    if let pageHash, !isSmall {
      comparison = try PageComparison(job, plan, hash: pageHash, in: source)
    }
    self.job = job
    self.table = table
    // The stretches of a table that is compared begin one by one.
    guard comparison == nil else { return draft.finish() }
    let finished = draft.begin(table, isSmall: isSmall, plan: plan, highest: highest)
    try read(nil, of: job, in: source)
    return finished
  }

  /// Opens a cursor on rows of a table, or on all of them.
  private mutating func read(
    _ rows: ClosedRange<Int64>?, of job: DatabaseOrigin.TableJob, in source: SourceDatabase
  ) throws(QueryError) {
    let cursor = try source.rows(of: job.layout, owner: job.expression, rowids: rows)
    row = cursor.makeRow()
    self.cursor = consume cursor
    end = rows.flatMap { $0.upperBound < .max ? $0.upperBound + 1 : nil }
    formerRemainsCount = draft.remainsCount
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
  mutating func next(from source: SourceDatabase) throws(QueryError) -> ScannedSegment? {
    guard let job, let table else { return nil }
    while true {
      if cursor == nil {
        switch comparison?.nextStretch() {
        case .same(let lower): return .same(table, lower: lower)
        case .rows(let rows):
          _ = draft.begin(
            table, isSmall: false, plan: plans[table.name], highest: highest,
            from: rows.lowerBound)
          try read(rows == .min ... .max ? nil : rows, of: job, in: source)
        case nil:
          (self.job, comparison) = (nil, nil)
          return nil
        }
      }
      if let segment = try fill(job.layout) { return .read(segment) }
    }
  }

  /// Adds the cursor's rows to the open segment until that is full, or until there are no more.
  private mutating func fill(_ layout: TableLayout) throws(QueryError) -> RawSegment? {
    while true {
      if !isPending {
        guard try cursor?.step(into: &row) ?? false else {
          cursor = nil
          // Another table may join what is no stretch.
          return comparison == nil ? nil : draft.finish().map { recognisable($0, before: end) }
        }
        if draft.cuts(before: row.rowid, mark: draft.asksForMark ? keyMark : nil) {
          isPending = true
          let segment = draft.close(before: row.rowid, mark: keyMark)
          return recognisable(segment, before: row.rowid)
        }
      }
      isPending = false
      try append(layout)
    }
  }

  /// Puts to a segment what its pages will be recognised by.
  ///
  /// Where rows were left out, they may be somebody's tomorrow: such a segment is read again.
  private mutating func recognisable(_ segment: RawSegment, before end: Int64?) -> RawSegment {
    defer { formerRemainsCount = draft.remainsCount }
    guard let comparison, draft.remainsCount == formerRemainsCount,
      // Row ids of a damaged table need not ascend.
      end.map({ $0 > segment.lower }) ?? true
    else { return segment }
    var segment = segment
    segment.pages = comparison.fingerprint(of: segment.lower...(end.map { $0 - 1 } ?? .max))
    return segment
  }

  /// Without row ids a row that begins a segment is known by its key's hash.
  ///
  /// It stays in the agent's state: a hash of a name is a name.
  ///
  /// The whole key counts: its first column is often the same in every row.
  private var keyMark: Int64 {
    guard case .withoutRowid(let key)? = job?.layout.kind else { return 0 }
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
