internal import Format
internal import Repository

/// How old things are, against how old they may be.
extension StatusPage {
  private struct Gauge {
    let name: String
    /// Milliseconds; nil where there is nothing.
    let age: Int64?
    /// Milliseconds beyond which it is no longer good, beyond which it is bad, and at the right end.
    let limits: (good: Int64, fair: Int64, end: Int64)
    let absent: String
    let caption: String
  }

  func gauges(_ facts: StatusFacts) -> Markup {
    let day: Int64 = 86_400_000
    let (interval, retention) = (facts.interval, facts.retention)
    let all = [
      Gauge(
        name: "Newest complete snapshot", age: facts.newest.map { facts.now - $0.started },
        limits: (2 * interval, 3 * interval, 4 * interval), absent: "none",
        caption: "every \(Elapsed.text(interval)); warning beyond \(Elapsed.text(2 * interval)), "
          + "critical beyond \(Elapsed.text(3 * interval))"),
      Gauge(
        name: "Oldest snapshot", age: facts.snapshots.map(\.started).min().map { facts.now - $0 },
        limits: (retention, retention + day, retention + retention / 4), absent: "none",
        caption: "kept for \(Elapsed.text(retention)) and not longer"),
      Gauge(
        name: "Verified restore", age: facts.verified.map { facts.now - $0.ended },
        limits: (35 * day, 70 * day, 90 * day), absent: "never",
        caption: "on this machine; once a month is good practice"),
    ]
    return """
      <section class="gauges" aria-label="Ages">
      \(all.map(Self.card))
      \(amounts(facts))
      </section>
      """
  }

  private static func card(_ gauge: Gauge) -> Markup {
    let level =
      switch gauge.age {
      case nil: "absent"
      case .some(let age) where age > gauge.limits.fair: "bad"
      case .some(let age) where age > gauge.limits.good: "fair"
      default: "good"
      }
    let end = max(1, gauge.limits.end)
    func percent(_ value: Int64) -> Int { Int(min(100, max(0, value * 100 / end))) }
    let value = gauge.age.map(Elapsed.text) ?? gauge.absent
    let filled = percent(gauge.age ?? 0)
    return """
      <div class="card gauge \(level)">
      <h3>\(gauge.name)</h3>
      <p class="value">\(value)</p>
      <div class="bar" role="meter" aria-label="\(gauge.name)" aria-valuemin="0"
        aria-valuemax="100" aria-valuenow="\(filled)" aria-valuetext="\(value)">
      <span class="fill" style="width:\(filled)%"></span>
      <i style="left:\(percent(gauge.limits.good))%"></i>
      <i style="left:\(percent(gauge.limits.fair))%"></i></div>
      <p class="caption">\(gauge.caption)</p>
      </div>
      """
  }

  private func amounts(_ facts: StatusFacts) -> Markup {
    let erasures = StatusReport.Erasures(facts)
    let free = facts.freeByteCount.map { "\(Amount.bytes($0)) free there" } ?? "free space unknown"
    let brake = facts.brake.map { "on: \($0.cause.rawValue)" } ?? "off"
    return """
      <dl class="card amounts">
      <div><dt>Snapshots kept</dt><dd>\(facts.snapshots.count)</dd></div>
      <div><dt>On the remote</dt><dd>\(Amount.bytes(facts.packs.byteCount))
      <small>\(facts.packs.count) packs, \(free)</small></dd></div>
      <div><dt>In the spool</dt><dd>\(Amount.bytes(facts.spoolByteCount))</dd></div>
      <div><dt>Erasures</dt><dd>\(erasures.destroyed) destroyed
      <small>\(erasures.held) held, \(erasures.due) due, \(erasures.late) late</small></dd></div>
      <div><dt>Brake</dt><dd>\(brake)</dd></div>
      </dl>
      """
  }
}
