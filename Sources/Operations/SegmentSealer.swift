internal import Origins

internal import Format
internal import Repository

/// Recognises the unchanged chunks of a segment and seals the others.
struct SegmentSealer: Sendable {
  enum Placement: Sendable {
    case known(KnownChunk)
    case fresh(SealedChunk)
  }

  /// One owner's records, and for a tree the pieces of the owner's files.
  struct Group: Sendable {
    let account: AccountNumber
    var records: [Placement]
    var contents: [KnownChunk] = []
  }

  let pool: SealerPool
  let accounts: [AccountNumber: KeyringContents.Account]
  /// Chunks in stored packs of interrupted runs.
  let orphans: KnownChunks

  /// Seals what the last snapshot's segment does not have; `chunks` come by owner, in ascending order.
  func seal(
    _ chunks: [(owner: AccountNumber, chunks: [[UInt8]])], kind: ChunkKind,
    known segment: SnapshotBuilder.Known?
  ) throws -> [Group] {
    let known = KnownChunks(segment?.chunks ?? [])
    let outdated = KnownChunks(segment?.outdated ?? [])
    return try pool.withSealer { sealer in
      try chunks.map { owner, plaintexts in
        guard let account = accounts[owner] else {
          throw OperationError(.failed, "account \(owner.value) lost its keys during the run")
        }
        let records = plaintexts.map { plaintext -> Placement in
          let name = ChunkKeys.name(
            kind: kind, plaintext: plaintext, namingKey: account.namingKey)
          if let chunk = known.find(name, kind: kind, account: owner)
            ?? orphans.find(name, kind: kind, account: owner)
          {
            return .known(chunk)
          }
          var chunk = sealer.seal(plaintext, kind: kind, name: name, owner: account)
          chunk.isRenewed = outdated.find(name, kind: kind, account: owner) != nil
          return .fresh(chunk)
        }
        return Group(account: owner, records: records)
      }
    }
  }
}
