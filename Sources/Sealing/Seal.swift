internal import CSodium

/// XChaCha20-Poly1305.
package enum Seal {
  package static let keyByteCount = 32
  package static let nonceByteCount = 24
  package static let tagByteCount = 16

  /// Gives the ciphertext and the tag.
  package static func seal(
    _ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], associated: [UInt8]
  ) -> [UInt8] {
    Sodium.start()
    precondition(key.count == keyByteCount && nonce.count == nonceByteCount, "key or nonce size")
    var output = [UInt8](repeating: 0, count: plaintext.count + tagByteCount)
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      &output, nil, plaintext, UInt64(plaintext.count), associated, UInt64(associated.count), nil,
      nonce, key)
    return output
  }

  /// Gives the plaintext; anything but the sealed bytes with their key and data is `forged`.
  package static func open(
    _ sealed: some Collection<UInt8>, key: [UInt8], nonce: [UInt8], associated: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    Sodium.start()
    guard sealed.count >= tagByteCount, key.count == keyByteCount, nonce.count == nonceByteCount
    else { throw SealingError(.forged, "sealed bytes are shorter than their tag") }
    var plaintext = [UInt8](repeating: 0, count: sealed.count - tagByteCount)
    let status = withContiguous(sealed) { input in
      guard let base = input.baseAddress else { return Int32(-1) }
      return crypto_aead_xchacha20poly1305_ietf_decrypt(
        &plaintext, nil, nil, base, UInt64(input.count), associated, UInt64(associated.count),
        nonce, key)
    }
    guard status == 0 else {
      throw SealingError(.forged, "sealed bytes do not open with their key")
    }
    return plaintext
  }

  private static func withContiguous(
    _ bytes: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Int32
  ) -> Int32 {
    bytes.withContiguousStorageIfAvailable(body) ?? Array(bytes).withUnsafeBufferPointer(body)
  }

  /// Seals under a fresh random nonce, which goes in front.
  package static func sealWithNonce(
    _ plaintext: [UInt8], key: [UInt8], associated: [UInt8]
  ) -> [UInt8] {
    let nonce = Random.bytes(nonceByteCount)
    return nonce + seal(plaintext, key: key, nonce: nonce, associated: associated)
  }

  /// Opens what ``sealWithNonce(_:key:associated:)`` gave.
  package static func openWithNonce(
    _ sealed: some Collection<UInt8>, key: [UInt8], associated: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    guard sealed.count >= nonceByteCount + tagByteCount else {
      throw SealingError(.forged, "sealed bytes are shorter than their nonce and tag")
    }
    return try open(
      sealed.dropFirst(nonceByteCount), key: key, nonce: Array(sealed.prefix(nonceByteCount)),
      associated: associated)
  }
}
