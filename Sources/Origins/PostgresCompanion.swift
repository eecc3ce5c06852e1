internal import Format
internal import Postgres

/// A second session that reads what the origin's own sees, on a thread of its own.
actor PostgresCompanion: SegmentReader {
  private let executor: BlockingExecutor
  private let origin: String
  private var source: PostgresSource?
  private var reader: PostgresReader?

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(origin: String) {
    executor = BlockingExecutor(label: "lethe.companion.\(origin)")
    self.origin = origin
  }

  /// Logs in and joins; false where the server has no place for it, or a table is locked just now: the
  /// origin reads alone.
  func join(_ moment: PostgresMoment) -> Bool {
    source = try? PostgresSource(joining: moment)
    return source != nil
  }

  func begin(
    _ jobs: [PostgresOrigin.TableJob], owners: OwnerTable, bornAt: [AccountNumber: Int64],
    plans: [String: SegmentPlan]
  ) {
    guard let source else { preconditionFailure("the companion has joined") }
    let scan = PostgresScan(origin: origin, owners: owners, bornAt: bornAt, plans: plans)
    reader = PostgresReader(source, scan, jobs)
  }

  func nextSegment() throws -> ScannedSegment? { try reader?.nextSegment(of: origin) }

  var remainsCount: Int { reader?.remainsCount ?? 0 }

  /// Ends the session.
  func close() {
    reader = nil
    source = nil
  }
}
