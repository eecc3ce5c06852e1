internal import Format
internal import Querying
internal import Sealing

/// Tells by the pages of a table which of its segments hold the rows that they held.
///
/// Rows that stand on the same pages are the same; what else decides about the chunks, whoever asks compares
/// himself. Reading a page and hashing it takes a quarter of the time of stepping through its rows.
struct PageComparison {
  /// A part of a table, in the order of the row ids.
  enum Stretch: Equatable {
    /// The segment that begins here is as it was.
    case same(lower: Int64)
    /// These rows are to be read.
    case rows(ClosedRange<Int64>)
  }

  private let tree: TableTree
  private let hash: UniversalHash
  /// What a fingerprint begins with: where a table's rows come from, and whose they are.
  private let head: [UInt8]
  /// Where the planned segments begin; the first takes everything below.
  private let lowers: [Int64]
  private let known: [Int64: [UInt8]]
  private var next = 0
  private var found: Stretch?

  /// Nil where pages do not decide: the rows of the table have no ids, its pages cannot be read from outside
  /// SQLite, or whose a row is depends on more than rows that stand on pages.
  init?(
    _ job: DatabaseOrigin.TableJob, _ plan: SegmentPlan?, hash: UniversalHash,
    in source: SourceDatabase
  ) throws(QueryError) {
    guard let deciding = try Self.decidingTables(of: job, in: source),
      let tree = try source.tree(of: job.layout.name)
    else { return nil }
    var writer = ByteWriter()
    Self.describe(job, to: &writer)
    writer.count(deciding.count)
    for table in deciding.sorted() {
      guard let tree = try source.tree(of: table),
        let fingerprint = Self.fingerprint(of: .min ... .max, tree, hash, Array(table.utf8))
      else { return nil }
      writer.append(fingerprint)
    }
    self.tree = tree
    self.hash = hash
    head = writer.bytes
    lowers = [.min] + (plan?.bounds.dropFirst() ?? [])
    known = plan?.pages ?? [:]
  }

  /// The other tables whose rows have a say in whose a row is; nil if there may be more that has.
  private static func decidingTables(
    of job: DatabaseOrigin.TableJob, in source: SourceDatabase
  ) throws(QueryError) -> Set<String>? {
    guard job.layout.hasRowid else { return nil }
    var tables: Set<String> = []
    let owner = job.expression?.sql
    for (sql, use) in [(owner, .owner), (job.expression?.since, .since)]
      as [(String?, SourceDatabase.RowExpression)]
    {
      guard let sql else { continue }
      guard let deciding = try source.tables(decidingOn: sql, as: use, over: job.layout) else {
        return nil
      }
      tables.formUnion(deciding)
    }
    return tables
  }

  private static func describe(_ job: DatabaseOrigin.TableJob, to writer: inout ByteWriter) {
    writer.text(job.layout.name)
    for sql in [job.expression?.sql, job.expression?.since] {
      writer.byte(sql == nil ? 0 : 1)
      writer.text(sql ?? "")
    }
    let parameters = job.expression?.parameters ?? [:]
    writer.count(parameters.count)
    for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
      writer.text(name)
      writer.text(value)
    }
  }

  /// The next part of the table; nil after the last.
  mutating func nextStretch() -> Stretch? {
    if let found {
      self.found = nil
      return found
    }
    guard next < lowers.count else { return nil }
    let begin = lowers[next]
    while next < lowers.count {
      let lower = lowers[next]
      next += 1
      let upper = next < lowers.count ? lowers[next] - 1 : .max
      guard let former = known[lower], former == fingerprint(of: lower...upper) else { continue }
      if lower == begin { return .same(lower: lower) }
      found = .same(lower: lower)
      return .rows(begin...lower - 1)
    }
    return .rows(begin...Int64.max)
  }

  /// What the pages are recognised by on which these rows may stand; nil if they cannot be read.
  func fingerprint(of rows: ClosedRange<Int64>) -> [UInt8]? {
    Self.fingerprint(of: rows, tree, hash, head)
  }

  /// The bounds are part of it: the first and the last page hold other rows too.
  private static func fingerprint(
    of rows: ClosedRange<Int64>, _ tree: TableTree, _ hash: UniversalHash, _ head: [UInt8]
  ) -> [UInt8]? {
    var bounds = ByteWriter()
    bounds.count(head.count)
    bounds.fixed64(UInt64(bitPattern: rows.lowerBound))
    bounds.fixed64(UInt64(bitPattern: rows.upperBound))
    var stream = hash.stream()
    bounds.bytes.withUnsafeBytes { stream.update($0) }
    head.withUnsafeBytes { stream.update($0) }
    guard tree.withPages(of: rows, { stream.update($0) }) else { return nil }
    return stream.finish()
  }
}
