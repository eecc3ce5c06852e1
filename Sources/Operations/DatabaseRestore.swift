internal import Foundation
internal import Format
internal import Origins
internal import Repository

/// Rebuilds one database: opens a segment while the one before it is being inserted, and lets go of
/// the link before the indexes are made.
struct DatabaseRestore: Sendable {
  let plan: RestorePlan
  let origin: RestorePlan.Origin
  let shelf: PackShelf
  let turn: Turn
  let target: RestoreTarget
  let progress: Progress.Report

  private var name: String { origin.catalogue.name }

  func run(_ tally: inout RestoreTally) async throws {
    var losses = RowLosses()
    let (rebuild, path, description) = try await turn.run { try await fill(&losses) }
    if !losses.isEmpty {
      tally.losses.append(
        losses.message(origin: name) { plan.archive.accounts[$0]?.address })
    }
    progress(
      Progress(phase: .verifying, subject: name, done: 0, total: nil, isBytes: false))
    try await rebuild.finish()
    // Both read the whole file and nothing else, each on a thread of its own.
    async let findings = DatabaseCheck(origin: name, path: path).run()
    let rowCount = try await rebuild.prove()
    chmod(path, mode_t(description.mode))
    record(rowCount, try await findings, path, description, &tally)
    if let mentions = await rebuild.mentions { record(mentions, path, &tally) }
  }

  /// What was taken out of shared values, and what the administrator must look at.
  private func record(_ mentions: MentionPass, _ path: String, _ tally: inout RestoreTally) {
    tally.scrubbedCount += mentions.scrubbedCount
    for (table, rows) in Dictionary(grouping: mentions.leftovers, by: \.table)
      .sorted(by: { $0.key < $1.key })
    {
      let ids = rows.map { "\($0.rowid)" }.joined(separator: ",")
      tally.nextSteps.append(
        "origin \(name): \(rows.count) rows of \(table) cannot be searched for people who were erased. "
          + "See them with: sqlite3 \(path) 'SELECT * FROM \(table) WHERE rowid IN (\(ids))'; once the "
          + "server runs, take out who is named there and has no account (ejabberd: `ejabberdctl "
          + "set_room_affiliation ROOM SERVICE JID none`)")
    }
  }

  /// Makes the file and inserts the rows.
  private func fill(
    _ losses: inout RowLosses
  ) async throws -> (DatabaseRebuild, path: String, DatabaseDescription) {
    let fetcher = ChunkFetcher(plan: plan, shelf: shelf)
    let bytes = try await fetcher.description(origin.catalogue.description)
    let description: DatabaseDescription
    do { description = try DatabaseDescription.decode(bytes) } catch {
      throw OperationError(.damaged, "origin \(name): its description is damaged: \(error.message)")
    }
    let directory = target.directory(of: name)
    try AgentState.makeDirectory(directory)
    let path = "\(directory)/\(description.fileName)"
    let rebuild = try DatabaseRebuild(
      origin: name, description: description, path: path,
      mentions: plan.erasedAddresses().flatMap { MentionPass(description.schema, isErased: $0) })
    try await rebuild.begin()
    try await insert(into: rebuild, description, fetcher, &losses)
    return (rebuild, path, description)
  }

  private func insert(
    into rebuild: DatabaseRebuild, _ description: DatabaseDescription, _ fetcher: ChunkFetcher,
    _ losses: inout RowLosses
  ) async throws {
    let segments = origin.catalogue.segments
    var (done, total) = (0, 0)
    for segment in segments { total += segment.recordCount }
    var next = try await open(segments.first, description, fetcher)
    for (index, segment) in segments.enumerated() {
      try Task.checkCancellation()
      let segmentRows = next
      let following = index + 1 < segments.count ? segments[index + 1] : nil
      async let opened = open(following, description, fetcher)
      try await rebuild.insert(segmentRows.bodies, of: segment.key)
      losses.add(
        segmentRows, tables: segment.key.tables.map { description.tableNames[Int($0)] })
      next = try await opened
      done += segment.recordCount
      progress(
        Progress(phase: .rows, subject: name, done: done, total: total, isBytes: false))
    }
  }

  private func open(
    _ segment: SegmentEntry?, _ description: DatabaseDescription, _ fetcher: ChunkFetcher
  ) async throws -> ChunkFetcher.Opened {
    guard let segment else { return ChunkFetcher.Opened() }
    // They ascend, so the last tells of all.
    guard let first = segment.key.tables.first, let last = segment.key.tables.last,
      last < description.tableNames.count
    else {
      throw OperationError(
        .damaged, "origin \(name): its catalogue names a table that its description does not have")
    }
    return try await fetcher.opened(
      of: segment, part: try await plan.catalogue.part(segment.part), origin: name,
      table: description.tableNames[Int(first)])
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
