internal import Foundation
internal import Format
internal import Origins
internal import Repository

/// Gives the rows of a snapshot to what makes a database of them: opens a segment while the one before
/// it is being inserted.
struct RowRestore: Sendable {
  let plan: RestorePlan
  let origin: RestorePlan.Origin
  let shelf: PackShelf
  let target: RestoreTarget
  let progress: Progress.Report

  private var name: String { origin.catalogue.name }
  private var fetcher: ChunkFetcher { ChunkFetcher(plan: plan, shelf: shelf) }

  /// The origin's description, as one of the kinds that there are.
  func description<Description>(
    _ decode: ([UInt8]) throws(FormatError) -> Description
  ) async throws -> Description {
    let bytes = try await fetcher.description(origin.catalogue.description)
    do { return try decode(bytes) } catch {
      throw OperationError(.damaged, "origin \(name): its description is damaged: \(error.message)")
    }
  }

  /// Makes the origin's directory, and gives the path of a file in it.
  func place(for fileName: String) throws -> String {
    let directory = target.directory(of: name)
    try AgentState.makeDirectory(directory)
    return "\(directory)/\(fileName)"
  }

  /// Inserts all segments; of whom something is damaged is told in the tally.
  func insert(
    into rebuild: any RowRebuild, tables: [String], _ tally: inout RestoreTally
  ) async throws {
    let segments = origin.catalogue.segments
    var losses = RowLosses()
    var (done, total) = (0, 0)
    for segment in segments { total += segment.recordCount }
    var next = try await open(segments.first, tables)
    for (index, segment) in segments.enumerated() {
      try Task.checkCancellation()
      let opened = next
      let following = index + 1 < segments.count ? segments[index + 1] : nil
      async let after = open(following, tables)
      try await rebuild.insert(opened.bodies, of: segment.key)
      losses.add(opened, tables: segment.key.tables.map { tables[Int($0)] })
      next = try await after
      done += segment.recordCount
      progress(
        Progress(phase: .rows, subject: name, done: done, total: total, isBytes: false))
    }
    guard !losses.isEmpty else { return }
    tally.losses.append(losses.message(origin: name) { plan.archive.accounts[$0]?.address })
  }

  private func open(
    _ segment: SegmentEntry?, _ tables: [String]
  ) async throws -> ChunkFetcher.Opened {
    guard let segment else { return ChunkFetcher.Opened() }
    // They ascend, so the last tells of all.
    guard let first = segment.key.tables.first, let last = segment.key.tables.last,
      last < tables.count
    else {
      throw OperationError(
        .damaged, "origin \(name): its catalogue names a table that its description does not have")
    }
    return try await fetcher.opened(
      of: segment, part: try await plan.catalogue.part(segment.part), origin: name,
      table: tables[Int(first)])
  }

  /// What was taken out of shared values, and what the administrator must look at; `show` gives a
  /// command that shows rows of a table, given their keys.
  func record(
    _ mentions: MentionPass, _ tally: inout RestoreTally, show: (String, [Int64]) -> String
  ) {
    tally.scrubbedCount += mentions.scrubbedCount
    for (table, rows) in Dictionary(grouping: mentions.leftovers, by: \.table)
      .sorted(by: { $0.key < $1.key })
    {
      tally.nextSteps.append(
        "origin \(name): \(rows.count) rows of \(table) cannot be searched for people who were erased. "
          + "See them with: \(show(table, rows.map(\.rowid))); once the "
          + "server runs, take out who is named there and has no account (ejabberd: `ejabberdctl "
          + "set_room_affiliation ROOM SERVICE JID none`)")
    }
  }
}
