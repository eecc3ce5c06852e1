internal import Format
internal import Repository

/// The status in the text format of Prometheus; a metric whose value is not known is absent.
///
/// Times are given rather than ages, so that an alert tells the age also when nobody writes any more:
/// `time() - lethe_newest_snapshot_timestamp_seconds > 8 * 3600`.
package struct StatusExposition: Sendable {
  /// The whole text, with a newline at its end.
  package private(set) var text = ""

  /// Puts a status into words for Prometheus.
  package init(_ status: Status) {
    gauge("status_code", "0 OK, 1 warning, 2 critical, 3 unknown.", Int64(status.state.code))
    gauge("status_timestamp_seconds", "When these metrics were written.", seconds(status.now))
    family(
      "finding", "Something that status reports.",
      status.findings.map { ([("severity", $0.severity.rawValue), ("kind", $0.kind)], 1) })
    guard let facts = status.facts else { return }
    describe(snapshots: facts)
    describe(promises: facts)
    describe(remote: facts)
    describe(runs: facts)
  }

  private mutating func describe(snapshots facts: StatusFacts) {
    gauge(
      "newest_snapshot_timestamp_seconds", "Beginning of the newest complete snapshot.",
      facts.newest.map { seconds($0.started) })
    gauge(
      "oldest_snapshot_timestamp_seconds", "Beginning of the oldest snapshot that is kept.",
      facts.snapshots.map(\.started).min().map(seconds))
    gauge(
      "last_verified_restore_timestamp_seconds",
      "When a restore of everything was last proved on this machine.",
      facts.verified.map { seconds($0.ended) })
    gauge(
      "oldest_unverified_timestamp_seconds",
      "When the pack was written or read by a check that waits longest for the next check.",
      facts.packs.oldestProof.map(seconds))
    let states: [SnapshotState] = [.complete, .partial, .degraded]
    family(
      "snapshots", "Snapshots that are kept.",
      states.map { state in
        ([("state", state.name)], Int64(facts.snapshots.filter { $0.state == state }.count))
      })
    gauge("interval_seconds", "Time between runs, as configured.", seconds(facts.interval))
    gauge("retention_seconds", "Time for which snapshots are kept.", seconds(facts.retention))
  }

  private mutating func describe(promises facts: StatusFacts) {
    let erasures = StatusReport.Erasures(facts)
    gauge(
      "erasures_held", "Erased accounts whose keys are still there.", Int64(erasures.held))
    gauge(
      "erasures_due", "Erased accounts whose keys should be destroyed by now.",
      Int64(erasures.due))
    gauge(
      "erasures_late", "Those of them that have been due for longer than one interval.",
      Int64(erasures.late))
    gauge(
      "erasures_destroyed", "Erased accounts whose keys are destroyed.",
      Int64(erasures.destroyed))
    family(
      "brake_engaged", "Whether the brake is on, by its cause.",
      Brake.Cause.allCases.map { cause in
        ([("cause", cause.rawValue)], facts.brake?.cause == cause ? 1 : 0)
      })
  }

  private mutating func describe(remote facts: StatusFacts) {
    gauge(
      "log_timestamp_seconds", "The log's newest entry: nothing newer is known of the remote.",
      seconds(facts.lastEntry))
    gauge(
      "oldest_rows_timestamp_seconds", "When the oldest rows on the remote were sealed.",
      facts.packs.oldestRows.map(seconds))
    gauge("remote_packs", "Packs on the remote.", Int64(facts.packs.count))
    gauge("remote_bytes", "Bytes of the packs on the remote.", Int64(facts.packs.byteCount))
    gauge(
      "remote_free_bytes", "Bytes that were free on the remote after the last run.",
      facts.freeByteCount.map(Int64.init))
    gauge(
      "spool_bytes", "Bytes of sealed packs that wait for the network.",
      Int64(facts.spoolByteCount))
  }

  private mutating func describe(runs facts: StatusFacts) {
    gauge("run_in_progress", "Whether a run goes on.", facts.running == nil ? 0 : 1)
    guard let run = facts.runs.last else { return }
    let outcomes = RunOutcome.allCases.filter { $0 != .running }
    family(
      "last_run_state", "How the last run ended.",
      outcomes.map { ([("state", $0.rawValue)], $0 == run.outcome ? 1 : 0) })
    gauge(
      "last_run_started_timestamp_seconds", "Beginning of the last run that ended.",
      seconds(run.started))
    gauge(
      "last_run_duration_seconds", "How long it took.",
      run.finished.map { seconds(max(0, $0 - run.started)) })
    gauge("last_run_sent_bytes", "Bytes it sent.", run.bytesSent.map(Int64.init))
    gauge(
      "last_run_read_bytes", "Bytes of rows and content it read from the origins.",
      run.bytesRead.map(Int64.init))
    gauge(
      "last_run_round_trips", "How often it waited for the remote's answer.",
      run.roundTrips.map(Int64.init))
    gauge("last_run_warnings", "How many warnings it gave.", run.warningCount.map(Int64.init))
  }

  private func seconds(_ milliseconds: Int64) -> Int64 { milliseconds / 1000 }

  private mutating func gauge(_ name: String, _ explanation: String, _ value: Int64?) {
    if let value { family(name, explanation, [([], value)]) }
  }

  private mutating func family(
    _ name: String, _ explanation: String, _ samples: [([(String, String)], Int64)]
  ) {
    guard !samples.isEmpty else { return }
    text += "# HELP lethe_\(name) \(explanation)\n# TYPE lethe_\(name) gauge\n"
    for (labels, value) in samples {
      let inner = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
      text += "lethe_\(name)\(inner.isEmpty ? "" : "{\(inner)}") \(value)\n"
    }
  }

  private static func escaped(_ label: String) -> String {
    label.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .replacing("\n", with: "\\n")
  }
}
