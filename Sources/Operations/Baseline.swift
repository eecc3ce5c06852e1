internal import Files
internal import Foundation
internal import Format
internal import Origins
internal import Repository
internal import Sealing

/// Rebuilds what the agent remembers of the newest snapshot, from the remote and the kit.
///
/// Names come from pack headers, which are read without their packs; only the packs with file records
/// are read whole, for the secrets of the files' pieces.
struct Baseline {
  private let archive: Archive
  private let plan: RestorePlan
  private let fetcher: ChunkFetcher
  private let numbers: [PackID: Int64]
  private let state: AgentState
  private var headers: [PackID: Header] = [:]
  private var writes = PendingWrites(seen: 0)

  /// What is needed of a pack's header; the rest would be most of the memory.
  private struct Header {
    let kinds: [ChunkKind]
    let names: [ChunkName]
    let sizes: [UInt32]
  }

  /// Puts the baseline of the newest snapshot, if there is one, into a new agent's state; gives how
  /// many bytes each chunk has in the packs that it refers to, by the pack's number.
  static func read(
    archive: Archive, shares: ShareBook, into state: AgentState
  ) async throws -> [Int64: [UInt32]] {
    guard let newest = archive.snapshots.last else { return [:] }
    let request = RestoreRequest(
      target: "", snapshot: newest.entry.run.hex, origins: [], accounts: [])
    let plan = try await RestorePlan(request, archive: archive, shares: shares)
    let scratch = NSTemporaryDirectory() + "/lethe-adopt-" + Hexadecimal.encode(Random.bytes(8))
    try AgentState.makeDirectory(scratch)
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    return try await PackShelf.use(archive, scratch: scratch, uses: plan.packUses) { shelf in
      var baseline = Baseline(archive: archive, plan: plan, shelf: shelf, state: state)
      for origin in plan.origins { try await baseline.add(origin.catalogue) }
      let sizes = try baseline.headers.map { (try baseline.number(of: $0), $1.sizes) }
      return Dictionary(uniqueKeysWithValues: sizes)
    }
  }

  private init(archive: Archive, plan: RestorePlan, shelf: PackShelf, state: AgentState) {
    self.archive = archive
    self.state = state
    self.plan = plan
    fetcher = ChunkFetcher(plan: plan, shelf: shelf)
    numbers = archive.packNumbers
  }

  private mutating func add(_ origin: CatalogueOrigin) async throws {
    let description = try await fetcher.description(origin.description)
    let group = CataloguePart.Group(
      account: .server, records: [origin.description], contents: [])
    try await stage(
      origin.name, tables: [""], mark: 0, count: (1, description.count), [group], part: nil)
    let tables =
      switch origin.kind {
      case .database: try DatabaseDescription.decode(description).tableNames
      case .postgresql: try PostgresDescription.decode(description).tableNames
      case .directory: [String]()
      }
    for segment in origin.segments {
      let part = try await plan.catalogue.part(segment.part)
      var mark = segment.key.lower
      if origin.kind == .directory { mark = try await addFiles(segment, part, of: origin.name) }
      let names = try segment.key.tables.map { number in
        guard number < tables.count else {
          throw OperationError(.damaged, "origin \(origin.name): a segment of an unknown table")
        }
        return tables[Int(number)]
      }
      try await stage(
        origin.name, tables: names, mark: mark, count: (segment.recordCount, segment.byteCount),
        Array(part.groups), part: segment.part)
    }
    try flush()
  }

  private mutating func stage(
    _ origin: String, tables: [String], mark: Int64, count: (records: Int, bytes: Int),
    _ groups: [CataloguePart.Group], part: ChunkLocation?
  ) async throws {
    var chunks: [KnownChunk] = []
    for group in groups {
      for location in group.records + group.contents {
        chunks.append(try await known(location, group.account))
      }
    }
    writes.segments.append(
      StagedSegment(
        origin: origin, tables: tables, lower: mark, recordCount: count.records,
        byteCount: count.bytes, chunks: chunks,
        partPack: try part.map { try number(of: $0.pack) } ?? 0,
        partOrdinal: part?.ordinal ?? 0))
    if writes.segments.count >= Self.batchCount { try flush() }
  }

  /// Segments that wait in memory, of a few thousand chunks each.
  private static let batchCount = 16

  private mutating func flush() throws {
    try state.adopt(writes)
    writes.removeAll()
  }

  private mutating func known(
    _ location: ChunkLocation, _ account: AccountNumber
  ) async throws -> KnownChunk {
    let header: Header
    if let read = headers[location.pack] {
      header = read
    } else {
      let entries = try await archive.header(of: location.pack).entries
      header = Header(
        kinds: entries.map(\.kind), names: entries.map(\.name),
        sizes: entries.map { UInt32($0.sealedByteCount) })
      headers[location.pack] = header
    }
    guard Int(location.ordinal) < header.names.count else {
      throw OperationError(
        .damaged, "a catalogue refers to a chunk that pack \(location.pack.hex) does not have")
    }
    return KnownChunk(
      kind: header.kinds[Int(location.ordinal)], account: account,
      name: header.names[Int(location.ordinal)], pack: try number(of: location.pack),
      ordinal: location.ordinal)
  }

  private func number(of pack: PackID) throws -> Int64 {
    guard let number = numbers[pack] else {
      throw OperationError(.damaged, "a catalogue refers to pack \(pack.hex), unknown to the log")
    }
    return number
  }

  /// Learns the files of a segment; gives the mark of the segment.
  ///
  /// Inodes and change times of the old machine mean nothing on the new one, so every file is read
  /// once more; what has the same content is not sent again.
  private mutating func addFiles(
    _ segment: SegmentEntry, _ part: CataloguePart, of origin: String
  ) async throws -> Int64 {
    var first: RelativePath?
    for group in part.groups where plan.includes(group.account) {
      let body = try await fetcher.body(
        of: segment, part: CataloguePart(groups: [group]), origin: origin, table: "")
      var contents = group.contents[...]
      for record in try FileRecord.decodeAll(body) {
        if let path = RelativePath(record.path), first.map({ path < $0 }) ?? true { first = path }
        guard case .regular(_, let holes, let pieces) = record.body else { continue }
        let known = try pieces.map { try learned($0, &contents) }
        writes.note(
          KnownFile(
            path: record.path, identity: FileEntry.ownerBytes(group.account), holes: holes,
            pieces: known), of: origin)
      }
    }
    return first.flatMap(TreeBackup.boundary) ?? .min
  }

  private func learned(
    _ piece: FileRecord.Piece, _ contents: inout ArraySlice<ChunkLocation>
  ) throws -> KnownPiece {
    guard case .chunk(let name, let secret) = piece else { return .hole }
    guard let location = contents.popFirst() else {
      throw OperationError(.damaged, "file records and their catalogue do not match")
    }
    return .chunk(
      name: name, secret: secret, pack: try number(of: location.pack), ordinal: location.ordinal)
  }
}
