package import Format
package import Sealing

/// Both halves of the recovery kit, opened: whoever has them can restore. [F-KIT-1]
///
/// Its secrets lie in guarded memory; copies on their way in and out are wiped.
package struct Kit: ~Copyable {
  /// The id that both halves carry. [F-KIT-4]
  package let repository: RepositoryID
  /// Where the repository was when it was made.
  package let url: String
  /// The host key that was pinned then; empty for `file://`.
  package let hostKey: String
  /// The key of everything that is metadata.
  package let metadataKey: Secret
  /// The recovery key pair.
  package let recovery: KeyPair
  /// The epoch that the kit stands at: it opens this one and later ones.
  package let epoch: UInt32
  /// What the key pair of the epoch, and the seed of the next, are made of.
  package let seed: Secret

  /// Makes the kit of a new repository.
  package init(newFor repository: RepositoryID, url: String, hostKey: String) throws(SealingError) {
    self.init(
      repository: repository, url: url, hostKey: hostKey,
      metadataKey: Secret(randomByteCount: 32),
      recovery: try KeyPair(secretKey: Secret(randomByteCount: 32)), epoch: 1,
      seed: Secret(randomByteCount: 32))
  }

  /// The kit of a later epoch: the seed before it cannot be had from this one.
  package func advanced(to wanted: UInt32) throws -> Kit {
    Kit(
      repository: repository, url: url, hostKey: hostKey, metadataKey: metadataKey.duplicate(),
      recovery: try KeyPair(secretKey: recovery.secretKey), epoch: wanted,
      seed: try seed(of: wanted))
  }

  private init(
    repository: RepositoryID, url: String, hostKey: String, metadataKey: consuming Secret,
    recovery: consuming KeyPair, epoch: UInt32, seed: consuming Secret
  ) {
    self.repository = repository
    self.url = url
    self.hostKey = hostKey
    self.metadataKey = metadataKey
    self.recovery = recovery
    self.epoch = epoch
    self.seed = seed
  }

  /// Opens the texts of both halves.
  package init(fixed fixedText: String, epoch epochText: String, passphrase: Passphrase?) throws {
    let (fixedFile, epochFile) = try (Self.decode(fixedText), Self.decode(epochText))
    guard fixedFile.half == .fixed, epochFile.half == .epoch else {
      throw VaultError(
        .wrongKit, "the kit's files are not one static and one epoch half", failure: .wrongKey)
    }
    guard fixedFile.repository == epochFile.repository else {
      throw VaultError(
        .wrongKit,
        "the kit's halves belong to different repositories (\(fixedFile.repository.hex) and "
          + "\(epochFile.repository.hex)); put the two that were written together side by side",
        failure: .wrongKey)
    }
    var fixed = try Self.payload(fixedFile, passphrase, StaticKit.decode)
    defer {
      fixed.recoverySecret.wipe()
      fixed.metadataKey.wipe()
    }
    var epoch = try Self.payload(epochFile, passphrase, EpochKit.decode)
    defer { epoch.seed.wipe() }
    self.init(
      repository: fixedFile.repository, url: fixed.repositoryURL, hostKey: fixed.hostKey,
      metadataKey: Secret(copying: fixed.metadataKey),
      recovery: try KeyPair(secretKey: fixed.recoverySecret), epoch: epoch.epoch,
      seed: Secret(copying: epoch.seed))
  }

  /// Opens one half and takes it apart.
  private static func payload<Half>(
    _ file: KitFile, _ passphrase: Passphrase?, _ decode: ([UInt8]) throws(FormatError) -> Half
  ) throws -> Half {
    var bytes = try KitSeal.open(file, passphrase: passphrase)
    defer { bytes.wipe() }
    do { return try decode(bytes) } catch {
      throw VaultError(
        .wrongKit, "the kit cannot be read: \(error.message); try another copy of it",
        failure: VaultError.failure(error))
    }
  }

  private static func decode(_ text: String) throws -> KitFile {
    do { return try KitFile.decode(text) } catch {
      throw VaultError(
        .wrongKit, "the kit cannot be read: \(error.message); try another copy of it",
        failure: VaultError.failure(error))
    }
  }

  /// The text of one half, under a passphrase or, where there is none, for whoever holds it.
  package func text(_ half: KitFile.Half, passphrase: Passphrase?) throws -> String {
    var payload = half == .fixed ? fixedPayload() : epochPayload()
    defer { payload.wipe() }
    return try KitSeal.seal(payload, half: half, repository: repository, passphrase: passphrase)
      .encode()
  }

  private func fixedPayload() -> [UInt8] {
    var fixed = StaticKit(
      recoverySecret: recovery.secretKey.copy, metadataKey: metadataKey.copy, repositoryURL: url,
      hostKey: hostKey)
    defer {
      fixed.recoverySecret.wipe()
      fixed.metadataKey.wipe()
    }
    return fixed.encode()
  }

  private func epochPayload() -> [UInt8] {
    var half = EpochKit(epoch: epoch, seed: seed.copy)
    defer { half.seed.wipe() }
    return half.encode()
  }

  /// The key pair of an epoch from the kit's own on; the one before cannot be reached. [F-KEY-7]
  package func epochPair(_ wanted: UInt32) throws -> KeyPair {
    Self.pair(try seed(of: wanted))
  }

  private func seed(of wanted: UInt32) throws -> Secret {
    guard wanted >= epoch, wanted - epoch <= Self.maximumEpochSteps else {
      throw VaultError(
        .wrongKit,
        "the kit stands at epoch \(epoch) and cannot open one of epoch \(wanted); "
          + "an object that old was left behind by an advance of the kit", failure: .wrongKey)
    }
    var seed = seed.duplicate()
    for _ in epoch..<wanted { seed = Self.next(seed) }
    return seed
  }

  /// Public keys of consecutive epochs, the kit's own first, for the agent to seal to.
  package func epochPublicKeys(count: Int) -> [[UInt8]] {
    var keys: [[UInt8]] = []
    var seed = seed.duplicate()
    for _ in 0..<count {
      keys.append(Self.pair(seed).publicKey)
      seed = Self.next(seed)
    }
    return keys
  }

  /// Ten years of days: what the agent is given to go on with.
  ///
  /// It moves weekly, and daily at most when keys are destroyed.
  /// 3,650 × 32 bytes are 117 kB.
  package static let epochKeyCount = 3650
  private static let maximumEpochSteps: UInt32 = 52 * 200

  private static func next(_ seed: borrowing Secret) -> Secret {
    var bytes = Hash.keyed(seed, [Array("lethe1 epoch next".utf8)])
    defer { bytes.wipe() }
    return Secret(copying: bytes)
  }

  private static func pair(_ seed: borrowing Secret) -> KeyPair {
    var bytes = Hash.keyed(seed, [Array("lethe1 epoch box".utf8)])
    defer { bytes.wipe() }
    return KeyPair(seed: bytes)
  }
}

