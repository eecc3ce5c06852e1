internal import CSodium

/// Boxes that anyone can close and only the holder of the secret key opens (X25519).
package enum SealedBox {
  /// Bytes of a public key, and of a secret one.
  package static let keyByteCount = 32
  /// What closing adds: an ephemeral public key and a tag.
  package static let overheadByteCount = 48

  /// Closes a box, which even the sender cannot open again; 48 bytes longer than the plaintext.
  ///
  /// A public key of another length, or one of low order, is `unavailable`.
  package static func seal(_ plaintext: [UInt8], to publicKey: [UInt8]) throws(SealingError)
    -> [UInt8]
  {
    Sodium.start()
    var sealed = [UInt8](repeating: 0, count: plaintext.count + overheadByteCount)
    // A public key of low order makes this fail; sealing to it would protect nothing.
    guard publicKey.count == keyByteCount,
      crypto_box_seal(&sealed, plaintext, UInt64(plaintext.count), publicKey) == 0
    else { throw SealingError(.unavailable, "the public key is not one that can be sealed to") }
    return sealed
  }

  /// Gives what a box holds; cut or changed bytes and another key are all `forged`.
  ///
  /// `publicKey` must be that of `secretKey`: the nonce is made of it.
  package static func open(
    _ sealed: [UInt8], publicKey: [UInt8], secretKey: borrowing Secret
  ) throws(SealingError) -> [UInt8] {
    Sodium.start()
    guard sealed.count >= overheadByteCount, publicKey.count == keyByteCount,
      secretKey.byteCount == keyByteCount
    else { throw SealingError(.forged, "a sealed box is shorter than its overhead") }
    var plaintext = [UInt8](repeating: 0, count: sealed.count - overheadByteCount)
    let status = secretKey.withBytes { key in
      guard let key = key.bindMemory(to: UInt8.self).baseAddress else { return Int32(-1) }
      return crypto_box_seal_open(&plaintext, sealed, UInt64(sealed.count), publicKey, key)
    }
    guard status == 0 else {
      throw SealingError(.forged, "a sealed box does not open with this key")
    }
    return plaintext
  }
}

/// An X25519 key pair.
package struct KeyPair: ~Copyable {
  /// X25519 of the secret key and the base point, 32 bytes.
  package let publicKey: [UInt8]
  /// 32 bytes, in guarded memory.
  package let secretKey: Secret

  /// A new random pair.
  package init() {
    var seed = Random.bytes(Int(crypto_box_SEEDBYTES))
    self.init(seed: seed)
    seed.wipe()
  }

  /// The pair that a 32-byte seed stands for.
  package init(seed: [UInt8]) {
    Sodium.start()
    precondition(seed.count == Int(crypto_box_SEEDBYTES), "a seed of 32 bytes")
    var publicKey = [UInt8](repeating: 0, count: SealedBox.keyByteCount)
    var secretKey = [UInt8](repeating: 0, count: SealedBox.keyByteCount)
    crypto_box_seed_keypair(&publicKey, &secretKey, seed)
    self.publicKey = publicKey
    self.secretKey = Secret(copying: secretKey)
    sodium_memzero(&secretKey, secretKey.count)
  }

  /// The pair of a known secret key, in guarded memory.
  package init(secretKey: borrowing Secret) throws(SealingError) {
    var bytes = secretKey.copy
    defer { bytes.wipe() }
    try self.init(secretKey: bytes)
  }

  /// The pair of a known secret key.
  package init(secretKey bytes: [UInt8]) throws(SealingError) {
    Sodium.start()
    var publicKey = [UInt8](repeating: 0, count: SealedBox.keyByteCount)
    guard bytes.count == SealedBox.keyByteCount, crypto_scalarmult_base(&publicKey, bytes) == 0
    else { throw SealingError(.forged, "a secret key is not 32 bytes") }
    self.publicKey = publicKey
    secretKey = Secret(copying: bytes)
  }
}
