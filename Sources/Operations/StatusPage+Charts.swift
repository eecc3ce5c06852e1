internal import Repository

/// What runs sent and what is stored, drawn without a script; the table has the same figures.
extension StatusPage {
  /// Units of the drawing: one run is ten wide.
  private static let (step, height) = (10, 120)

  /// The bottom of the drawing is 2^15 bytes: no run sends less than a pack of 64 KiB.
  private static let floor = 15

  /// A first run sends a thousand times what the others do: each grid line is 8 times the one below.
  static func sent(_ runs: [RunRecord]) -> Markup {
    let most = runs.compactMap(\.bytesSent).max() ?? 0
    var lines = 1
    while lines < 8, most > 1 << (floor + 3 * lines) { lines += 1 }
    func level(_ count: Int) -> Int {
      // Fifths of a doubling are more than the eye can tell.
      let doublings = bits(max(1, count)) - 5 * floor
      return min(height, max(2, doublings * height / (lines * 15)))
    }
    let bars = runs.enumerated().compactMap { index, run -> Markup? in
      guard let count = run.bytesSent else { return nil }
      let top = level(count)
      return """
        <rect class="\(run.outcome.rawValue)" x="\(index * step + 1)" y="\(height - top)"
        width="\(step - 2)" height="\(top)" rx="1.5"><title>\(minutes(run.started)): \
        \(Amount.bytes(count))</title></rect>
        """
    }
    let grid = (1...lines).map { line -> Markup in
      let top = 100 - line * 100 / lines
      return "<span style=\"top:\(top)%\">\(Amount.bytes(1 << (floor + 3 * line)))</span>"
    }
    return figure(
      "Bytes sent by each run", "logarithmic; each line is 8 times the one below", bars, grid, runs
    )
  }

  static func stored(_ runs: [RunRecord]) -> Markup {
    let known = runs.enumerated().compactMap { index, run in
      run.storedByteCount.map { (index, $0) }
    }
    let most = max(1, known.map(\.1).max() ?? 1)
    let points = known.map { index, count in
      "\(index * step + step / 2),\(height - count * (height - 8) / most)"
    }
    guard let first = known.first?.0, let last = known.last?.0, points.count > 1 else { return "" }
    let line = points.joined(separator: " ")
    let (left, right) = (first * step + step / 2, last * step + step / 2)
    let drawing: Markup = """
      <polygon class="area" points="\(left),\(height) \(line) \(right),\(height)"/>
      <polyline class="line" points="\(line)"/>
      """
    let grid: [Markup] = [
      "<span style=\"top:7%\">\(Amount.bytes(most))</span>",
      "<span style=\"top:53%\">\(Amount.bytes(most / 2))</span>",
    ]
    return figure("Stored on the remote", "all packs after each run", [drawing], grid, runs)
  }

  private static func figure(
    _ name: String, _ caption: String, _ drawing: [Markup], _ grid: [Markup], _ runs: [RunRecord]
  ) -> Markup {
    let (first, last) = (runs.first?.started ?? 0, runs.last?.started ?? 0)
    return """
      <figure class="card"><figcaption><h3>\(name)</h3><p class="caption">\(caption)</p></figcaption>
      <div class="plot"><div class="grid" aria-hidden="true">\(grid)</div>
      <svg role="img" aria-label="\(name), from \(minutes(first)) to \(minutes(last))"
      viewBox="0 0 \(max(12, runs.count) * step) \(height)" preserveAspectRatio="none">
      \(drawing)</svg></div>
      \(axis(runs))</figure>
      """
  }

  /// From when to when.
  static func axis(_ runs: [RunRecord]) -> Markup {
    let (first, last) = (runs.first?.started ?? 0, runs.last?.started ?? 0)
    return """
      <p class="axis" aria-hidden="true"><span>\(minutes(first))</span>
      <span>\(minutes(last))</span></p>
      """
  }

  /// Five times the logarithm to base 2 of a number above 0.
  private static func bits(_ number: Int) -> Int {
    let whole = Int.bitWidth - 1 - number.leadingZeroBitCount
    let rest = whole >= 8 ? number >> (whole - 8) : number << (8 - whole)
    return 5 * whole + (rest - 256) * 5 / 256
  }
}
