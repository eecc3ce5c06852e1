internal import CSodium

/// Key bytes in memory that is guarded, locked, kept out of core dumps and wiped at the end.
package struct Secret: ~Copyable, @unchecked Sendable {
  // Written once in `init`, only read afterwards, so sharing it across tasks is safe.
  private let base: UnsafeMutableRawPointer
  /// Bytes of the secret, not of the pages that guard it.
  package let byteCount: Int

  private init(byteCount: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
    Sodium.start()
    guard let base = sodium_malloc(byteCount) else {
      preconditionFailure("no guarded memory for \(byteCount) bytes")
    }
    fill(UnsafeMutableRawBufferPointer(start: base, count: byteCount))
    sodium_mprotect_readonly(base)
    self.base = base
    self.byteCount = byteCount
  }

  /// New random bytes.
  package init(randomByteCount byteCount: Int) {
    self.init(byteCount: byteCount) { room in
      if let base = room.baseAddress { randombytes_buf(base, room.count) }
    }
  }

  /// A copy of bytes; wiping the original is the caller's.
  package init(copying bytes: some Collection<UInt8>) {
    self.init(byteCount: bytes.count) { $0.copyBytes(from: bytes) }
  }

  // `sodium_free` wipes, and aborts if a guard page was touched.
  deinit { sodium_free(base) }

  /// Lends the bytes where they lie; the pointer must not outlive `body`.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: base, count: byteCount))
  }

  /// A copy in guarded memory of its own.
  package func duplicate() -> Secret {
    Secret(copying: UnsafeRawBufferPointer(start: base, count: byteCount))
  }

  /// A copy outside guarded memory, for what must be written into a sealed object.
  package var copy: [UInt8] { withBytes { [UInt8]($0) } }
}

/// A secret that several tasks use; the last of them to let go wipes it.
package final class SharedSecret: Sendable {
  /// Lent to whoever holds this object; it cannot be taken out.
  package let secret: Secret

  /// Takes the secret over, so that nobody else decides when it is wiped.
  package init(_ secret: consuming Secret) { self.secret = secret }
}
