import Operations

/// The status for people.
enum StatusText {
  /// One line that says it all, then what stands where, then the findings with their remedies.
  static func lines(_ status: Status) -> [String] {
    let report = StatusReport(status)
    return [head(report)] + facts(report) + findings(report)
  }

  /// Each finding and its remedy.
  static func findings(_ report: StatusReport) -> [String] { report.findings.flatMap(finding) }

  /// The state and the worst there is to say.
  static func head(_ report: StatusReport) -> String {
    let count = report.findings.filter { $0.severity != .notice }.count
    let newest = report.age_seconds.map { "newest complete snapshot \(ago($0))" }
    let worst = report.findings.first { $0.severity != .notice }?.message
    let more = count > 1 ? " (and \(count - 1) more)" : ""
    return report.state.uppercased() + ": " + ((worst ?? newest ?? "nothing is known") + more)
  }

  private static func facts(_ report: StatusReport) -> [String] {
    guard let known = report.known_age_seconds else { return [] }
    return [
      snapshot(report),
      fact(
        "oldest snapshot",
        report.oldest_snapshot_time.flatMap { time in
          report.oldest_age_seconds.map { "\(time), \(ago($0))" }
        } ?? "none"),
      fact("snapshots kept", "\(report.snapshots ?? 0)"),
      fact("verified restore", verified(report)),
      report.oldest_unverified.map { fact("all packs proved", "since \($0)") },
      erasures(report), remote(report), lastRun(report),
      report.run_in_progress.map { fact("run in progress", "since \(span($0.seconds))") },
      fact("known as of", "\(report.known_as_of ?? ""), \(ago(known))"),
    ].compactMap { $0 }
  }

  private static func snapshot(_ report: StatusReport) -> String {
    guard let id = report.newest_snapshot, let time = report.newest_snapshot_time,
      let age = report.age_seconds, let interval = report.interval_seconds
    else { return fact("newest complete", "none") }
    return fact(
      "newest complete", "\(id.prefix(12)) of \(time), \(ago(age)) (every \(span(interval)))")
  }

  private static func verified(_ report: StatusReport) -> String {
    guard let time = report.last_verified_restore else { return "none known here" }
    return time + (report.last_restore_seconds.map { ", took \(span($0))" } ?? "")
  }

  private static func erasures(_ report: StatusReport) -> String {
    guard let erasures = report.erasures else { return fact("erasures", "unknown") }
    return fact(
      "erasures",
      "\(erasures.held) held, \(erasures.due) due, \(erasures.late) late, "
        + "\(erasures.destroyed) destroyed; brake \(report.brake?.cause ?? "off")")
  }

  private static func remote(_ report: StatusReport) -> String {
    guard let remote = report.remote else { return fact("remote", "unknown") }
    let free = remote.free_bytes.map { Amount.bytes($0) + " free" } ?? "free space unknown"
    let spool = report.spool_bytes.map { ", \(Amount.bytes($0)) in the spool" } ?? ""
    return fact(
      "remote", "\(Amount.bytes(remote.bytes)) in \(remote.packs) packs, \(free)\(spool)")
  }

  private static func lastRun(_ report: StatusReport) -> String {
    guard let run = report.last_run else { return fact("last run", "none yet") }
    var parts = ["\(run.state), began \(run.started)"]
    if let seconds = run.duration_seconds { parts.append("took \(span(seconds))") }
    if let count = run.bytes_sent { parts.append("sent \(Amount.bytes(count))") }
    return fact("last run", parts.joined(separator: ", "))
  }

  private static func finding(_ finding: StatusFinding) -> [String] {
    ["\(finding.severity.rawValue): \(finding.message)", "  remedy: \(finding.remedy)"]
  }

  private static func fact(_ name: String, _ text: String) -> String {
    Amount.left(name, 18) + text
  }

  private static func span(_ seconds: Int) -> String { Elapsed.text(Int64(seconds) * 1000) }

  private static func ago(_ seconds: Int) -> String { span(seconds) + " ago" }
}
