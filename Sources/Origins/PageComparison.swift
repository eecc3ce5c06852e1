internal import Format
internal import Querying
internal import Sealing

/// Tells by the pages of a table which of its segments hold the rows that they held.
///
/// Rows that stand on the same pages are the same; what else decides about the chunks, whoever asks compares
/// himself. Reading a page and hashing it takes a quarter of the time of stepping through its rows.
struct PageComparison {
  /// A part of a table, in the order of the row ids.
  enum Stretch {
    /// The segment that begins here is as it was.
    case same(lower: Int64)
    /// These rows are to be read.
    case rows(ClosedRange<Int64>)
  }

  private let tree: TableTree
  private let hash: UniversalHash
  /// What tells where a table's rows come from, and whose they are.
  private let head: [UInt8]
  /// The parts of the table, the next one last.
  private var stretches: [Stretch] = []
  /// The fingerprints of the pages of segments whose rows are to be read, under the bounds of each.
  ///
  /// The next run recognises them by it. It is taken before the rows are read: should somebody copy another file
  /// over a live database, it is that of the pages before, and the rows are read again.
  private var fingerprints: [ClosedRange<Int64>: [UInt8]] = [:]

  /// Nil where pages do not decide: the rows of the table have no ids, its pages cannot be read from outside
  /// SQLite, or whose a row is depends on more than rows that stand on pages.
  init?(
    _ job: DatabaseOrigin.TableJob, _ plan: SegmentPlan?, hash: UniversalHash,
    in source: SourceDatabase
  ) throws(QueryError) {
    guard let deciding = try Self.decidingTables(of: job, in: source),
      let tree = try source.tree(of: Array(job.layout.name.utf8))
    else { return nil }
    var writer = ByteWriter()
    Self.describe(job, to: &writer)
    writer.count(deciding.count)
    for table in deciding.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      guard let tree = try source.tree(of: table),
        let pages = Self.fingerprint(of: .min ... .max, tree, hash)
      else { return nil }
      writer.count(table.count)
      writer.append(table)
      writer.append(pages)
    }
    self.tree = tree
    self.hash = hash
    head = writer.bytes.withUnsafeBytes { hash.of([$0]) }
    guard let stretches = compare(plan) else { return nil }
    self.stretches = stretches.reversed()
  }

  /// The other tables whose rows have a say in whose a row is; nil if there may be more that has.
  private static func decidingTables(
    of job: DatabaseOrigin.TableJob, in source: SourceDatabase
  ) throws(QueryError) -> Set<[UInt8]>? {
    guard job.layout.hasRowid else { return nil }
    var tables: Set<[UInt8]> = []
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
  mutating func nextStretch() -> Stretch? { stretches.popLast() }

  /// Compares the segments of a plan with the pages, before any row is read: where row ids do not ascend on one
  /// of them, nil says that the table has to be read as a whole.
  private mutating func compare(_ plan: SegmentPlan?) -> [Stretch]? {
    let known = plan?.pages.filter { $0.value.starts(with: head) } ?? [:]
    guard let bounds = plan?.bounds, !known.isEmpty else { return [.rows(.min ... .max)] }
    // The first segment takes everything below.
    let lowers = [.min] + bounds.dropFirst()
    guard zip(lowers, lowers.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
    var stretches: [Stretch] = []
    for (index, lower) in lowers.enumerated() {
      let upper = index + 1 < lowers.count ? lowers[index + 1] - 1 : .max
      guard let isSame = isSame(lower...upper, known[lower]) else { return nil }
      if isSame {
        stretches.append(.same(lower: lower))
      } else if case .rows(let former)? = stretches.last {
        stretches[stretches.count - 1] = .rows(former.lowerBound...upper)
      } else {
        stretches.append(.rows(lower...upper))
      }
    }
    return stretches
  }

  /// Whether rows are recognised by what is known of them, else remembers their fingerprint; nil if their pages are
  /// not what they must be.
  private mutating func isSame(_ rows: ClosedRange<Int64>, _ known: [UInt8]?) -> Bool? {
    guard let fingerprint = fingerprint(of: rows) else { return nil }
    if fingerprint == known { return true }
    fingerprints[rows] = fingerprint
    return false
  }

  /// What the pages are recognised by on which these rows may stand; nil if they are not what they must be.
  func fingerprint(of rows: ClosedRange<Int64>) -> [UInt8]? {
    fingerprints[rows] ?? Self.fingerprint(of: rows, tree, hash).map { head + $0 }
  }

  /// The bounds are part of it: the first and the last page hold other rows too.
  private static func fingerprint(
    of rows: ClosedRange<Int64>, _ tree: TableTree, _ hash: UniversalHash
  ) -> [UInt8]? {
    var bounds = ByteWriter()
    bounds.fixed64(UInt64(bitPattern: rows.lowerBound))
    bounds.fixed64(UInt64(bitPattern: rows.upperBound))
    var stream = hash.stream()
    bounds.bytes.withUnsafeBytes { stream.update($0) }
    guard tree.withPages(of: rows, { stream.update($0) }) else { return nil }
    return stream.finish()
  }
}
