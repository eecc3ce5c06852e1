internal import CSodium

/// A 128-bit sum that does not depend on the order of its parts: two equal sums over the same secret
/// key mean two equal collections.
package struct CollectionSum: Equatable, Sendable {
  private var high: UInt64 = 0
  private var low: UInt64 = 0
  /// How many parts were added.
  package private(set) var count = 0
  private let key: [UInt8]

  /// Bytes of a key.
  package static let keyByteCount = 16

  /// Sums are comparable when made with the same key, which must be secret and random.
  package init(key: [UInt8]) {
    precondition(key.count == Self.keyByteCount, "a key of 16 bytes")
    self.key = key
  }

  /// Adds the SipHash-2-4 of one part, 128 bits, modulo 2^128.
  ///
  /// A part that is added twice counts twice.
  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    let input = bytes.bindMemory(to: UInt8.self).baseAddress
    var hash: (UInt64, UInt64) = (0, 0)
    withUnsafeMutableBytes(of: &hash) { output in
      guard let output = output.bindMemory(to: UInt8.self).baseAddress else { return }
      crypto_shorthash_siphashx24(output, input, UInt64(bytes.count), key)
    }
    let (sum, carry) = low.addingReportingOverflow(hash.0)
    low = sum
    high = high &+ hash.1 &+ (carry ? 1 : 0)
    count += 1
  }
}
