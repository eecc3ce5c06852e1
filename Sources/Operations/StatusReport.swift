internal import Format
internal import Repository

/// A field that is null where nothing is known, rather than absent.
@propertyWrapper
package struct OrNull<Value: Encodable & Sendable>: Encodable, Sendable {
  /// The value; nil where nothing is known.
  package var wrappedValue: Value?

  /// Wraps nothing.
  package init() { wrappedValue = nil }

  /// Wraps a value.
  package init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  /// Encodes the value, or null.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}

/// The JSON of `status`; times are RFC 3339 UTC, ids hexadecimal, and what is not known is null.
package struct StatusReport: Sendable, Encodable {
  /// Erasures by how far they have come; none of them is named.
  package struct Erasures: Sendable, Encodable {
    /// Excluded, and their keys still there.
    package let held: Int
    /// Held although their time has come.
    package let due: Int
    /// Due for longer than one interval.
    package let late: Int
    /// Their keys are gone.
    package let destroyed: Int
  }

  /// The remote as the last run left it.
  package struct Remote: Sendable, Encodable {
    /// Packs that are there.
    package let packs: Int
    /// Their bytes.
    package let bytes: Int
    /// Bytes that were free after the last run that could tell.
    @OrNull package var free_bytes: Int?
  }

  /// A run that ended.
  package struct Run: Sendable, Encodable {
    /// complete, partial, degraded, or how it failed.
    package let state: String
    /// When it began, in RFC 3339.
    package let started: String
    /// When it ended; null for one that died.
    @OrNull package var finished: String?
    /// How long it took.
    @OrNull package var duration_seconds: Int?
    /// Bytes sent to the remote.
    @OrNull package var bytes_sent: Int?
    /// Bytes of rows and content, as the origins have them.
    @OrNull package var bytes_read: Int?
    /// Waits for the remote's answers.
    @OrNull package var round_trips: Int?
    /// How many warnings it gave.
    @OrNull package var warnings: Int?
    /// Why it failed, where that can be told without naming anybody.
    @OrNull package var message: String?
  }

  /// A run that goes on.
  package struct Present: Sendable, Encodable {
    /// When it began, in RFC 3339.
    package let started: String
    /// Since how many seconds.
    package let seconds: Int
  }

  /// ok, warning, critical or unknown.
  package let state: String
  /// When this was said.
  package let time: String
  /// The time of the log's newest entry: nothing newer is known of the remote.
  @OrNull package var known_as_of: String?
  /// How old that is.
  @OrNull package var known_age_seconds: Int?
  /// The newest complete snapshot.
  @OrNull package var newest_snapshot: String?
  /// When its run began.
  @OrNull package var newest_snapshot_time: String?
  /// How old it is.
  @OrNull package var age_seconds: Int?
  /// How whole the newest of all snapshots is.
  @OrNull package var newest_state: String?
  /// When a restore of everything was last proved, by a drill or on this machine.
  @OrNull package var last_verified_restore: String?
  /// How long that restore took.
  @OrNull package var last_restore_seconds: Int?
  /// How many are kept.
  @OrNull package var snapshots: Int?
  /// The oldest snapshot that is kept.
  @OrNull package var oldest_snapshot: String?
  /// When its run began.
  @OrNull package var oldest_snapshot_time: String?
  /// How old it is.
  @OrNull package var oldest_age_seconds: Int?
  /// When the oldest rows on the remote were sealed.
  @OrNull package var oldest_rows: String?
  /// When the pack was written, or read by a check, that waits longest for the next check.
  @OrNull package var oldest_unverified: String?
  /// Time between runs, as configured.
  @OrNull package var interval_seconds: Int?
  /// Time for which snapshots are kept.
  @OrNull package var retention_seconds: Int?
  /// How many accounts are erased.
  @OrNull package var erasures: Erasures?
  /// The brake, while it is on.
  @OrNull package var brake: ErasureList.BrakeLine?
  /// Bytes of sealed packs that wait for the network.
  @OrNull package var spool_bytes: Int?
  /// What is on the remote.
  @OrNull package var remote: Remote?
  /// The last run that ended.
  @OrNull package var last_run: Run?
  /// The run that goes on.
  @OrNull package var run_in_progress: Present?
  /// The worst first.
  package let findings: [StatusFinding]

  /// What a status says.
  package init(_ status: Status) {
    state = status.state.rawValue
    time = Timestamp.text(status.now)
    findings = status.findings
    guard let facts = status.facts else { return }
    func age(_ time: Int64) -> Int { Int(max(0, status.now - time) / 1000) }
    known_as_of = Timestamp.text(facts.lastEntry)
    known_age_seconds = age(facts.lastEntry)
    newest_snapshot = facts.newest?.run.hex
    newest_snapshot_time = facts.newest.map { Timestamp.text($0.started) }
    age_seconds = facts.newest.map { age($0.started) }
    newest_state = facts.snapshots.last?.state.name
    last_verified_restore = facts.verified.map { Timestamp.text($0.ended) }
    last_restore_seconds = facts.verified.map { ($0.duration + 999) / 1000 }
    snapshots = facts.snapshots.count
    let oldest = facts.snapshots.min { $0.started < $1.started }
    oldest_snapshot = oldest?.run.hex
    oldest_snapshot_time = oldest.map { Timestamp.text($0.started) }
    oldest_age_seconds = oldest.map { age($0.started) }
    oldest_rows = facts.packs.oldestRows.map(Timestamp.text)
    oldest_unverified = facts.packs.oldestProof.map(Timestamp.text)
    interval_seconds = Int(facts.interval / 1000)
    retention_seconds = Int(facts.retention / 1000)
    erasures = Erasures(facts)
    brake = facts.brake.map(ErasureList.BrakeLine.init)
    spool_bytes = facts.spoolByteCount
    remote = Remote(facts)
    last_run = facts.runs.last.map(Run.init)
    run_in_progress = facts.running.map {
      Present(started: Timestamp.text($0.started), seconds: age($0.started))
    }
  }
}

extension StatusReport.Erasures {
  init(_ facts: StatusFacts) {
    held = facts.erasures.filter(\.erasure.isHeld).count
    due = facts.due.count
    late = facts.late.count
    destroyed = facts.erasures.count - held
  }
}

extension StatusReport.Remote {
  init(_ facts: StatusFacts) {
    packs = facts.packs.count
    bytes = facts.packs.byteCount
    free_bytes = facts.freeByteCount
  }
}

extension StatusReport.Run {
  init(_ run: RunRecord) {
    state = run.outcome.rawValue
    started = Timestamp.text(run.started)
    finished = run.finished.map(Timestamp.text)
    duration_seconds = run.finished.map { Int(max(0, $0 - run.started) / 1000) }
    bytes_sent = run.bytesSent
    bytes_read = run.bytesRead
    round_trips = run.roundTrips
    warnings = run.warningCount
    message = run.message
  }
}
