/// A place in a value that is being read.
struct ValueCursor {
  let bytes: [UInt8]
  private(set) var position = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The byte here, or nil at the end.
  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }
  var isAtEnd: Bool { position == bytes.count }

  /// The byte so many places on, or nil behind the end.
  func peek(_ offset: Int) -> UInt8? {
    offset < bytes.count - position ? bytes[position + offset] : nil
  }

  /// Passes and gives the byte here.
  mutating func next() -> UInt8? {
    guard let byte = peek else { return nil }
    position += 1
    return byte
  }

  /// Passes this byte if it is here.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Passes these bytes if they are here.
  mutating func take(word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard count <= bytes.count - position else { return false }
    for offset in 0..<count where bytes[position + offset] != word.utf8Start[offset] {
      return false
    }
    position += count
    return true
  }

  /// Passes the bytes that fit, and says how many did.
  @discardableResult
  mutating func skip(while fits: (UInt8) -> Bool) -> Int {
    let start = position
    while position < bytes.count, fits(bytes[position]) { position += 1 }
    return position - start
  }

  /// Goes back to an earlier place.
  mutating func rewind(to earlier: Int) { position = min(position, max(0, earlier)) }

  /// Goes one container deeper; false where that is too deep.
  mutating func enter() -> Bool {
    depth += 1
    return depth <= MentionScrubber.maximumDepth
  }

  mutating func leave() { depth -= 1 }
}

extension UInt8 {
  var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }

  /// A letter, digit or underscore of ASCII.
  var isWordByte: Bool {
    isDigit || self == UInt8(ascii: "_") || UInt8(ascii: "a")...UInt8(ascii: "z") ~= self | 0x20
  }

  /// The value of a digit to a base of at most 36.
  func digit(base: UInt32) -> UInt32? {
    let letter = self | 0x20
    let value: UInt32? =
      if isDigit {
        UInt32(self - UInt8(ascii: "0"))
      } else if UInt8(ascii: "a")...UInt8(ascii: "z") ~= letter {
        UInt32(letter - UInt8(ascii: "a")) + 10
      } else {
        nil
      }
    return value.flatMap { $0 < base ? $0 : nil }
  }
}

/// A text of a value, decoded as far as an address can go.
struct DecodedText: Equatable {
  private(set) var bytes: [UInt8] = []

  /// Of a longer text, one byte too many is kept, so that it is nobody's address.
  mutating func append(_ byte: UInt8) {
    if bytes.count <= ErasedPeople.maximumByteCount { bytes.append(byte) }
  }

  /// Appends a character in UTF-8; false if it is none.
  mutating func append(character: UInt32) -> Bool {
    guard let scalar = Unicode.Scalar(character) else { return false }
    for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { append(byte) }
    return true
  }
}
