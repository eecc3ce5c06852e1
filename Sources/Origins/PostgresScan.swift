internal import Format
internal import Postgres

/// Steps through the tables of one PostgreSQL database and cuts their rows into segments.
struct PostgresScan: ~Copyable {
  private let plans: [String: SegmentPlan]
  private var row = CopyRow()
  private var table: PostgresTable?
  private var isPending = false
  /// The key of the row that was read last, if its table is numbered.
  private var key: Int64 = 0
  private var draft: SegmentDraft

  /// The values of a row stand behind its owner and its time.
  private static let firstValue = 2

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
  mutating func begin(
    _ job: PostgresOrigin.TableJob, in source: PostgresSource
  ) throws(PostgresError) -> RawSegment? {
    let table = job.table
    var isSmall = job.part == .whole
    if isSmall { isSmall = try source.hasAtMost(SegmentDraft.sharedRowCount, rowsOf: table) }
    let finished = draft.begin(
      RawSegment.Table(
        name: table.label, number: job.number, columnCount: table.valuePositions.count,
        hasRowID: table.numberPosition != nil),
      isSmall: isSmall, plan: plans[table.label], highest: try source.highest(of: table) ?? 0,
      from: job.part.lower)
    try source.begin(
      table, job.part, owner: job.owner, since: job.since, parameters: job.parameters)
    self.table = table
    return finished
  }

  /// Fills the open segment; gives it when it is full, nil at the end of the table.
  mutating func next(from source: PostgresSource) throws(PostgresError) -> RawSegment? {
    guard let table else { return nil }
    while true {
      if !isPending {
        guard try source.next(into: &row, of: table) else {
          self.table = nil
          return nil
        }
        try readKey(table)
        if draft.cuts(before: key, mark: draft.asksForMark ? mark(table) : nil) {
          isPending = true
          return draft.close(before: key, mark: mark(table))
        }
      }
      isPending = false
      try append(table)
    }
  }

  private mutating func readKey(_ table: PostgresTable) throws(PostgresError) {
    guard row.count == Self.firstValue + table.columns.count else {
      throw PostgresError(.damaged, "table \(table.label): a row has another number of values.")
    }
    key = 0
    guard let position = table.numberPosition else { return }
    guard let number = row.integer(Self.firstValue + position) else {
      throw PostgresError(.damaged, "table \(table.label): a number is none.")
    }
    key = number
  }

  /// A row of a table without numbers that begins a segment is known by its key's hash.
  ///
  /// It stays in the agent's state: a hash of a name is a name.
  private func mark(_ table: PostgresTable) -> Int64 {
    let positions: [Int]
    switch table.key {
    case .number: return 0
    case .columns(let key): positions = key
    case .row: positions = Array(table.columns.indices)
    }
    var hash = FNV1a()
    row.withBytes { bytes in
      for position in positions {
        let column = Self.firstValue + position
        hash.mix(row.isNull(column) ? 1 : 2 as UInt64)
        hash.mix(bytes[row.range(column)])
      }
    }
    return hash.mark
  }

  private mutating func append(_ table: PostgresTable) throws(PostgresError) {
    let since = row.integer(1)
    let owner = row.withBytes { bytes in
      draft.admit(
        row.isNull(0) ? nil : UnsafeRawBufferPointer(rebasing: bytes[row.range(0)]), since: since)
    }
    guard let owner else { return }
    draft.writer.append(row, first: Self.firstValue, without: table.numberPosition)
    guard draft.add(owner: owner, key: key) else {
      throw PostgresError(
        .refused,
        "a row of table \(table.label) is larger than \(Limits.segmentByteCount >> 20) MiB, "
          + "which a snapshot cannot hold; move what it stores into files.")
    }
  }

  /// The last segment, if it holds anything.
  mutating func finish() -> RawSegment? { draft.finish() }
}

extension PostgresTable.Part {
  /// The number that it begins with; nil for one that is open to everything below.
  fileprivate var lower: Int64? {
    if case .from(let bound) = self { bound } else { nil }
  }
}

extension PostgresTable {
  /// What a profile calls it: a part of a partitioned table goes by the rule of the whole.
  func ruleLabel(in profile: DatabaseProfile) -> String {
    profile.rules[label] == nil ? root ?? label : label
  }

  /// The places of the columns that have a value in a row: all but the number that is its key.
  var valuePositions: [Int] { columns.indices.filter { $0 != numberPosition } }
}

extension RowWriter {
  /// Encodes the values of a row from the `first` on, but for one: texts, as the server writes them.
  mutating func append(_ row: borrowing CopyRow, first: Int, without position: Int?) {
    row.withBytes { bytes in
      for column in first..<row.count where column - first != position {
        if row.isNull(column) {
          null()
        } else {
          text(UnsafeRawBufferPointer(rebasing: bytes[row.range(column)]))
        }
      }
    }
  }
}
