internal import Origins

internal import Format
internal import Repository

/// Recognises the unchanged chunks of segments and seals the others.
struct SegmentSealer: Sendable {
  let pool: SealerPool
  let accounts: [AccountNumber: KeyringContents.Account]
  let orphans: OrphanChunks
  /// Of all accounts: to take one out of ``accounts`` copies all that is known of it.
  private let namingKeys: [AccountNumber: [UInt8]]

  init(
    pool: SealerPool, accounts: [AccountNumber: KeyringContents.Account], orphans: OrphanChunks
  ) {
    (self.pool, self.accounts, self.orphans) = (pool, accounts, orphans)
    namingKeys = accounts.mapValues(\.namingKey)
  }

  /// A chunk that has its place, or is to be given one.
  enum Placement: Sendable {
    case known(KnownChunk)
    case fresh(SealedChunk)

    var account: AccountNumber {
      switch self {
      case .known(let chunk): chunk.account
      case .fresh(let chunk): chunk.entry.account
      }
    }
  }

  /// Begins with a segment whose chunks are of one kind, but for the content of files; `known` is what the last
  /// snapshot has of it.
  func begin(_ kind: ChunkKind, known: SnapshotBuilder.Known?) -> Draft {
    Draft(sealer: self, kind: kind, known: known)
  }

  /// The chunks of one segment, as far as they were added.
  struct Draft {
    private let sealer: SegmentSealer
    private let kind: ChunkKind
    private var known: OwnedChunks
    private var outdated: OwnedChunks
    private var owner: (number: AccountNumber, namingKey: [UInt8])?
    /// Owner by owner in ascending order, of each the records before the content.
    private(set) var placements: [Placement] = []

    fileprivate init(sealer: SegmentSealer, kind: ChunkKind, known: SnapshotBuilder.Known?) {
      (self.sealer, self.kind) = (sealer, kind)
      self.known = OwnedChunks(known?.chunks ?? [])
      outdated = OwnedChunks(known?.outdated ?? [])
      placements.reserveCapacity(known?.chunks.count ?? 0)
    }

    /// Adds the next chunk; owners come in ascending order.
    mutating func add(_ plaintext: UnsafeRawBufferPointer, of number: AccountNumber) throws {
      let name = ChunkKeys.name(
        kind: kind, plaintext: plaintext, namingKey: try namingKey(of: number))
      if let chunk = known.find(name, kind: kind, account: number)
        ?? sealer.orphans.find(name, kind: kind, account: number)
      {
        placements.append(.known(chunk))
      } else {
        placements.append(.fresh(try seal(plaintext, name, of: number)))
      }
    }

    /// Adds the content of files, which has its place, behind the records of its owner.
    mutating func add(_ contents: [KnownChunk]) {
      placements += contents.map { .known($0) }
    }

    /// That of the last owner is at hand: most chunks of one follow one another.
    private mutating func namingKey(of number: AccountNumber) throws -> [UInt8] {
      if let owner, owner.number == number { return owner.namingKey }
      guard let key = sealer.namingKeys[number] else { throw Self.lost(number) }
      owner = (number, key)
      return key
    }

    private mutating func seal(
      _ plaintext: UnsafeRawBufferPointer, _ name: ChunkName, of number: AccountNumber
    ) throws -> SealedChunk {
      guard let account = sealer.accounts[number] else { throw Self.lost(number) }
      var chunk = sealer.pool.withSealer {
        $0.seal([UInt8](plaintext), kind: kind, name: name, owner: account)
      }
      chunk.isRenewed = outdated.find(name, kind: kind, account: number) != nil
      return chunk
    }

    private static func lost(_ number: AccountNumber) -> OperationError {
      OperationError(.failed, "account \(number.value) lost its keys during the run")
    }
  }
}
