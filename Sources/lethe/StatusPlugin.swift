import Operations

/// The status as a plugin of Nagios or Icinga prints it: one line that begins with the service and its
/// state, the figures after a bar, then the findings.
enum StatusPlugin {
  /// All lines; only the first has a bar.
  static func lines(_ status: Status) -> [String] {
    let report = StatusReport(status)
    let figures = figures(report)
    let head = "LETHE " + plain(StatusText.head(report))
    let rest = StatusText.findings(report).map(plain)
    return [figures.isEmpty ? head : head + " | " + figures.joined(separator: " ")] + rest
  }

  /// A bar ends a plugin's words.
  private static func plain(_ line: String) -> String {
    String(line.map { $0 == "|" || $0.isNewline ? "/" : $0 })
  }

  /// `label=value[unit];warning;critical;minimum`; what is not known is left out.
  private static func figures(_ report: StatusReport) -> [String] {
    let interval = report.interval_seconds
    let limits = interval.map { "\(2 * $0);\(3 * $0)" } ?? ";"
    return [
      report.age_seconds.map { "age=\($0)s;\(limits);0" },
      report.snapshots.map { "snapshots=\($0);;;0" },
      report.erasures.map { "erasures_held=\($0.held);;;0" },
      report.erasures.map { "erasures_late=\($0.late);0;;0" },
      report.remote.map { "remote=\($0.bytes)B;;;0" },
      report.remote?.free_bytes.map { "free=\($0)B;;;0" },
      report.last_run?.duration_seconds.map { "duration=\($0)s;;;0" },
      report.last_run?.bytes_sent.map { "sent=\($0)B;;;0" },
    ].compactMap { $0 }
  }
}
