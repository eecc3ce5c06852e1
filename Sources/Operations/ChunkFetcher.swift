internal import Format
internal import Repository
internal import Sealing

/// Opens the chunks of a snapshot, one owner's segment at a time.
struct ChunkFetcher: Sendable {
  let plan: RestorePlan
  let shelf: PackShelf
  private let openers: OpenerPool

  init(plan: RestorePlan, shelf: PackShelf) {
    self.plan = plan
    self.shelf = shelf
    openers = OpenerPool(repository: plan.archive.repository)
  }

  /// What all chunks of a pack have in common.
  private struct OpenPack: Sendable {
    let reader: PackReader
    let share: SharedSecret
    let runSecret: [UInt8]
  }

  /// What the chunks of a segment must say of themselves.
  private struct Place: Sendable {
    let origin: String
    let table: String
    let lower: Int64
    let kind: ChunkKind
    /// The encoded header of the first part: most owners have no other.
    let first: [UInt8]

    init(origin: String, table: String, lower: Int64, kind: ChunkKind) {
      (self.origin, self.table, self.lower, self.kind) = (origin, table, lower, kind)
      first = ChunkHeader(origin: origin, table: table, lower: lower, part: 0).encode()
    }

    func header(of part: Int) -> [UInt8] {
      part == 0
        ? first
        : ChunkHeader(origin: origin, table: table, lower: lower, part: UInt32(part)).encode()
    }
  }

  /// Groups that a task opens at a time: small enough that no core waits long for the last.
  private static let batchCount = 512

  /// What could be opened of a segment.
  struct Opened: Sendable {
    /// Each holds whole owners, and they are in the order of the owners.
    var bodies: [[UInt8]] = []
    /// Of whom something lies in a damaged pack.
    var lost: Set<AccountNumber> = []
    /// What is wrong with these packs.
    var reasons: [OperationError] = []
  }

  /// The bodies of all included owners' chunks of a segment, each chunk proved to belong there, but
  /// those of whom something cannot be had.
  func opened(
    of segment: SegmentEntry, part: CataloguePart, origin: String, table: String
  ) async throws -> Opened {
    var groups = Array(part.groups.filter { plan.includes($0.account) })
    var ids: Set<PackID> = []
    for group in groups { for location in group.records { ids.insert(location.pack) } }
    let (packs, faults) = try await packs(ids)
    var result = Opened(reasons: faults.sorted { $0.key < $1.key }.map(\.value))
    if !faults.isEmpty {
      let isLost = { (group: CataloguePart.Group) in
        group.records.contains { faults[$0.pack] != nil }
      }
      result.lost = Set(groups.filter(isLost).map(\.account))
      groups.removeAll(where: isLost)
    }
    let place = Place(
      origin: origin, table: table, lower: segment.key.lower,
      kind: segment.key.tables.isEmpty ? .records : .rows)
    let batches = stride(from: 0, to: groups.count, by: Self.batchCount).map {
      groups[$0..<min($0 + Self.batchCount, groups.count)]
    }
    var bodies = [[UInt8]](repeating: [], count: batches.count)
    try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { tasks in
      for (index, batch) in batches.enumerated() {
        tasks.addTask { (index, try open(batch, packs, place)) }
      }
      for try await (index, body) in tasks { bodies[index] = body }
    }
    guard bodies.reduce(0, { $0 + $1.count }) <= Limits.bodyByteCount else {
      throw overfull(origin)
    }
    for id in ids { await shelf.release(id) }
    result.bodies = bodies
    return result
  }

  /// As above, as one, or an error where anything cannot be had.
  func body(
    of segment: SegmentEntry, part: CataloguePart, origin: String, table: String
  ) async throws -> [UInt8] {
    let opened = try await opened(of: segment, part: part, origin: origin, table: table)
    if let reason = opened.reasons.first { throw reason }
    let bodies = opened.bodies
    return bodies.count == 1 ? bodies[0] : Array(bodies.joined())
  }

