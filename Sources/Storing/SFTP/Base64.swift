/// The encoding keys are written in (RFC 4648 §4).
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Encodes without padding, as fingerprints are printed.
  static func unpadded(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    var pending: UInt32 = 0
    var bitCount = 0
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      bitCount += 8
      while bitCount >= 6 {
        bitCount -= 6
        text.append(alphabet[Int(pending >> bitCount & 63)])
      }
    }
    if bitCount > 0 { text.append(alphabet[Int(pending << (6 - bitCount) & 63)]) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Encodes with padding, as keys are written.
  static func padded(_ bytes: some Collection<UInt8>) -> String {
    unpadded(bytes) + String(repeating: "=", count: (3 - bytes.count % 3) % 3)
  }

  /// Decodes, padded or not; nil when a character does not belong or bits are left over.
  static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var pending: UInt32 = 0
    var bitCount = 0
    var padding = 0
    for character in text {
      if character == UInt8(ascii: "=") {
        padding += 1
        continue
      }
      guard padding == 0, let value = alphabet.firstIndex(of: character) else { return nil }
      pending = pending << 6 | UInt32(value)
      bitCount += 6
      guard bitCount >= 8 else { continue }
      bitCount -= 8
      bytes.append(UInt8(truncatingIfNeeded: pending >> bitCount))
    }
    let isWhole = bitCount < 6 && pending & (1 << bitCount - 1) == 0
    return isWhole && padding <= 2 ? bytes : nil
  }
}
