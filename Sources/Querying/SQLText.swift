/// Quotes names for SQL text.
enum SQLText {
  /// A name as a quoted identifier.
  static func identifier(_ name: String) -> String { quoted(name, by: UInt8(ascii: "\"")) }

  /// A name as the argument of a pragma.
  static func literal(_ name: String) -> String { quoted(name, by: UInt8(ascii: "'")) }

  // Byte by byte, since a quote and a combining mark after it are one `Character`.
  private static func quoted(_ name: String, by quote: UInt8) -> String {
    var bytes: [UInt8] = [quote]
    for byte in name.utf8 {
      bytes.append(byte)
      if byte == quote { bytes.append(quote) }
    }
    bytes.append(quote)
    return String(decoding: bytes, as: UTF8.self)
  }
}
