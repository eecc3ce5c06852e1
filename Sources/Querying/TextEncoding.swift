/// How a database stores its text: one encoding for the whole file.
package enum TextEncoding: UInt8, Sendable, Equatable, CaseIterable {
  /// UTF-8, the default.
  case utf8 = 1
  /// UTF-16, little-endian.
  case utf16LittleEndian = 2
  /// UTF-16, big-endian.
  case utf16BigEndian = 3

  /// The name that `PRAGMA encoding` uses.
  package var pragmaName: String {
    switch self {
    case .utf8: "UTF-8"
    case .utf16LittleEndian: "UTF-16le"
    case .utf16BigEndian: "UTF-16be"
    }
  }

  /// The byte order mark that announces this encoding; empty for UTF-8.
  var byteOrderMark: [UInt8] {
    switch self {
    case .utf8: []
    case .utf16LittleEndian: [0xFF, 0xFE]
    case .utf16BigEndian: [0xFE, 0xFF]
    }
  }

  /// Finds the encoding that `PRAGMA encoding` names.
  init?(pragmaName: String) {
    guard let match = Self.allCases.first(where: { $0.pragmaName == pragmaName }) else {
      return nil
    }
    self = match
  }
}
