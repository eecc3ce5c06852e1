internal import CSodium

/// XChaCha20-Poly1305.
package enum Seal {
  /// Bytes of a key.
  package static let keyByteCount = 32
  /// Bytes of a nonce: enough for random ones not to repeat. [F-KEY-2]
  package static let nonceByteCount = 24
  /// Bytes of the tag, which comes behind the ciphertext.
  package static let tagByteCount = 16

  /// Gives the ciphertext and the tag.
  package static func seal(
    _ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], associated: [UInt8]
  ) -> [UInt8] {
    nonce.withUnsafeBytes { nonce in
      associated.withUnsafeBytes { seal(plaintext, key: key, nonce: nonce, associated: $0) }
    }
  }

  /// As above; every chunk has a nonce and data of its own, which need not be arrays.
  package static func seal(
    _ plaintext: [UInt8], key: [UInt8], nonce: UnsafeRawBufferPointer,
    associated: UnsafeRawBufferPointer
  ) -> [UInt8] {
    Sodium.start()
    precondition(key.count == keyByteCount && nonce.count == nonceByteCount, "key or nonce size")
    let byteCount = plaintext.count + tagByteCount
    return [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
      guard let base = output.baseAddress, let nonce = nonce.bindMemory(to: UInt8.self).baseAddress
      else { return }
      crypto_aead_xchacha20poly1305_ietf_encrypt(
        base, nil, plaintext, UInt64(plaintext.count),
        associated.bindMemory(to: UInt8.self).baseAddress, UInt64(associated.count), nil,
        nonce, key)
      count = byteCount
    }
  }

  /// Gives the plaintext; anything but the sealed bytes with their key and data is `forged`.
  package static func open(
    _ sealed: some Collection<UInt8>, key: [UInt8], nonce: [UInt8], associated: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    guard sealed.count >= tagByteCount else {
      throw SealingError(.forged, "sealed bytes are shorter than their tag")
    }
    var plaintext = [UInt8](repeating: 0, count: sealed.count - tagByteCount)
    let isOpen = plaintext.withUnsafeMutableBytes { output in
      nonce.withUnsafeBytes { nonce in
        associated.withUnsafeBytes { associated in
          withContiguous(sealed) { opens($0, output, key, nonce, associated) }
        }
      }
    }
    guard isOpen else { throw SealingError(.forged, "sealed bytes do not open with their key") }
    return plaintext
  }

  /// Opens into room for exactly the plaintext; what is there after a failure means nothing.
  package static func open(
    _ sealed: UnsafeRawBufferPointer, into plaintext: UnsafeMutableRawBufferPointer, key: [UInt8],
    nonce: UnsafeRawBufferPointer, associated: UnsafeRawBufferPointer
  ) throws(SealingError) {
    guard sealed.count >= tagByteCount else {
      throw SealingError(.forged, "sealed bytes are shorter than their tag")
    }
    precondition(plaintext.count == sealed.count - tagByteCount, "room for the plaintext")
    guard opens(sealed, plaintext, key, nonce, associated) else {
      throw SealingError(.forged, "sealed bytes do not open with their key")
    }
  }

  private static func opens(
    _ sealed: UnsafeRawBufferPointer, _ plaintext: UnsafeMutableRawBufferPointer, _ key: [UInt8],
    _ nonce: UnsafeRawBufferPointer, _ associated: UnsafeRawBufferPointer
  ) -> Bool {
    Sodium.start()
    guard key.count == keyByteCount, nonce.count == nonceByteCount,
      let nonce = nonce.bindMemory(to: UInt8.self).baseAddress,
      let input = sealed.bindMemory(to: UInt8.self).baseAddress
    else { return false }
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
      plaintext.bindMemory(to: UInt8.self).baseAddress, nil, nil, input,
      UInt64(sealed.count), associated.bindMemory(to: UInt8.self).baseAddress,
      UInt64(associated.count), nonce, key) == 0
  }

  private static func withContiguous(
    _ bytes: some Collection<UInt8>, _ body: (UnsafeRawBufferPointer) -> Bool
  ) -> Bool {
    bytes.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
      ?? Array(bytes).withUnsafeBytes(body)
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
