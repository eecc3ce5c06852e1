internal import Format

/// The segment that a scan is filling, and the rules of who owns what goes into it and where it ends.
///
/// Small tables that follow one another share a segment, so that an account costs few chunks.
struct SegmentDraft {
  private let origin: String
  private let owners: OwnerTable
  /// Seconds since 1970 before which nothing is an account's, of those who follow somebody else.
  private let bornAt: [AccountNumber: Int64]
  private var cutter = SegmentCutter(plan: SegmentPlan(previous: []), highest: 0)
  private var lastAddress: [UInt8] = []
  private var lastOwner: Owner = .server
  /// Rows of accounts that no longer exist, left out.
  private(set) var remainsCount = 0

  private var tables: [RawSegment.Table] = []
  private var lower: Int64 = .min
  private var mark: Int64 = .min
  private var rows: [RawSegment.Row] = []
  /// Whether all its tables are whole and small, so that the next small one may join.
  private var isShared = true
  /// The rows' values.
  ///
  /// Room for the coarsest segment: untouched pages cost nothing, growing by doubling would touch twice
  /// as many.
  var writer: RowWriter
  private let shelf: RowBuffer.Shelf

  /// What shares a segment, and how much of it.
  static let sharedRowCount = 256
  private static let sharedByteCount = 128 << 10

  init(origin: String, owners: OwnerTable, bornAt: [AccountNumber: Int64]) {
    self.origin = origin
    self.owners = owners
    self.bornAt = bornAt
    shelf = RowBuffer.Shelf(byteCount: SegmentPlan.tiers[2].byteCount + 1 << 20)
    writer = RowWriter(reusing: shelf.take())
  }

  /// Turns to the next table; gives the open segment when the table does not join it.
  ///
  /// `highest` is the table's greatest row id; `isSmall` says that it has at most
  /// ``sharedRowCount`` rows. Of a table whose rows below a key are read elsewhere, `bound` is that key.
  mutating func begin(
    _ table: RawSegment.Table, isSmall: Bool, plan: SegmentPlan?, highest: Int64,
    from bound: Int64? = nil
  ) -> RawSegment? {
    let joins =
      isSmall && isShared && rows.count <= Self.sharedRowCount
      && writer.bytes.count <= Self.sharedByteCount
    let finished = joins ? nil : finish()
    let none = SegmentPlan(previous: [])
    cutter = SegmentCutter(plan: isSmall ? none : plan ?? none, highest: highest, from: bound)
    isShared = isSmall
    if let bound { (lower, mark) = (bound, bound) }
    tables.append(table)
    return finished
  }

  /// Few rows can be large; a segment that many tables share is bounded as any other.
  private var isOverfull: Bool { writer.bytes.count >= SegmentPlan.tiers[2].byteCount }

  /// Whether it is time to look for a row whose mark ends the segment of a table without row ids.
  var asksForMark: Bool {
    writer.bytes.count >= SegmentPlan.tiers[0].byteCount && tables.last?.hasRowID == false
  }

  /// Whether a row begins a new segment: by its key, or where its table has none by its `mark`, so that
  /// the cuts stay where they are when rows come and go; nil where ``asksForMark`` says no.
  mutating func cuts(before key: Int64, mark: Int64?) -> Bool {
    guard !rows.isEmpty, let table = tables.last else { return false }
    let most = SegmentCutter.most
    if rows.count >= most.rowCount || writer.bytes.count >= most.byteCount { return true }
    if isShared { return isOverfull }
    guard table.hasRowID else { return isOverfull || mark.map { $0 % 64 == 0 } ?? false }
    return cutter.cuts(before: key, rowCount: rows.count, byteCount: writer.bytes.count)
  }

  /// Whose a row is, as a number; nil for one that is left out.
  mutating func admit(_ address: UnsafeRawBufferPointer?, since: Int64?) -> UInt32? {
    switch owner(of: address) {
    case .server: return 0
    case .account(let account):
      // What dates from before its owner is what somebody else of that address left behind.
      if !bornAt.isEmpty, let born = bornAt[account], let since, since < born { break }
      return account.value
    case .remains: break
    }
    remainsCount += 1
    return nil
  }

  /// Rows of one owner often follow one another; the last answer is tried first.
  private mutating func owner(of address: UnsafeRawBufferPointer?) -> Owner {
    guard let address else { return .server }
    if lastAddress.withUnsafeBytes({ $0.isSame(as: address) }) { return lastOwner }
    lastOwner = owners.owner(of: address)
    lastAddress.removeAll(keepingCapacity: true)
    lastAddress.append(contentsOf: address)
    return lastOwner
  }

  /// Adds the row whose values were just written; false if it is larger than a snapshot can hold.
  mutating func add(owner: UInt32, key: Int64) -> Bool {
    let end = writer.bytes.count
    guard end - (rows.last?.end ?? 0) <= Limits.segmentByteCount else { return false }
    rows.append(
      RawSegment.Row(owner: owner, table: UInt32(tables.count - 1), key: key, end: end))
    return true
  }

  /// Ends the segment before a row of the same table.
  mutating func close(before key: Int64, mark: Int64) -> RawSegment {
    let (table, segment) = (tables.last, take())
    let hasRowID = table?.hasRowID ?? false
    tables = table.map { [$0] } ?? []
    lower = hasRowID ? key : 0
    self.mark = hasRowID ? key : mark
    isShared = false
    return segment
  }

  /// The last segment, if it holds anything.
  mutating func finish() -> RawSegment? {
    guard rows.isEmpty else { return take() }
    // The buffer stays: one that is given back as the next is taken would be one more.
    (tables, lower, mark, isShared) = ([], .min, .min, true)
    return nil
  }

  private mutating func take() -> RawSegment {
    let segment = RawSegment(
      origin: origin, tables: tables, lower: lower, mark: mark, rows: rows,
      buffer: RowBuffer(writer.bytes, from: shelf))
    (tables, lower, mark, rows, isShared) = ([], .min, .min, [], true)
    writer = RowWriter(reusing: shelf.take())
    return segment
  }
}
