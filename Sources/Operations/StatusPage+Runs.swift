internal import Format
internal import Repository

/// The timeline of the last runs, what they sent, and what is stored.
extension StatusPage {
  func runs(_ facts: StatusFacts) -> Markup {
    let runs = Self.timeline(facts)
    let kept = Set(facts.snapshots.map(\.run.hex))
    guard !runs.isEmpty else {
      return "<section><h2>Runs</h2><p>There was no run yet.</p></section>"
    }
    return """
      <section aria-labelledby="timeline"><h2 id="timeline">The last \(runs.count) runs</h2>
      <div class="card">
      <ol class="timeline">\(runs.map { Self.cell($0, isKept: kept.contains($0.snapshot ?? "")) })</ol>
      \(Self.axis(runs))
      \(Self.legend(runs))
      </div></section>
      <section class="charts">
      \(Self.sent(runs))
      \(Self.stored(runs))
      </section>
      \(Self.table(runs))
      """
  }

  /// The runs that are remembered, and before them snapshots of which no run is: those of a former
  /// agent.
  private static func timeline(_ facts: StatusFacts) -> [RunRecord] {
    let runs = facts.runs + (facts.running.map { [$0] } ?? [])
    let known = Set(runs.compactMap(\.snapshot))
    let others = facts.snapshots.filter { !known.contains($0.run.hex) }.map { snapshot in
      var record = RunRecord(
        started: snapshot.started, outcome: RunOutcome(rawValue: snapshot.state.name) ?? .complete)
      record.snapshot = snapshot.run.hex
      return record
    }
    return (others + runs).sorted { $0.started < $1.started }.suffix(StatusFacts.timelineCount)
  }

  private static func cell(_ run: RunRecord, isKept: Bool) -> Markup {
    let gone = run.snapshot != nil && !isKept
    let words = description(run) + (gone ? ", expired" : "")
    return """
      <li class="\(run.outcome.rawValue)\(gone ? " gone" : "")" title="\(words)">\
      <span aria-hidden="true">\(glyph(run.outcome))</span>\
      <span class="unseen">\(words)</span></li>
      """
  }

  private static func description(_ run: RunRecord) -> String {
    let sent = run.bytesSent.map { ", \(Amount.bytes($0)) sent" } ?? ""
    return "\(minutes(run.started)): \(run.outcome.rawValue)\(sent)"
  }

  private static func glyph(_ outcome: RunOutcome) -> String {
    switch outcome {
    case .complete: ""
    case .running: "…"
    case .partial: "◐"
    case .degraded: "!"
    case .interrupted: "–"
    case .died, .unreachable, .refused, .damaged, .failed: "×"
    }
  }

  private static func legend(_ runs: [RunRecord]) -> Markup {
    let items = RunOutcome.allCases.compactMap { outcome -> Markup? in
      let count = runs.filter { $0.outcome == outcome }.count
      guard count > 0 else { return nil }
      return """
        <li><i class="\(outcome.rawValue)" aria-hidden="true">\(glyph(outcome))</i>
        \(count) \(outcome.rawValue)</li>
        """
    }
    return "<ul class=\"legend\">\(items)</ul>"
  }

  private static func table(_ runs: [RunRecord]) -> Markup {
    let rows = runs.reversed().map { run -> Markup in
      let took = run.finished.map { Elapsed.text($0 - run.started) } ?? "–"
      let name = run.snapshot.map { String($0.prefix(12)) } ?? "–"
      return """
        <tr><th scope="row" data-label="began">\(time(run.started))</th>
        <td data-label="state"><b class="\(run.outcome.rawValue)">\(run.outcome.rawValue)</b></td>
        <td data-label="took">\(took)</td>
        <td data-label="sent">\(run.bytesSent.map(Amount.bytes) ?? "–")</td>
        <td data-label="read">\(run.bytesRead.map(Amount.bytes) ?? "–")</td>
        <td data-label="warnings">\(run.warningCount.map(String.init) ?? "–")</td>
        <td data-label="snapshot"><code>\(name)</code></td></tr>
        """
    }
    return """
      <details class="card"><summary>All of these runs as a table</summary>
      <table><thead><tr><th scope="col">Began</th><th scope="col">State</th><th scope="col">Took</th>
      <th scope="col">Sent</th><th scope="col">Read</th><th scope="col">Warnings</th>
      <th scope="col">Snapshot</th></tr></thead><tbody>\(rows)</tbody></table></details>
      """
  }
}
