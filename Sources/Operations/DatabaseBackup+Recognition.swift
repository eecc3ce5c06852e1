internal import Origins
internal import Repository
internal import Sealing

/// What the scan is told of the last snapshot, so that it need not read again what is as it was.
extension DatabaseBackup {
  /// How each table was cut by the last snapshot, and which segments go on as they were if their pages are the
  /// same: those whose chunks can all be referred to again, and belong to whom they belonged.
  func plans(
    _ baseline: [BaselineSegment], _ ownership: Ownership
  ) async throws -> [String: SegmentPlan] {
    var previous: [String: [SegmentPlan.Previous]] = [:]
    for segment in baseline {
      guard segment.tables.count == 1, let table = segment.tables.first else { continue }
      previous[table, default: []].append(
        SegmentPlan.Previous(
          lower: segment.lower, recordCount: segment.recordCount, byteCount: segment.byteCount,
          pages: try await pages(of: segment, ownership)))
    }
    return previous.mapValues(SegmentPlan.init(previous:))
  }

  /// The first half of a segment's trait, if the second is still true.
  private func pages(
    of segment: BaselineSegment, _ ownership: Ownership
  ) async throws -> [UInt8]? {
    let half = UniversalHash.byteCount
    guard let trait = segment.traits.pages, trait.count == 2 * half,
      let known = try await builder.known(segment.tables, segment.lower, of: source.origin.name),
      // Names that look alike are two tables to SQLite, one to Swift.
      known.segment.id == segment.id, known.isUsable,
      let owners = ownership.fingerprint(of: known.chunks.map(\.account)),
      trait[half...].elementsEqual(owners)
    else { return nil }
    return Array(trait[..<half])
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
