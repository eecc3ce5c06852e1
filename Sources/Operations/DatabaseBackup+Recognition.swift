internal import Origins
internal import Repository
internal import Sealing

/// What the scan is told of the last snapshot, so that it need not read again what is as it was.
extension DatabaseBackup {
  /// How each table was cut by the last snapshot, and which segments go on as they were if their pages are the
  /// same: those whose chunks can all be referred to again, and belong to whom they belonged.
  ///
  /// Some are read all the same, so that pages that tell a lie are found out.
  func plans(
    _ baseline: [BaselineSegment], _ ownership: Ownership
  ) async throws -> [String: SegmentPlan] {
    var previous: [String: [SegmentPlan.Previous]] = [:]
    for segment in baseline {
      guard segment.tables.count == 1, let table = segment.tables.first else { continue }
      let isToBeRead = Int.random(in: 0..<Self.runsUntilRead) == 0
      previous[table, default: []].append(
        SegmentPlan.Previous(
          lower: segment.lower, recordCount: segment.recordCount, byteCount: segment.byteCount,
          pages: isToBeRead ? nil : try await pages(of: segment, ownership)))
    }
    return previous.mapValues(SegmentPlan.init(previous:))
  }

  /// Every so many runs, a week of runs of four hours, a segment is read whatever its pages say.
  private static var runsUntilRead: Int { 7 * 24 / 4 }

  /// Proves that rows are as they were where their pages and owners are.
  ///
  /// Rows that changed there would be missing from this snapshot wherever else they were not read.
  func check(_ new: SegmentTraits, of segment: Segment, against former: SegmentTraits) async throws
  {
    guard let pages = new.pages, pages == former.pages, let rows = former.rows, rows != new.rows
    else { return }
    try await builder.distrustPages()
    throw OriginError(
      .failed,
      "origin \(segment.origin): rows of table \(segment.tables.first ?? "") changed on pages that did not, "
        + "which must not be: the last snapshots may hold older rows; from the next run on all rows are "
        + "read, so run again now, and please report this")
  }

  /// What the pages of a segment are recognised by, if its owners are who they were.
  private func pages(
    of segment: BaselineSegment, _ ownership: Ownership
  ) async throws -> [UInt8]? {
    guard let trait = segment.traits.pages, trait.count > UniversalHash.byteCount,
      let known = try await builder.known(segment.tables, segment.lower, of: source.origin.name),
      // Names that look alike are two tables to SQLite, one to Swift.
      known.segment.id == segment.id, known.isUsable,
      let owners = ownership.fingerprint(of: known.chunks.map(\.account)),
      trait.suffix(UniversalHash.byteCount).elementsEqual(owners)
    else { return nil }
    return trait.dropLast(UniversalHash.byteCount)
  }

  /// What the next run recognises a segment's pages by; nil where it has to read the rows.
  static func pages(_ pages: [UInt8]?, _ owners: [UInt8]?) -> [UInt8]? {
    guard let pages, let owners else { return nil }
    return pages + owners
  }

  /// The segment of the last snapshot whose rows were not read.
  func recognised(
    _ table: RawSegment.Table, _ lower: Int64
  ) async throws -> (segment: Segment, known: SnapshotBuilder.Known) {
    let origin = source.origin.name
    guard let known = try await builder.known([table.name], lower, of: origin) else {
      throw OperationError(.failed, "origin \(origin): the state lost a segment during the run")
    }
    let segment = Segment(
      origin: origin, tables: [table.name], tableNumbers: [table.number], lower: lower,
      mark: lower, recordCount: known.segment.recordCount, byteCount: known.segment.byteCount)
    return (segment, known)
  }
}