/// The wrap of one half: a key from the passphrase, a commitment to it, and the seal. [F-KIT-2]
enum KitSeal {
  private static let commitmentByteCount = 32

  static func seal(
    _ payload: [UInt8], half: KitFile.Half, repository: RepositoryID, passphrase: Passphrase?
  ) throws -> KitFile {
    let wrap: KitFile.Wrap =
      passphrase == nil
      ? .none
      : .argon2id(
        memoryByteCount: Passphrase.memoryByteCount, passes: Passphrase.passes,
        salt: Random.bytes(KitFile.saltByteCount))
    let nonce = Random.bytes(Seal.nonceByteCount)
    var keys = try keys(wrap, passphrase, nonce)
    defer { keys.key.wipe() }
    let head = KitFile(half: half, repository: repository, wrap: wrap, sealed: []).head
    let sealed = Seal.seal(
      payload, key: keys.key, nonce: nonce, associated: Array(head.utf8))
    return KitFile(
      half: half, repository: repository, wrap: wrap, sealed: nonce + keys.commitment + sealed)
  }

  static func open(_ file: KitFile, passphrase: Passphrase?) throws -> [UInt8] {
    let start = Seal.nonceByteCount + commitmentByteCount
    guard file.sealed.count > start else {
      throw VaultError(
        .wrongKit, "the \(file.half.rawValue) half of the kit is cut off", failure: .truncated)
    }
    let nonce = Array(file.sealed.prefix(Seal.nonceByteCount))
    var keys = try keys(file.wrap, passphrase, nonce)
    defer { keys.key.wipe() }
    guard Array(file.sealed[Seal.nonceByteCount..<start]) == keys.commitment else {
      throw VaultError(
        .wrongKit, "the passphrase is not the one of the kit; try again",
        failure: .wrongKey)
    }
    do {
      return try Seal.open(
        file.sealed.dropFirst(start), key: keys.key, nonce: nonce,
        associated: Array(file.head.utf8))
    } catch {
      throw VaultError(
        .wrongKit,
        "the \(file.half.rawValue) half of the kit was changed or misread; try another copy",
        failure: .forged)
    }
  }

  /// Without the commitment one ciphertext could open under two passphrases.
  private static func keys(
    _ wrap: KitFile.Wrap, _ passphrase: Passphrase?, _ nonce: [UInt8]
  ) throws -> (key: [UInt8], commitment: [UInt8]) {
    let secret: Secret
    switch (wrap, passphrase) {
    case (.none, _):
      secret = Secret(copying: Hash.digest(Array("lethe1 kit without passphrase".utf8)))
    case (.argon2id, nil):
      throw VaultError(
        .wrongKit,
        "the kit is wrapped with a passphrase; give it with --passphrase-file or type it",
        failure: .wrongKey)
    case (.argon2id(let memory, let passes, let salt), .some(let words)):
      secret = try words.key(salt: salt, memoryByteCount: memory, passes: passes)
    }
    var both = Hash.keyed(secret, [Array("lethe1 kit wrap".utf8), nonce], byteCount: 64)
    defer { both.wipe() }
    return (Array(both.prefix(32)), Array(both.suffix(32)))
  }
}
