internal import CSodium

/// BLAKE2b, plain and keyed.
package enum Hash {
  /// 32 bytes of BLAKE2b of the bytes.
  package static func digest(_ bytes: [UInt8]) -> [UInt8] {
    Sodium.start()
    var output = [UInt8](repeating: 0, count: 32)
    crypto_generichash(&output, output.count, bytes, UInt64(bytes.count), nil, 0)
    return output
  }

  /// BLAKE2b of the parts one after the other; the caller sees to it that they cannot be confused.
  package static func keyed(
    _ key: borrowing Secret, _ parts: [[UInt8]], byteCount: Int = 32
  ) -> [UInt8] {
    key.withBytes { keyed($0, parts, byteCount: byteCount) }
  }

  /// As above, for keys that the agent's state holds.
  package static func keyed(
    _ key: [UInt8], _ parts: [[UInt8]], byteCount: Int = 32
  ) -> [UInt8] {
    key.withUnsafeBytes { keyed($0, parts, byteCount: byteCount) }
  }

  /// The first 16 bytes' worth of a hash: keyed BLAKE2b of a byte and what follows it, as two
  /// big-endian numbers.
  package static func words(
    _ key: [UInt8], first: UInt8, _ bytes: UnsafeRawBufferPointer
  ) -> (high: UInt64, low: UInt64) {
    Sodium.start()
    var output: (UInt64, UInt64) = (0, 0)
    withUnsafeTemporaryAllocation(byteCount: crypto_generichash_statebytes(), alignment: 64) {
      guard let base = $0.baseAddress else { return }
      let state = OpaquePointer(base)
      crypto_generichash_init(state, key, key.count, 16)
      crypto_generichash_update(state, [first], 1)
      crypto_generichash_update(
        state, bytes.bindMemory(to: UInt8.self).baseAddress, UInt64(bytes.count))
      withUnsafeMutableBytes(of: &output) { output in
        guard let output = output.bindMemory(to: UInt8.self).baseAddress else { return }
        crypto_generichash_final(state, output, 16)
      }
      sodium_memzero(base, $0.count)
    }
    return (UInt64(bigEndian: output.0), UInt64(bigEndian: output.1))
  }

  private static func keyed(
    _ key: UnsafeRawBufferPointer, _ parts: [[UInt8]], byteCount: Int
  ) -> [UInt8] {
    Sodium.start()
    var output = [UInt8](repeating: 0, count: byteCount)
    // The state's alignment of 64 keeps Swift from importing its type, so it is raw memory here.
    withUnsafeTemporaryAllocation(byteCount: crypto_generichash_statebytes(), alignment: 64) {
      guard let base = $0.baseAddress else { return }
      let state = OpaquePointer(base)
      let keyBytes = key.bindMemory(to: UInt8.self).baseAddress
      crypto_generichash_init(state, keyBytes, key.count, byteCount)
      for part in parts { crypto_generichash_update(state, part, UInt64(part.count)) }
      crypto_generichash_final(state, &output, byteCount)
      sodium_memzero(base, $0.count)
    }
    return output
  }
}
