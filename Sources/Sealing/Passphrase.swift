internal import CSodium

/// Keys from words that people remember.
package enum Passphrase {
  /// Fits beside a restore in 200 MiB, and costs a guesser 128 MiB for about a second.
  package static let memoryByteCount = 128 << 20
  package static let passes = 6

  /// Argon2id (RFC 9106, version 1.3, one lane) of the passphrase, 32 bytes.
  package static func key(
    _ passphrase: [UInt8], salt: [UInt8], memoryByteCount: Int, passes: Int
  ) throws(SealingError) -> [UInt8] {
    Sodium.start()
    guard salt.count == Int(crypto_pwhash_SALTBYTES), memoryByteCount > 0, passes > 0 else {
      throw SealingError(.forged, "the passphrase's salt or its costs are not possible ones")
    }
    var key = [UInt8](repeating: 0, count: Seal.keyByteCount)
    let words = passphrase.map { CChar(bitPattern: $0) }
    let status = crypto_pwhash(
      &key, UInt64(key.count), words, UInt64(words.count), salt, UInt64(passes), memoryByteCount,
      crypto_pwhash_ALG_ARGON2ID13)
    guard status == 0 else {
      throw SealingError(
        .unavailable,
        "the passphrase's key needs \(memoryByteCount >> 20) MiB of memory, which could not be had")
    }
    return key
  }
}
