internal import Foundation
internal import Format
internal import Origins
internal import Repository

/// Rebuilds one SQLite database, and lets go of the link before the indexes are made.
struct DatabaseRestore: Sendable {
  let rows: RowRestore
  let turn: Turn

  private var name: String { rows.origin.catalogue.name }

  func run(_ tally: inout RestoreTally) async throws {
    let (rebuild, path, description) = try await turn.run { try await fill(&tally) }
    rows.progress(
      Progress(phase: .verifying, subject: name, done: 0, total: nil, isBytes: false))
    try await rebuild.finish()
    // Both read the whole file and nothing else, each on a thread of its own.
    async let findings = DatabaseCheck(origin: name, path: path).run()
    let rowCount = try await rebuild.prove()
    chmod(path, mode_t(description.mode))
    record(rowCount, try await findings, path, description, &tally)
    if let mentions = await rebuild.mentions {
      rows.record(mentions, &tally) { table, keys in
        let ids = keys.map { "\($0)" }.joined(separator: ",")
        return "sqlite3 \(path) 'SELECT * FROM \(table) WHERE rowid IN (\(ids))'"
      }
    }
  }

  /// Makes the file and inserts the rows.
  private func fill(
    _ tally: inout RestoreTally
  ) async throws -> (DatabaseRebuild, path: String, DatabaseDescription) {
    let description = try await rows.description(DatabaseDescription.decode)
    let path = try rows.place(for: description.fileName)
    let rebuild = try DatabaseRebuild(
      origin: name, description: description, path: path,
      mentions: rows.plan.erasedAddresses().flatMap {
        MentionPass(description.schema, isErased: $0)
      })
    try await rebuild.begin()
    try await rows.insert(into: rebuild, tables: description.tableNames, &tally)
    return (rebuild, path, description)
  }

  private func record(
    _ rowCount: Int, _ findings: DatabaseFindings, _ path: String,
    _ description: DatabaseDescription, _ tally: inout RestoreTally
  ) {
    tally.rowCount += rowCount
    tally.byteCount += FileFacts.byteCount(path)
    if !findings.integrityLines.isEmpty {
      tally.isVerified = false
      tally.warnings.append(
        "origin \(name): integrity_check found \(findings.integrityLines.count) faults, which the source "
          + "had too, the first: \(findings.integrityLines[0])")
    }
    if findings.foreignKeyLineCount > 0 {
      tally.warnings.append(
        "origin \(name): \(findings.foreignKeyLineCount) rows refer to rows that are not there; "
          + "the source had them, or they refer to an account that is left out")
    }
    tally.nextSteps.append(
      "stop the server; move \(path) to its place; remove any old \(description.fileName)-wal, -shm and "
        + "-journal beside it; chown \(description.owner):\(description.group) it (numbers of the old "
        + "host) and check that the server's user may write it and its directory")
  }
}
