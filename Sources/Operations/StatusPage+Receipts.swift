internal import Format
internal import Repository

/// The receipts of erasures, which name nobody.
extension StatusPage {
  /// More than these belong to `lethe erasures`.
  private static let receiptCount = 50

  func receipts(_ facts: StatusFacts) -> Markup {
    let rows = facts.erasures.sorted { $0.erasure.excluded > $1.erasure.excluded }
    let body: Markup =
      rows.isEmpty
      ? "<p class=\"card\">No account was erased so far.</p>"
      : Self.table(rows.prefix(Self.receiptCount).map { Self.row($0, now: facts.now) })
    let more: Markup =
      rows.count > Self.receiptCount
      ? "<p>The newest \(Self.receiptCount) of \(rows.count); all: <code>lethe erasures</code></p>"
      : ""
    return """
      <section aria-labelledby="receipts"><h2 id="receipts">Erasure receipts</h2>
      <p class="lead">Whoever is erased is left out of every restore at once. After the hold their keys
      are destroyed; after the kit’s next advance no copy of anything can be read.</p>
      \(body)\(more)</section>
      """
  }

  private static func table(_ rows: [Markup]) -> Markup {
    """
    <div class="card"><table><thead><tr><th scope="col">Receipt</th><th scope="col">Cause</th>
    <th scope="col">Left out since</th><th scope="col">Keys</th></tr></thead>
    <tbody>\(rows)</tbody></table></div>
    """
  }

  private static func row(_ row: ErasureRow, now: Int64) -> Markup {
    let erasure = row.erasure
    let keys: Markup =
      if let beyond = row.beyondKit {
        "<b class=\"complete\">beyond the kit</b> since \(time(beyond))"
      } else if let destroyed = erasure.destroyed {
        "<b class=\"complete\">destroyed</b> \(time(destroyed))"
      } else if erasure.entry.due <= now {
        "<b class=\"partial\">due</b> since \(time(erasure.entry.due))"
      } else { "held until \(time(erasure.entry.due))" }
    return """
      <tr><th scope="row" data-label="receipt"><code>\(String(erasure.entry.id.hex.prefix(12)))</code>
      </th><td data-label="cause">\(erasure.entry.cause.name)</td>
      <td data-label="left out since">\(time(erasure.excluded))</td>
      <td data-label="keys"><span>\(keys)</span></td></tr>
      """
  }
}
