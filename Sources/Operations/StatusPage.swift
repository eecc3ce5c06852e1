internal import Repository

/// The status as one page that needs nothing else: no script, no font, no network.
package struct StatusPage: Sendable {
  let status: Status
  let report: StatusReport

  /// Makes the page of a status.
  package init(_ status: Status) {
    self.status = status
    report = StatusReport(status)
  }

  /// The whole document.
  package var text: String { document.text + "\n" }

  private var document: Markup {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; style-src 'unsafe-inline'">
    <title>Lethe: \(report.state)</title>
    <style>\(Self.style)</style>
    </head>
    <body class="\(report.state)">
    <main>
    \(head)
    \(status.facts.map(gauges) ?? "")
    \(findings)
    \(status.facts.map(runs) ?? "")
    \(status.facts.map(receipts) ?? "")
    </main>
    <footer>
    <p>Written \(Self.time(status.now)) from the agent’s own state; the network was not asked. All times
    are UTC. Nobody is named here.</p>
    </footer>
    </body>
    </html>
    """
  }

  private var head: Markup {
    let known = report.known_age_seconds.map { seconds -> Markup in
      let age = Elapsed.text(Int64(seconds) * 1000)
      return "<p class=\"known\">What is said of the remote is <b>\(age)</b> old.</p>"
    }
    return """
      <header class="hero">
      <p class="brand"><svg viewBox="0 0 32 32" aria-hidden="true"><path d="M3 11c4-5 9-5 13 0s9 5 13 0"/>
      <path d="M3 17c4-5 9-5 13 0s9 5 13 0"/><path d="M3 23c4-5 9-5 13 0s9 5 13 0"/></svg>Lethe</p>
      <h1><span class="badge">\(glyph) \(word)</span> \(headline)</h1>
      \(known ?? "")
      </header>
      """
  }

  private var glyph: String {
    switch status.state {
    case .ok: "✓"
    case .warning: "!"
    case .critical: "✕"
    case .unknown: "?"
    }
  }

  private var word: String {
    report.state == "ok" ? "OK" : report.state.prefix(1).uppercased() + report.state.dropFirst()
  }

  private var headline: String {
    let serious = status.findings.filter { $0.severity != .notice }.count
    switch status.state {
    case .ok: return "The backups are as they should be."
    case .unknown: return "Nothing can be said about the backups."
    case .warning, .critical:
      return serious == 1 ? "One thing needs you." : "\(serious) things need you."
    }
  }

  private var findings: Markup {
    let items = status.findings.map { finding -> Markup in
      """
      <li class="finding \(finding.severity.rawValue)">
      <p class="kind"><b>\(finding.severity.rawValue)</b> <code>\(finding.kind)</code></p>
      <p>\(finding.message)</p>
      <p class="remedy"><span>What to do</span> \(Self.withCode(finding.remedy))</p>
      </li>
      """
    }
    let list: Markup = items.isEmpty ? "<p>Nothing to report.</p>" : "<ul>\(items)</ul>"
    return """
      <section aria-labelledby="findings"><h2 id="findings">Findings</h2>
      \(list)
      </section>
      """
  }

  /// Text in which what stands between backquotes is code.
  private static func withCode(_ words: String) -> Markup {
    let pieces = words.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
    guard pieces.count % 2 == 1 else { return "\(words)" }
    return pieces.enumerated().reduce("") { text, piece in
      piece.offset % 2 == 0
        ? "\(text)\(piece.element)" : "\(text)<code>\(piece.element)</code>"
    }
  }

  /// A time in minutes, with the exact one for machines.
  static func time(_ milliseconds: Int64) -> Markup {
    let text = Timestamp.text(milliseconds)
    return "<time datetime=\"\(text)\">\(minutes(milliseconds))</time>"
  }

  /// A time in minutes for people.
  static func minutes(_ milliseconds: Int64) -> String {
    String(Timestamp.text(milliseconds).prefix(16)).replacing("T", with: " ")
  }
}