  private func overfull(_ origin: String) -> OperationError {
    OperationError(.damaged, "a segment of origin \(origin) is larger than any can be")
  }

  private func open(
    _ groups: ArraySlice<CataloguePart.Group>, _ packs: [PackID: OpenPack], _ place: Place
  ) throws -> [UInt8] {
    var joined: [UInt8] = []
    try openers.withOpener { opener in
      for group in groups {
        guard let owner = plan.archive.accounts[group.account] else {
          throw OperationError(
            .damaged, "the keys of account \(group.account.value) are gone; plan again")
        }
        for (index, location) in group.records.enumerated() {
          let header = place.header(of: index)
          try open(location, place.kind, owner, packs, opener) { plaintext in
            try Self.check(plaintext, header, location)
            joined.append(contentsOf: UnsafeRawBufferPointer(rebasing: plaintext[header.count...]))
          }
          guard joined.count <= Limits.bodyByteCount else { throw overfull(place.origin) }
        }
      }
    }
    return joined
  }

  /// Texts are equal when their bytes are: to Swift, two spellings of one accent are one text.
  private static func check(
    _ plaintext: UnsafeRawBufferPointer, _ header: [UInt8], _ location: ChunkLocation
  ) throws {
    // A header has one encoding, so another one there is another header, or none.
    guard plaintext.count >= header.count, plaintext.prefix(header.count).elementsEqual(header)
    else {
      throw OperationError(
        .damaged,
        "chunk \(location.ordinal) of pack \(location.pack.hex) belongs to another "
          + "segment than its catalogue says")
    }
  }

  /// The single chunk that describes an origin.
  func description(_ location: ChunkLocation) async throws -> [UInt8] {
    let (packs, faults) = try await packs([location.pack])
    if let fault = faults.values.first { throw fault }
    var bytes: [UInt8] = []
    guard let server = plan.archive.accounts[.server] else {
      throw OperationError(.damaged, "the keyring has no keys for shared data")
    }
    try openers.withOpener { opener in
      try open(location, .description, server, packs, opener) { bytes = [UInt8]($0) }
    }
    await shelf.release(location.pack)
    return bytes
  }

  /// The packs, and what is wrong with those that are damaged.
  private func packs(
    _ ids: Set<PackID>
  ) async throws -> ([PackID: OpenPack], [PackID: OperationError]) {
    var packs: [PackID: OpenPack] = [:]
    var faults: [PackID: OperationError] = [:]
    for id in ids { await shelf.prefetch(id) }
    for id in ids {
      do { packs[id] = try await pack(id) } catch {
        let fault = OperationError(error)
        guard fault.status == .damaged else { throw error }
        faults[id] = fault
      }
    }
    return (packs, faults)
  }

  private func pack(_ id: PackID) async throws -> OpenPack {
    let reader = try await shelf.pack(id)
    guard let secret = plan.archive.runSecrets[reader.header.run] else {
      throw OperationError(
        .damaged,
        "the keys of the run that sealed \(reader.name) are gone; a newer snapshot holds the rows"
      )
    }
    return OpenPack(reader: reader, share: try plan.shares.share(for: reader), runSecret: secret)
  }

  private func open(
    _ location: ChunkLocation, _ kind: ChunkKind, _ owner: KeyringContents.Account,
    _ packs: [PackID: OpenPack], _ opener: borrowing ChunkOpener,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard let pack = packs[location.pack],
      try pack.reader.entry(location.ordinal).account == owner.number
    else {
      throw OperationError(
        .damaged,
        "chunk \(location.ordinal) of pack \(location.pack.hex) is not whose the catalogue says")
    }
    try opener.withPlaintext(
      location.ordinal, of: pack.reader, as: kind, share: pack.share, owner: owner,
      runSecret: pack.runSecret, body)
  }
}
