internal import CSodium

/// A universal hash: quick, and good for recognising inputs again under a key that is secret and random.
///
/// Poly1305 evaluates the input as a polynomial at a secret point. Two inputs of `n` bytes that were chosen
/// without knowing the point have the same value with a probability of `n / 2^105` at most, 2^-82 for 8 MiB. Its
/// value must not be shown to anybody, for two of them betray the point: BLAKE2b under the same key stands before
/// it. It reads two to three times as many bytes a second as BLAKE2b does.
package struct UniversalHash: Sendable {
  private let key: [UInt8]
  /// The point, and the 16 bytes that Poly1305 adds at its end.
  private let point: [UInt8]

  /// Bytes of a key.
  package static let keyByteCount = 32
  /// Bytes of a hash.
  package static let byteCount = 16

  /// `key` is secret and random; hashes under the same key are comparable.
  package init(key: [UInt8]) {
    precondition(key.count == Self.keyByteCount, "a key of 32 bytes")
    self.key = key
    point = Hash.keyed(key, [Array("point".utf8)])
  }

  /// The hash of parts one after the other; the caller sees to it that they cannot be confused.
  package func of(_ parts: some Sequence<UnsafeRawBufferPointer>) -> [UInt8] {
    var stream = stream()
    for part in parts { stream.update(part) }
    return stream.finish()
  }

  /// Begins a hash of parts that come one by one.
  package func stream() -> Stream { Stream(key: key, point: point) }

  /// A hash in the making.
  package struct Stream: ~Copyable {
    private let key: [UInt8]
    private var state = crypto_onetimeauth_state()

    fileprivate init(key: [UInt8], point: [UInt8]) {
      Sodium.start()
      self.key = key
      crypto_onetimeauth_init(&state, point)
    }

    /// Goes on with a part.
    package mutating func update(_ part: UnsafeRawBufferPointer) {
      crypto_onetimeauth_update(
        &state, part.bindMemory(to: UInt8.self).baseAddress, UInt64(part.count))
    }

    /// The hash of all parts.
    package consuming func finish() -> [UInt8] {
      var value = [UInt8](repeating: 0, count: UniversalHash.byteCount)
      crypto_onetimeauth_final(&state, &value)
      return Hash.keyed(key, [Array("value".utf8), value], byteCount: UniversalHash.byteCount)
    }
  }
}
