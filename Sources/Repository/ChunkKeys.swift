package import Format
package import Sealing

/// The keys of one run while it lasts: its share is sealed, used and forgotten. [F-KEY-3]
package struct RunKeys: Sendable {
  /// 16 random bytes, which the snapshot has as its id. [F-LOG-5]
  package let id: RunID
  /// 32 random bytes that never leave guarded memory but sealed to the recovery key.
  package let share: SharedSecret
  /// 32 bytes that the keyring keeps while a snapshot needs them.
  package let secret: [UInt8]

  /// Takes over what ``Vault/beginRun()`` made; a second run must use none of it.
  package init(id: RunID, share: SharedSecret, secret: [UInt8]) {
    self.id = id
    self.share = share
    self.secret = secret
  }
}

/// The derivations of the specification, in one place.
package enum ChunkKeys {
  private static let shareContext = Array("lethe1 run share".utf8)
  private static let rowContext = Array("lethe1 row chunk".utf8)
  private static let fileContext = Array("lethe1 filechunk".utf8)

  /// The key of a row, record, description or content chunk. [F-KEY-6]
  static func chunkKey(
    share: SharedSecret, repository: RepositoryID, run: RunID, owner: KeyringContents.Account,
    secret: OwnerSecret
  ) -> [UInt8] {
    let (context, half) =
      switch secret {
      case .run(let half): (rowContext, half)
      case .file(let half): (fileContext, half)
      }
    return Hash.keyed(
      share.secret, [context, repository.bytes, run.bytes, owner.id.bytes, owner.secret, half])
  }

  static func catalogueKey(run: RunID, keys: MetadataKeys) -> [UInt8] {
    Hash.keyed(keys.key(.catalogue), [run.bytes])
  }

  /// The name of a chunk: an unchanged plaintext of the same owner has the same. [F-NAME-1]
  package static func name(
    kind: ChunkKind, plaintext: [UInt8], namingKey: [UInt8]
  ) -> ChunkName {
    plaintext.withUnsafeBytes { name(kind: kind, plaintext: $0, namingKey: namingKey) }
  }

  /// As above, without a copy of the plaintext.
  package static func name(
    kind: ChunkKind, plaintext: UnsafeRawBufferPointer, namingKey: [UInt8]
  ) -> ChunkName {
    let words = Hash.words(namingKey, first: kind.rawValue, plaintext)
    return ChunkName(high: words.high, low: words.low)
  }

  static func catalogueName(
    kind: ChunkKind, plaintext: [UInt8], keys: MetadataKeys
  ) -> ChunkName {
    name(kind: kind, plaintext: plaintext, namingKey: keys.key(.catalogueName))
  }

  /// Seals a run's share for the kit. [F-KEY-4]
  package static func sealShare(
    _ share: SharedSecret, repository: RepositoryID, run: RunID, to recoveryKey: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    var plaintext = shareContext + repository.bytes + run.bytes + share.secret.copy
    defer { for index in plaintext.indices { plaintext[index] = 0 } }
    return try SealedBox.seal(plaintext, to: recoveryKey)
  }

  /// Opens it; a share of another repository or run is `forged`.
  static func openShare(
    _ sealed: [UInt8], repository: RepositoryID, run: RunID, with recovery: borrowing KeyPair
  ) throws(SealingError) -> SharedSecret {
    let plaintext = try SealedBox.open(
      sealed, publicKey: recovery.publicKey, secretKey: recovery.secretKey)
    let context = shareContext + repository.bytes + run.bytes
    guard plaintext.count == context.count + 32, plaintext.starts(with: context) else {
      throw SealingError(.forged, "a run share belongs to another run")
    }
    return SharedSecret(Secret(copying: plaintext.suffix(32)))
  }
}

/// Opens the run shares of packs with the recovery key.
package struct ShareOpener: ~Copyable, Sendable {
  private let recovery: KeyPair
  private let repository: RepositoryID

  /// Keeps the kit's recovery key in guarded memory.
  package init(_ kit: borrowing Kit) throws {
    recovery = try KeyPair(secretKey: kit.recovery.secretKey)
    repository = kit.repository
  }

  /// A share that does not open is damage: the kit opened the keyring already.
  package func open(_ pack: PackReader) throws -> SharedSecret {
    do {
      return try ChunkKeys.openShare(
        pack.header.sealedShare, repository: repository, run: pack.header.run, with: recovery)
    } catch { throw VaultError.damaged("the run share of \(pack.name)", error) }
  }
}
