extension UInt8 {
  /// Whether an atom without quotes may begin with this character of Latin-1.
  var startsErlangAtom: Bool {
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= self || (self >= 0xdf && self != 0xf7)
  }

  fileprivate var isInErlangAtom: Bool {
    isWordByte || self == UInt8(ascii: "@") || (self >= 0xc0 && self != 0xd7 && self != 0xf7)
  }
}

/// The smallest parts of a term. ejabberd reads and writes each byte as one character.
extension ErlangTermReader {
  mutating func plainAtom() -> Value? {
    let start = cursor.position
    cursor.skip { $0.isInErlangAtom }
    let atom = Array(cursor.bytes[start..<cursor.position])
    return Self.reservedWords.contains(atom) ? nil : .atom(atom)
  }

  /// Words that are atoms only between quotes.
  private static let reservedWords = Set(
    """
    after and andalso band begin bnot bor bsl bsr bxor case catch cond div end fun if let not of or
    orelse receive rem try when xor
    """.split(whereSeparator: \.isWhitespace).map { Array($0.utf8) })

  mutating func quotedAtom() -> Value? {
    quoted("'", isUTF8: false).map { .atom($0) }
  }

  mutating func string() -> Value? {
    quoted("\"", isUTF8: false).map { .text($0, empty: "[]") }
  }

  /// A number; those of one byte may stand for a character.
  mutating func number() -> Value? {
    if cursor.take("$") {
      var text = DecodedText()
      guard character(into: &text, isUTF8: false), let byte = text.bytes.first else { return nil }
      return text.bytes.count == 1 ? .byte(byte) : .other
    }
    let isNegative = cursor.take("-")
    guard let value = digits() else { return nil }
    if cursor.take("#") {
      guard 2...36 ~= value, cursor.skip(while: { $0.digit(base: value) != nil }) > 0 else {
        return nil
      }
      return .other
    }
    guard cursor.peek == UInt8(ascii: "."), cursor.peek(1)?.isDigit == true else {
      return isNegative ? .other : UInt8(exactly: value).map { .byte($0) } ?? .other
    }
    return fraction() ? .other : nil
  }

  /// A run of decimal digits, and its value as long as that is small.
  private mutating func digits() -> UInt32? {
    let start = cursor.position
    guard cursor.skip(while: { $0.isDigit }) > 0 else { return nil }
    var value: UInt32 = 0
    for byte in cursor.bytes[start..<cursor.position] where value < 1000 {
      value = value * 10 + UInt32(byte & 15)
    }
    return value
  }

  private mutating func fraction() -> Bool {
    guard cursor.take("."), digits() != nil else { return false }
    guard cursor.take("e") || cursor.take("E") else { return true }
    _ = cursor.take("-") || cursor.take("+")
    return digits() != nil
  }

  /// `<<"text">>`, `<<"text"/utf8>>`, `<<1,2>>`, and mixtures of them.
  mutating func binary() -> Value? {
    guard cursor.take(word: "<<") else { return nil }
    if cursor.take(word: ">>") { return .text([], empty: "<<>>") }
    var text = DecodedText()
    var isText = true
    repeat {
      guard let segment = segment() else { return nil }
      if let segment { for byte in segment { text.append(byte) } } else { isText = false }
    } while cursor.take(",")
    guard cursor.take(word: ">>") else { return nil }
    return isText ? .text(text.bytes, empty: "<<>>") : .other
  }

  /// One segment's bytes; nil within if it has a width that makes them no text.
  ///
  /// Other types than `utf8` are refused: no value is printed with one.
  private mutating func segment() -> [UInt8]?? {
    let start = cursor.position
    var bytes: [UInt8]?
    if cursor.peek == UInt8(ascii: "\"") {
      guard let text = quoted("\"", isUTF8: false) else { return nil }
      bytes = text
      if cursor.take(word: "/utf8") {
        let end = cursor.position
        cursor.rewind(to: start)
        guard let text = quoted("\"", isUTF8: true), cursor.take(word: "/utf8"),
          cursor.position == end
        else { return nil }
        bytes = text
      }
    } else {
      guard let value = digits() else { return nil }
      bytes = UInt8(exactly: value).map { [$0] }
    }
    if cursor.take(":") {
      guard digits() != nil else { return nil }
      bytes = nil
    }
    return .some(bytes)
  }

  /// A text between two such marks, decoded.
  private mutating func quoted(_ mark: Unicode.Scalar, isUTF8: Bool) -> [UInt8]? {
    guard cursor.take(mark) else { return nil }
    var text = DecodedText()
    while !cursor.take(mark) {
      guard character(into: &text, isUTF8: isUTF8) else { return nil }
    }
    return text.bytes
  }

  /// One character, written as itself or escaped.
  ///
  /// Of a `utf8` segment only what is escaped is encoded: a person's name written there by hand is
  /// UTF-8 already.
  private mutating func character(into text: inout DecodedText, isUTF8: Bool) -> Bool {
    guard let byte = cursor.next() else { return false }
    guard byte == UInt8(ascii: "\\") else {
      text.append(byte)
      return true
    }
    guard let value = escaped() else { return false }
    if !isUTF8, let byte = UInt8(exactly: value) {
      text.append(byte)
      return true
    }
    return text.append(character: value)
  }

  /// The character that stands behind a backslash.
  private mutating func escaped() -> UInt32? {
    guard let byte = cursor.next() else { return nil }
    switch Unicode.Scalar(byte) {
    case "n": return 10
    case "t": return 9
    case "r": return 13
    case "b": return 8
    case "v": return 11
    case "f": return 12
    case "e": return 27
    case "s": return 32
    case "d": return 127
    case "0"..."7":
      cursor.rewind(to: cursor.position - 1)
      return digits(base: 8, atMost: 3)
    case "x": return hexadecimal()
    case "^": return cursor.next().map { UInt32($0 & 31) }
    default: return UInt32(byte)
    }
  }

  private mutating func hexadecimal() -> UInt32? {
    guard cursor.take("{") else {
      return cursor.peek(1)?.digit(base: 16) == nil ? nil : digits(base: 16, atMost: 2)
    }
    // Six digits reach the last character of Unicode.
    let value = digits(base: 16, atMost: 6)
    return cursor.take("}") ? value : nil
  }

  private mutating func digits(base: UInt32, atMost limit: Int) -> UInt32? {
    var value: UInt32 = 0
    var count = 0
    while count < limit, let digit = cursor.peek?.digit(base: base) {
      value = value * base + digit
      count += 1
      _ = cursor.next()
    }
    return count > 0 ? value : nil
  }
}
