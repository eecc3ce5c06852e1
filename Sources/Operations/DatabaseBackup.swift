internal import Files
internal import Origins
internal import Repository

internal import Format
internal import Synchronization

/// What one origin gave to a snapshot.
struct OriginResult: Sendable {
  let catalogue: CatalogueOrigin
  let summary: OriginSummary
  let warnings: [String]
  var isPartial = false
  /// Rows or files of accounts that no longer exist, left out.
  let remainsCount: Int
}

/// Reads one database, segment by segment: a thread scans, or two, the others recognise and seal.
struct DatabaseBackup: Sendable {
  let source: Sources.DatabaseSource
  let builder: SnapshotBuilder
  let sealer: SegmentSealer
  let census: Census
  /// The hosts whose unknown addresses are remains.
  let localHosts: [String]
  let progress: Progress.Report

  /// Segments in flight: of one reader, one being sealed on each of two cores and one just read; of each of two
  /// readers, one being sealed and one just read.
  ///
  /// Each holds its rows twice at most, 8 MiB as a rule.
  private static func flight(readers: Int) -> Int { readers == 1 ? 3 : 2 }

  private struct Sealed: Sendable {
    let index: Int
    let segment: Segment
    /// Nil where the rows are those of the last snapshot.
    let placements: [SegmentSealer.Placement]?
    let known: SnapshotBuilder.Known?
    let traits: SegmentTraits
  }

  func run() async throws -> OriginResult {
    let name = source.origin.name
    let baseline = try await builder.loadBaseline(of: name)
    let described = try source.description.encode(of: name)
    let description = try await builder.describe(name, described)
    let owners = OwnerTable(
      accounts: census.accounts.values.filter { $0.number != .server }
        .map { ($0.address, $0.number) },
      localHosts: localHosts)
    let pageHash = builder.fingerprint.pages
    let ownership = Ownership(
      census, localHosts: localHosts, description: described, hash: pageHash)
    let segments: [SegmentEntry]
    let remains: Int
    do {
      try await source.origin.begin(
        owners: owners, bornAt: census.bornAt, plans: try await plans(baseline, ownership),
        pageHash: try await builder.trustsPages() ? pageHash : nil)
      (segments, remains) = try await scan(ownership)
    } catch {
      // The transaction must not stay open while other origins are read and sent.
      await source.origin.close()
      throw error
    }
    await source.origin.close()
    FreedMemory.giveBack()
    let rowCount = segments.reduce(0) { $0 + $1.recordCount }
    return OriginResult(
      catalogue: CatalogueOrigin(
        name: name, kind: source.description.kind, description: description, segments: segments),
      summary: OriginSummary(
        name: name, rowCount: rowCount, fileCount: 0,
        byteCount: segments.reduce(0) { $0 + $1.byteCount }),
      warnings: remains == 0
        ? []
        : ["origin \(name): \(remains) rows of accounts that no longer exist are left out"],
      remainsCount: remains)
  }

  /// Has all readers read at the same time; gives their segments in the order in which they were read, which is
  /// about that of their chunks in packs, so that a restore needs no pack twice; and the number of rows that were
  /// left out.
  private func scan(_ ownership: Ownership) async throws -> ([SegmentEntry], remains: Int) {
    let readers = [source.origin as any SegmentReader] + (await source.origin.companions)
    let tally = Tally(report: progress, subject: source.origin.name)
    return try await withThrowingTaskGroup(of: [Int: SegmentEntry].self) { group in
      for reader in readers {
        group.addTask { try await scan(reader, of: readers.count, ownership, tally) }
      }
      var entries: [Int: SegmentEntry] = [:]
      for try await part in group { entries.merge(part) { first, _ in first } }
      var remains = 0
      for reader in readers { remains += await reader.remainsCount }
      return (entries.sorted { $0.key < $1.key }.map(\.value), remains)
    }
  }

  /// How many segments and rows all readers have read.
  private final class Tally: Sendable {
    private let count = Mutex((segments: 0, rows: 0))
    private let report: Progress.Report
    private let subject: String

    init(report: @escaping Progress.Report, subject: String) {
      self.report = report
      self.subject = subject
    }

    /// Counts a segment; gives its place among all.
    func add(_ recordCount: Int) -> Int {
      let (index, done) = count.withLock { count in
        count.rows += recordCount
        count.segments += 1
        return (count.segments - 1, count.rows)
      }
      report(Progress(phase: .reading, subject: subject, done: done, total: nil, isBytes: false))
      return index
    }
  }

  private func scan(
    _ reader: any SegmentReader, of readerCount: Int, _ ownership: Ownership, _ tally: Tally
  ) async throws -> [Int: SegmentEntry] {
    try await withThrowingTaskGroup(of: Sealed.self) { group in
      var entries: [Int: SegmentEntry] = [:]
      var inFlight = 0
      var next = try await reader.nextSegment()
      while let scanned = next {
        try Task.checkCancellation()
        // The scan goes on while a sealed segment is being placed.
        async let following = reader.nextSegment()
        if inFlight >= Self.flight(readers: readerCount), let sealed = try await group.next() {
          inFlight -= 1
          entries[sealed.index] = try await place(sealed)
        }
        switch scanned {
        case .read(let raw):
          let index = tally.add(raw.recordCount)
          group.addTask { try await seal(raw, index, ownership) }
          inFlight += 1
        case .same(let table, let lower):
          let same = try await recognised(table, lower)
          let index = tally.add(same.segment.recordCount)
          entries[index] = try await builder.addUnchanged(
            same.segment, known: same.known, traits: same.known.segment.traits)
        }
        next = try await following
      }
      while let sealed = try await group.next() {
        entries[sealed.index] = try await place(sealed)
      }
      return entries
    }
  }

  private func seal(
    _ raw: RawSegment, _ index: Int, _ ownership: Ownership
  ) async throws -> Sealed {
    let segment = Segment(raw)
    let known = try await builder.known(segment.tables, segment.mark, of: segment.origin)
    let fingerprint = raw.withContent { builder.fingerprint.of($0) }
    let same = known.flatMap { known in
      known.isUsable && known.segment.traits.rows == fingerprint ? known : nil
    }
    let placements = try same == nil ? draft(raw, known) : nil
    let owners = placements?.map(\.account) ?? same?.chunks.map(\.account) ?? []
    let traits = SegmentTraits(
      rows: fingerprint, pages: Self.pages(raw.pages, ownership.fingerprint(of: owners)))
    if let known { try await check(traits, of: segment, against: known.segment.traits) }
    return Sealed(
      index: index, segment: segment, placements: placements, known: known, traits: traits)
  }

  /// What becomes of the chunks of a segment.
  private func draft(
    _ raw: RawSegment, _ known: SnapshotBuilder.Known?
  ) throws -> [SegmentSealer.Placement] {
    var draft = sealer.begin(.rows, known: known)
    try raw.forEachChunk { try draft.add($1, of: $0) }
    return draft.placements
  }

  private func place(_ sealed: Sealed) async throws -> SegmentEntry {
    guard let placements = sealed.placements else {
      guard let known = sealed.known else { preconditionFailure("the same as what is known") }
      return try await builder.addUnchanged(sealed.segment, known: known, traits: sealed.traits)
    }
    return try await builder.add(
      placements, segment: sealed.segment, known: sealed.known, traits: sealed.traits)
  }
}
