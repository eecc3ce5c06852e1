internal import Postgres

/// Reads tables of one session of a PostgreSQL server, one after the other.
struct PostgresReader: ~Copyable {
  private let source: PostgresSource
  private var scan: PostgresScan
  /// The next one last.
  private var remaining: [PostgresOrigin.TableJob]

  init(
    _ source: PostgresSource, _ scan: consuming PostgresScan, _ jobs: [PostgresOrigin.TableJob]
  ) {
    self.source = source
    self.scan = scan
    remaining = jobs.reversed()
  }

  /// Rows of accounts that no longer exist, seen so far and left out.
  var remainsCount: Int { scan.remainsCount }

  /// The next segment, or nil after the last.
  mutating func nextSegment(of origin: String) throws -> ScannedSegment? {
    do throws(PostgresError) {
      while true {
        if let segment = try scan.next(from: source) { return .read(segment) }
        guard let job = remaining.popLast() else { return scan.finish().map { .read($0) } }
        if let segment = try scan.begin(job, in: source) { return .read(segment) }
      }
    } catch {
      if error.code == .cancelled { throw CancellationError() }
      throw OriginError(error, origin: origin)
    }
  }
}
