internal import CSodium

/// Words that people remember, in guarded memory, and keys made from them.
package final class Passphrase: Sendable {
  private let words: Secret

  /// Takes the words over; the array is wiped.
  package init(taking words: inout [UInt8]) {
    self.words = Secret(copying: words)
    words.wipe()
  }

  /// Copies the words; wiping the original is the caller's.
  package init(copying words: some Collection<UInt8>) { self.words = Secret(copying: words) }

  /// Whether both are the same words.
  package func isSame(as other: Passphrase) -> Bool {
    words.withBytes { one in
      other.words.withBytes { two in
        one.count == two.count && sodium_memcmp(one.baseAddress, two.baseAddress, one.count) == 0
      }
    }
  }

  /// Fits beside a restore in 200 MiB, and costs a guesser 128 MiB for about a second.
  package static let memoryByteCount = 128 << 20
  /// Passes over that memory; a kit states both costs, so that later ones may have others.
  package static let passes = 6

  /// Argon2id (RFC 9106, version 1.3, one lane) of the words, 32 bytes.
  package func key(
    salt: [UInt8], memoryByteCount: Int, passes: Int
  ) throws(SealingError) -> Secret {
    Sodium.start()
    guard salt.count == Int(crypto_pwhash_SALTBYTES), memoryByteCount > 0, passes > 0 else {
      throw SealingError(.forged, "the passphrase's salt or its costs are not possible ones")
    }
    var key = [UInt8](repeating: 0, count: Seal.keyByteCount)
    defer { key.wipe() }
    let status = words.withBytes { words -> Int32 in
      guard let base = words.bindMemory(to: CChar.self).baseAddress else { return -1 }
      return crypto_pwhash(
        &key, UInt64(key.count), base, UInt64(words.count), salt, UInt64(passes), memoryByteCount,
        crypto_pwhash_ALG_ARGON2ID13)
    }
    guard status == 0 else {
      throw SealingError(
        .unavailable,
        "the passphrase's key needs \(memoryByteCount >> 20) MiB of memory, which could not be had")
    }
    return Secret(copying: key)
  }
}

extension [UInt8] {
  /// Overwrites the bytes with zeros, in place unless somebody shares them.
  package mutating func wipe() {
    withUnsafeMutableBytes { bytes in
      if let base = bytes.baseAddress { sodium_memzero(base, bytes.count) }
    }
  }
}
