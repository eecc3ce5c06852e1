internal import Postgres

/// Divides the tables of a database between two readers, so that both are done at about the same time.
///
/// One table is most of such a database as a rule: the archive. The companion takes the upper part of the largest
/// table, or all of it where the others weigh as much; everything else stays with the origin. A table is parted
/// where a segment begins anyway, so that nothing is sent again when the parts shift.
struct TableDivision {
  /// What the origin reads itself.
  private(set) var own: [PostgresOrigin.TableJob]
  /// What the companion reads; nothing where a database is too small for two.
  private(set) var companions: [PostgresOrigin.TableJob] = []

  /// Below that a second session costs more than it saves.
  static let leastByteCount = 16 << 20
  /// A companion that would take as much of a table takes all of it.
  private static let mostShare = 0.9

  /// `byteCounts` by label; `highest` is asked for a table's highest number.
  init<Failure: Error>(
    _ jobs: [PostgresOrigin.TableJob], byteCounts: [String: Int], plans: [String: SegmentPlan],
    highest: (PostgresTable) throws(Failure) -> Int64?
  ) throws(Failure) {
    own = jobs
    let weights = jobs.map { byteCounts[$0.table.label] ?? 0 }
    let whole = weights.reduce(0, +)
    guard jobs.count > 1 || jobs.first?.table.numberPosition != nil,
      let index = weights.indices.max(by: { weights[$0] < weights[$1] }),
      whole >= Self.leastByteCount
    else { return }
    var job = jobs[index]
    let share = Double(whole) / 2 / Double(weights[index])
    let bound =
      share < Self.mostShare
      ? try Self.bound(job.table, share, plans[job.table.label], highest) : nil
    guard let bound else {
      guard jobs.count > 1 else { return }
      own.remove(at: index)
      companions = [job]
      return
    }
    own[index].part = .below(bound)
    job.part = .from(bound)
    companions = [job]
  }

  /// Where the upper part begins that is such a share of a numbered table.
  private static func bound<Failure: Error>(
    _ table: PostgresTable, _ share: Double, _ plan: SegmentPlan?,
    _ highest: (PostgresTable) throws(Failure) -> Int64?
  ) throws(Failure) -> Int64? {
    guard table.numberPosition != nil else { return nil }
    guard let bounds = plan?.bounds, !bounds.isEmpty else {
      // Without a snapshot before this one nothing is known but where the numbers end.
      return try highest(table).map { Int64(Double($0) * (1 - share)) }.flatMap {
        $0 > 0 ? $0 : nil
      }
    }
    let index = Int(Double(bounds.count) * (1 - share))
    return index > 0 ? bounds[index] : nil
  }
}
