/// Sixteen random bytes that name one thing for ever; `Kind` keeps the names of different things apart.
package struct Identifier<Kind>: Hashable, Sendable, Comparable {
  /// The bytes 0…7 and 8…15, big-endian, so that `<` is the order of the bytes.
  package let high: UInt64
  /// The bytes 8…15, big-endian.
  package let low: UInt64

  /// Number of bytes of every identifier.
  package static var byteCount: Int { 16 }

  /// Takes both halves as big-endian numbers, as the hash that names a chunk is given.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads exactly sixteen bytes; any other number gives nil.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    var words: (high: UInt64, low: UInt64) = (0, 0)
    for index in 0..<8 { words.high = words.high << 8 | UInt64(bytes[index]) }
    for index in 8..<Self.byteCount { words.low = words.low << 8 | UInt64(bytes[index]) }
    (high, low) = words
  }

  /// Reads 32 lower-case hexadecimal digits; anything else gives nil.
  package init?(hex: some StringProtocol) {
    guard let bytes = Hexadecimal.decode(hex) else { return nil }
    self.init(bytes)
  }

  /// The sixteen bytes, as they stand in objects and seals.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    for word in [high, low] {
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return bytes
  }

  /// The 32 digits used in object names and on the command line.
  package var hex: String { Hexadecimal.encode(bytes) }

  /// The order of the bytes, in which lists of ids stand. [F-ID-1]
  package static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

/// The kind of ``RepositoryID``.
package enum RepositoryKind {}
/// The kind of ``AccountID``.
package enum AccountKind {}
/// The kind of ``RunID``.
package enum RunKind {}
/// The kind of ``PackID``.
package enum PackKind {}
/// The kind of ``AgentID``.
package enum AgentKind {}
/// The kind of ``KeyringID``.
package enum KeyringKind {}
/// The kind of ``ChunkName``.
package enum ChunkNameKind {}
/// The kind of ``PersonTag``.
package enum PersonTagKind {}

/// A repository, from `init` on. [F-ID-1]
package typealias RepositoryID = Identifier<RepositoryKind>
/// One account instance: the same address registered again gets another. [F-ID-2]
package typealias AccountID = Identifier<AccountKind>
/// One execution of backup, and the snapshot it commits.
package typealias RunID = Identifier<RunKind>
/// One pack.
package typealias PackID = Identifier<PackKind>
/// One agent: a state directory, from `init` or `adopt` on.
package typealias AgentID = Identifier<AgentKind>
/// One copy of a keyring object.
package typealias KeyringID = Identifier<KeyringKind>
/// The keyed hash by which an unchanged chunk is recognised. [F-NAME-1]
package typealias ChunkName = Identifier<ChunkNameKind>

/// The keyed hash by which an erased person is recognised, and nobody else is named. [F-LOG-7]
package typealias PersonTag = Identifier<PersonTagKind>

/// The short stand-in for an account in catalogues and pack headers; never used twice. [F-ID-3]
package struct AccountNumber: Hashable, Sendable, Comparable {
  /// 0 for the server, from 1 upwards for accounts.
  package let value: UInt32

  /// Takes any number; whoever gives a new one sees to it that it was never used.
  package init(_ value: UInt32) { self.value = value }

  /// Shared data: what no account owns.
  package static let server = AccountNumber(0)

  /// The order in which groups of a part and lists of the log stand. [F-CAT-4] [F-LOG-8]
  package static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// A BLAKE2b-256 hash.
package struct Digest: Hashable, Sendable {
  /// All 32 of them.
  package let bytes: [UInt8]

  /// 256 bits, in bytes.
  package static let byteCount = 32

  /// Takes exactly 32 bytes; any other number gives nil.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// The predecessor of the first log entry. [F-LOG-3]
  package static let none = Digest(zero: ())

  private init(zero: Void) { bytes = [UInt8](repeating: 0, count: Self.byteCount) }
}

/// Lower-case hexadecimal digits.
package enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Two digits for each byte, the upper half first.
  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nil unless the text is an even number of lower-case digits.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? {
    var bytes: [UInt8] = []
    var pending: UInt8?
    for character in text.utf8 {
      guard let digit = value(of: character) else { return nil }
      if let high = pending {
        bytes.append(high << 4 | digit)
        pending = nil
      } else {
        pending = digit
      }
    }
    return pending == nil ? bytes : nil
  }

  private static func value(of character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
