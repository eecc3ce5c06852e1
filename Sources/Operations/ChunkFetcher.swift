internal import Format
internal import Repository
internal import Sealing

/// Opens the chunks of a snapshot, one owner's segment at a time.
struct ChunkFetcher: Sendable {
  let plan: RestorePlan
  let shelf: PackShelf

  /// Joins the bodies of all included owners' chunks of a segment, each proved to belong there.
  func body(
    of segment: SegmentEntry, part: CataloguePart, origin: String, table: String
  ) async throws -> [UInt8] {
    let groups = part.groups.filter { plan.includes($0.account) }
    let ids = Set(groups.flatMap(\.records).map(\.pack))
    let packs = try await packs(ids)
    var joined: [UInt8] = []
    joined.reserveCapacity(min(segment.byteCount, Limits.segmentByteCount) * 9 / 8)
    let opener = ChunkOpener(repository: plan.archive.repository)
    for group in groups {
      for (index, location) in group.records.enumerated() {
        let kind: ChunkKind = segment.key.tables.isEmpty ? .records : .rows
        let plaintext = try open(location, kind, group.account, packs, opener)
        let (header, body) = try ChunkHeader.decode(plaintext)
        let expected = ChunkHeader(
          origin: origin, table: table, lower: segment.key.lower, part: UInt32(index))
        // Texts are equal when their bytes are: to Swift, two spellings of one accent are one text.
        guard header.encode() == expected.encode() else {
          throw OperationError(
            .damaged,
            "chunk \(location.ordinal) of pack \(location.pack.hex) belongs to another "
              + "segment than its catalogue says")
        }
        joined += body
        guard joined.count <= Limits.bodyByteCount else {
          throw OperationError(.damaged, "a segment of origin \(origin) is larger than any can be")
        }
      }
    }
    for id in ids { await shelf.release(id) }
    return joined
  }

  /// The single chunk that describes an origin.
  func description(_ location: ChunkLocation) async throws -> [UInt8] {
    let packs = try await packs([location.pack])
    let plaintext = try open(
      location, .description, .server, packs, ChunkOpener(repository: plan.archive.repository))
    await shelf.release(location.pack)
    return plaintext
  }

  private func packs(_ ids: Set<PackID>) async throws -> [PackID: PackReader] {
    var packs: [PackID: PackReader] = [:]
    for id in ids { await shelf.prefetch(id) }
    for id in ids { packs[id] = try await shelf.pack(id) }
    return packs
  }

  private func open(
    _ location: ChunkLocation, _ kind: ChunkKind, _ account: AccountNumber,
    _ packs: [PackID: PackReader], _ opener: borrowing ChunkOpener
  ) throws -> [UInt8] {
    guard let pack = packs[location.pack], let owner = plan.archive.accounts[account],
      try pack.entry(location.ordinal).account == account
    else {
      throw OperationError(
        .damaged,
        "chunk \(location.ordinal) of pack \(location.pack.hex) is not whose the catalogue says")
    }
    guard let secret = plan.archive.runSecrets[pack.header.run] else {
      throw OperationError(
        .damaged,
        "the keys of the run that sealed \(pack.name) are gone; a newer snapshot holds the rows")
    }
    return try opener.open(
      location.ordinal, of: pack, as: kind, share: try plan.shares.share(for: pack),
      owner: owner, secret: .run(secret))
  }
}
