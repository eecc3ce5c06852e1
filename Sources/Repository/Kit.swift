package import Format
package import Sealing

/// Both halves of the recovery kit, opened: whoever has them can restore. [F-KIT-1]
package struct Kit: ~Copyable {
  package let repository: RepositoryID
  package let fixed: StaticKit
  package let epoch: EpochKit
  /// The recovery key pair.
  package let recovery: KeyPair

  /// Makes the kit of a new repository.
  package init(newFor repository: RepositoryID, url: String, hostKey: String) throws(SealingError) {
    let secret = Random.bytes(32)
    let recovery = try KeyPair(secretKey: secret)
    self.repository = repository
    fixed = StaticKit(
      recoverySecret: secret, metadataKey: Random.bytes(32), repositoryURL: url, hostKey: hostKey)
    epoch = EpochKit(epoch: 1, seed: Random.bytes(32))
    self.recovery = recovery
  }

  /// The kit of a later epoch: the seed before it cannot be had from this one.
  package func advanced(to wanted: UInt32) throws -> Kit {
    Kit(
      repository: repository, fixed: fixed,
      epoch: EpochKit(epoch: wanted, seed: try seed(of: wanted)),
      recovery: try KeyPair(secretKey: fixed.recoverySecret))
  }

  private init(
    repository: RepositoryID, fixed: StaticKit, epoch: EpochKit, recovery: consuming KeyPair
  ) {
    self.repository = repository
    self.fixed = fixed
    self.epoch = epoch
    self.recovery = recovery
  }

  /// Opens the texts of both halves.
  package init(fixed fixedText: String, epoch epochText: String, passphrase: [UInt8]?) throws {
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
    let (fixed, epoch): (StaticKit, EpochKit)
    do {
      fixed = try StaticKit.decode(try KitSeal.open(fixedFile, passphrase: passphrase))
      epoch = try EpochKit.decode(try KitSeal.open(epochFile, passphrase: passphrase))
    } catch let error as FormatError {
      throw VaultError(
        .wrongKit, "the kit cannot be read: \(error.message); try another copy of it",
        failure: VaultError.failure(error))
    }
    let recovery = try KeyPair(secretKey: fixed.recoverySecret)
    repository = fixedFile.repository
    self.fixed = fixed
    self.epoch = epoch
    self.recovery = recovery
  }

  private static func decode(_ text: String) throws -> KitFile {
    do { return try KitFile.decode(text) } catch {
      throw VaultError(
        .wrongKit, "the kit cannot be read: \(error.message); try another copy of it",
        failure: VaultError.failure(error))
    }
  }

  /// The text of one half, under a passphrase or, where there is none, for whoever holds it.
  package func text(_ half: KitFile.Half, passphrase: [UInt8]?) throws -> String {
    let payload = half == .fixed ? fixed.encode() : epoch.encode()
    return try KitSeal.seal(payload, half: half, repository: repository, passphrase: passphrase)
      .encode()
  }

  /// The key pair of an epoch from the kit's own on; the one before cannot be reached. [F-KEY-7]
  package func epochPair(_ wanted: UInt32) throws -> KeyPair { Self.pair(try seed(of: wanted)) }

  private func seed(of wanted: UInt32) throws -> [UInt8] {
    guard wanted >= epoch.epoch, wanted - epoch.epoch <= Self.maximumEpochSteps else {
      throw VaultError(
        .wrongKit,
        "the kit stands at epoch \(epoch.epoch) and cannot open one of epoch \(wanted); "
          + "an object that old was left behind by an advance of the kit", failure: .wrongKey)
    }
    var seed = epoch.seed
    for _ in epoch.epoch..<wanted { seed = Self.next(seed) }
    return seed
  }

  /// Public keys of consecutive epochs, the kit's own first, for the agent to seal to.
  package func epochPublicKeys(count: Int) -> [[UInt8]] {
    var keys: [[UInt8]] = []
    var seed = epoch.seed
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

  private static func next(_ seed: [UInt8]) -> [UInt8] {
    Hash.keyed(seed, [Array("lethe1 epoch next".utf8)])
  }

  private static func pair(_ seed: [UInt8]) -> KeyPair {
    KeyPair(seed: Hash.keyed(seed, [Array("lethe1 epoch box".utf8)]))
  }
}

/// The wrap of one half: a key from the passphrase, a commitment to it, and the seal. [F-KIT-2]
enum KitSeal {
  private static let commitmentByteCount = 32

  static func seal(
    _ payload: [UInt8], half: KitFile.Half, repository: RepositoryID, passphrase: [UInt8]?
  ) throws -> KitFile {
    let wrap: KitFile.Wrap =
      passphrase == nil
      ? .none
      : .argon2id(
        memoryByteCount: Passphrase.memoryByteCount, passes: Passphrase.passes,
        salt: Random.bytes(KitFile.saltByteCount))
    let nonce = Random.bytes(Seal.nonceByteCount)
    let keys = try keys(wrap, passphrase, nonce)
    let head = KitFile(half: half, repository: repository, wrap: wrap, sealed: []).head
    let sealed = Seal.seal(
      payload, key: keys.key, nonce: nonce, associated: Array(head.utf8))
    return KitFile(
      half: half, repository: repository, wrap: wrap, sealed: nonce + keys.commitment + sealed)
  }

  static func open(_ file: KitFile, passphrase: [UInt8]?) throws -> [UInt8] {
    let start = Seal.nonceByteCount + commitmentByteCount
    guard file.sealed.count > start else {
      throw VaultError(
        .wrongKit, "the \(file.half.rawValue) half of the kit is cut off", failure: .truncated)
    }
    let nonce = Array(file.sealed.prefix(Seal.nonceByteCount))
    let keys = try keys(file.wrap, passphrase, nonce)
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
    _ wrap: KitFile.Wrap, _ passphrase: [UInt8]?, _ nonce: [UInt8]
  ) throws -> (key: [UInt8], commitment: [UInt8]) {
    let secret: [UInt8]
    switch (wrap, passphrase) {
    case (.none, _):
      secret = Hash.digest(Array("lethe1 kit without passphrase".utf8))
    case (.argon2id, nil):
      throw VaultError(
        .wrongKit,
        "the kit is wrapped with a passphrase; give it with --passphrase-file or type it",
        failure: .wrongKey)
    case (.argon2id(let memory, let passes, let salt), .some(let words)):
      secret = try Passphrase.key(words, salt: salt, memoryByteCount: memory, passes: passes)
    }
    let both = Hash.keyed(secret, [Array("lethe1 kit wrap".utf8), nonce], byteCount: 64)
    return (Array(both.prefix(32)), Array(both.suffix(32)))
  }
}
