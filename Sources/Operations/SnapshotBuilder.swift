internal import Origins

internal import Format
internal import Repository

/// Turns segments into packs, catalogue parts and the lines of the catalogue's root.
///
/// One of these lives as long as a run. What it learns is staged in the agent's state as it goes.
actor SnapshotBuilder {
  private let vault: Vault
  private let writer: RunWriter
  private let sealer: SegmentSealer
  private var packs: [Int64: PackID]
  private var baselines: [String: [BaselineKey: BaselineSegment]] = [:]
  private(set) var totalChunkCount = 0
  /// Which chunks of each pack this snapshot refers to.
  private(set) var references: [Int64: OrdinalSet] = [:]
  /// Packs that nothing new refers to.
  private let condemned: Set<Int64>
  nonisolated let fingerprint: SegmentFingerprint

  struct BaselineKey: Hashable {
    let tables: [String]
    let mark: Int64
  }

  init(vault: Vault, writer: RunWriter, sealer: SegmentSealer) throws {
    self.vault = vault
    self.writer = writer
    self.sealer = sealer
    packs = try vault.state.packs(in: [.stored, .committed]).mapValues(\.pack)
    condemned = try vault.state.condemnedPacks()
    fingerprint = try SegmentFingerprint(vault.state)
  }

  /// The last snapshot's segments of an origin.
  func loadBaseline(of origin: String) throws -> [BaselineSegment] {
    let segments = try vault.state.baseline(of: origin)
    baselines[origin] = Dictionary(
      segments.map { (BaselineKey(tables: $0.tables, mark: $0.lower), $0) },
      uniquingKeysWith: { first, _ in first })
    return segments
  }

  /// A segment of the last snapshot with its chunks.
  struct Known: Sendable {
    let segment: BaselineSegment
    let chunks: [KnownChunk]
    /// Chunks in packs that nothing new refers to.
    let outdated: [KnownChunk]
    let part: (pack: Int64, ordinal: UInt32)
    /// Whether all of it, its part of the catalogue too, can be referred to again.
    let isUsable: Bool
  }

  func known(_ tables: [String], _ mark: Int64, of origin: String) throws -> Known? {
    guard let segment = baselines[origin]?[BaselineKey(tables: tables, mark: mark)] else {
      return nil
    }
    let stored = try vault.state.chunks(ofSegment: segment.id)
    let outdated = stored.chunks.filter { !isUsable($0.pack) }
    return Known(
      segment: segment,
      chunks: outdated.isEmpty ? stored.chunks : stored.chunks.filter { isUsable($0.pack) },
      outdated: outdated, part: (stored.partPack, stored.partOrdinal),
      isUsable: outdated.isEmpty && isUsable(stored.partPack))
  }

  /// Whether something new may refer to a pack: it is on the remote or on its way, and good.
  private func isUsable(_ pack: Int64) -> Bool {
    packs[pack] != nil && !condemned.contains(pack)
  }

  /// Places what is new of a segment; gives its line of the catalogue.
  func add(
    _ placements: [SegmentSealer.Placement], segment: Segment, known: Known?,
    traits: SegmentTraits = SegmentTraits()
  ) async throws -> SegmentEntry {
    let chunks = try await place(placements)
    // Where something of it lies in a condemned pack, its part of the catalogue may list rows that are gone.
    guard let known, known.isUsable, known.chunks == chunks else {
      return try await stage(segment, chunks, traits)
    }
    return try await keep(known, segment, traits)
  }

  /// Goes on with a segment that was recognised as the last snapshot's.
  func addUnchanged(
    _ segment: Segment, known: Known, traits: SegmentTraits
  ) async throws -> SegmentEntry {
    precondition(known.isUsable, "a segment that can be referred to again")
    totalChunkCount += known.chunks.count
    for chunk in known.chunks { note(chunk.pack, chunk.ordinal) }
    return try await keep(known, segment, traits)
  }

  private func keep(
    _ known: Known, _ segment: Segment, _ traits: SegmentTraits
  ) async throws -> SegmentEntry {
    note(known.part.pack, known.part.ordinal)
    await keep(known, traits)
    return segment.entry(
      part: ChunkLocation(pack: try id(of: known.part.pack), ordinal: known.part.ordinal))
  }

  /// The segment goes on as the last snapshot left it.
  private func keep(_ known: Known, _ traits: SegmentTraits = SegmentTraits()) async {
    let id = known.segment.id
    await writer.stage { $0.keptSegments.append((id, traits)) }
  }

  /// Places what is new among the chunks of a segment; gives them all, in the same order.
  private func place(_ placements: [SegmentSealer.Placement]) async throws -> [KnownChunk] {
    let fresh = placements.compactMap { placement -> SealedChunk? in
      if case .fresh(let chunk) = placement { chunk } else { nil }
    }
    var places = try await writer.place(fresh, in: .rows)[...]
    let chunks = placements.map { resolve($0, &places) }
    totalChunkCount += chunks.count
    for chunk in chunks { note(chunk.pack, chunk.ordinal) }
    return chunks
  }

  /// Notes where a piece of content or another single chunk came to lie.
  func learn(_ place: RunWriter.Place) { packs[place.pack] = place.location.pack }

  /// Notes where the catalogue's root came to lie.
  func learn(root place: RunWriter.Place) {
    learn(place)
    note(place.pack, place.location.ordinal)
  }

  private func note(_ pack: Int64, _ ordinal: UInt32) {
    references[pack, default: OrdinalSet()].insert(ordinal)
  }

  /// Whether pages that did not change may stand for their rows.
  func trustsPages() throws -> Bool { try vault.state.value(.pagesDistrusted) == nil }

  /// Has every run from now on read all rows.
  func distrustPages() throws { try vault.state.set([.pagesDistrusted: [1]]) }

  /// Whether a piece lies in a pack that is on the remote or on its way.
  func knows(_ piece: KnownPiece?) -> Bool {
    guard case .chunk(_, _, let pack, _) = piece else { return piece == .hole }
    return isUsable(pack)
  }

  func knowsPacks(of chunks: [KnownChunk]) -> Bool { chunks.allSatisfy { isUsable($0.pack) } }

  private func resolve(
    _ placement: SegmentSealer.Placement, _ places: inout ArraySlice<RunWriter.Place>
  ) -> KnownChunk {
    switch placement {
    case .known(let chunk): return chunk
    case .fresh(let chunk):
      guard let place = places.popFirst() else { preconditionFailure("a place for each chunk") }
      learn(place)
      return KnownChunk(
        kind: chunk.entry.kind, account: chunk.entry.account, name: chunk.entry.name,
        pack: place.pack, ordinal: place.location.ordinal)
    }
  }

  /// What the catalogue says of a segment's chunks.
  private func part(of chunks: [KnownChunk]) throws -> CataloguePart {
    let locations = try chunks.map {
      ChunkLocation(pack: try id(of: $0.pack), ordinal: $0.ordinal)
    }
    var groups: [CataloguePart.Group] = []
    var start = 0
    while start < chunks.count {
      let owner = chunks[start].account
      var (middle, end) = (start, start)
      while end < chunks.count, chunks[end].account == owner {
        end += 1
        if chunks[end - 1].kind != .content { middle = end }
      }
      groups.append(
        CataloguePart.Group(
          account: owner, records: locations[start..<middle], contents: locations[middle..<end]))
      start = end
    }
    return CataloguePart(groups: groups)
  }

  private func id(of pack: Int64) throws -> PackID {
    guard let id = packs[pack] else {
      throw OperationError(
        .damaged,
        "the agent's state refers to a pack it does not know; move the state away and run "
          + "`lethe adopt`")
    }
    return id
  }

  private func stage(
    _ segment: Segment, _ chunks: [KnownChunk], _ traits: SegmentTraits
  ) async throws -> SegmentEntry {
    let bytes = try part(of: chunks).encode()
    try Readability.prove(
      bytes, of: "a segment of origin \(segment.origin)", as: CataloguePart.decode)
    let sealed = sealer.pool.withSealer {
      $0.sealCatalogue(bytes, kind: .cataloguePart, keys: vault.keys)
    }
    guard let place = try await writer.place([sealed], in: .catalogue).first else {
      preconditionFailure("a place for each chunk")
    }
    let staged = StagedSegment(
      origin: segment.origin, tables: segment.tables, lower: segment.mark,
      recordCount: segment.recordCount, byteCount: segment.byteCount, chunks: chunks,
      partPack: place.pack, partOrdinal: place.location.ordinal, traits: traits)
    learn(place)
    note(place.pack, place.location.ordinal)
    await writer.stage { $0.segments.append(staged) }
    return segment.entry(part: place.location)
  }

  /// Seals the description of an origin, unless the last snapshot has the same; shared data.
  func describe(_ origin: String, _ plaintext: [UInt8]) async throws -> ChunkLocation {
    let segment = Segment(
      origin: origin, tables: Self.descriptionTables, tableNumbers: [], lower: 0, mark: 0,
      recordCount: 1, byteCount: plaintext.count)
    let known = try known(segment.tables, 0, of: origin)
    var draft = sealer.begin(.description, known: known)
    try plaintext.withUnsafeBytes { try draft.add($0, of: .server) }
    let chunks = try await place(draft.placements)
    if let known, known.chunks == chunks {
      await keep(known)
    } else {
      // The catalogue's root refers to it; there is no part of the catalogue that does.
      let staged = StagedSegment(
        origin: origin, tables: segment.tables, lower: 0, recordCount: 1,
        byteCount: plaintext.count, chunks: chunks, partPack: 0, partOrdinal: 0)
      await writer.stage { $0.segments.append(staged) }
    }
    guard let chunk = chunks.first else { preconditionFailure("a description has one chunk") }
    return ChunkLocation(pack: try id(of: chunk.pack), ordinal: chunk.ordinal)
  }

  /// No table has this name; the segment holds the origin's description.
  private static let descriptionTables = [""]
}
