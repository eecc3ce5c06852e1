/// Reads what Prosody's serializer writes, and finds the entries that mention people.
///
/// Only values are read: no comments, names, calls or operators, but for the three quotients that
/// stand for what is no finite number.
struct LuaDataReader {
  typealias Value = TableRun.Value

  var cursor: ValueCursor
  var excision = Excision()
  private let people: ErasedPeople

  init(_ bytes: [UInt8], _ people: ErasedPeople) {
    cursor = ValueCursor(bytes)
    self.people = people
  }

  /// What is to be taken out; nil if this is no such data, or all of it is about an erased person.
  static func read(_ bytes: [UInt8], _ people: ErasedPeople) -> Excision? {
    var reader = Self(bytes, people)
    reader.skipBlanks()
    if reader.cursor.take(word: "return"), reader.cursor.peek?.isWordByte == true { return nil }
    reader.skipBlanks()
    guard let value = reader.value() else { return nil }
    reader.skipBlanks()
    _ = reader.cursor.take(";")
    reader.skipBlanks()
    let isWhole = reader.cursor.isAtEnd && !TableRun(people).isMention(value)
    return isWhole ? reader.excision : nil
  }

  mutating func skipBlanks() {
    cursor.skip { $0 == 0x20 || 0x09...0x0d ~= $0 }
  }

  mutating func value() -> Value? {
    switch cursor.peek.map({ Unicode.Scalar($0) }) {
    case "{": table()
    case "\"": string("\"").map { .text($0) }
    case "'": string("'").map { .text($0) }
    case "t": word("true") ? .other : nil
    case "f": word("false") ? .other : nil
    case "n": word("nil") ? .other : nil
    case "(": quotient() ? .other : nil
    default: number() ? .other : nil
    }
  }

  private mutating func table() -> Value? {
    guard cursor.take("{"), cursor.enter() else { return nil }
    defer { cursor.leave() }
    var run = TableRun(people)
    skipBlanks()
    while !cursor.take("}") {
      run.begin(at: cursor.position, &excision)
      guard let (key, value) = entry() else { return nil }
      run.finish(key: key, value, at: cursor.position, &excision)
      skipBlanks()
      guard cursor.take(";") || cursor.take(",") else {
        return cursor.take("}") ? run.value : nil
      }
      let separatorEnd = cursor.position
      skipBlanks()
      if cursor.peek == UInt8(ascii: "}") { run.close(afterSeparator: separatorEnd, &excision) }
    }
    return run.value
  }

  /// `["key"] = value`, `key = value`, or a value alone.
  mutating func entry() -> (key: [UInt8]?, Value)? {
    if cursor.peek == UInt8(ascii: "[") { return bracketedEntry() }
    let start = cursor.position
    if cursor.peek?.isDigit == false, cursor.skip(while: { $0.isWordByte }) > 0 {
      let key = Array(cursor.bytes[start..<cursor.position])
      skipBlanks()
      if cursor.take("=") {
        skipBlanks()
        return value().map { (key, $0) }
      }
      cursor.rewind(to: start)
    }
    return value().map { (nil, $0) }
  }

  private mutating func bracketedEntry() -> (key: [UInt8]?, Value)? {
    guard cursor.take("[") else { return nil }
    skipBlanks()
    // A table as a key could be cut from within, and would then be another key.
    guard cursor.peek != UInt8(ascii: "{"), let key = value() else { return nil }
    skipBlanks()
    guard cursor.take("]") else { return nil }
    skipBlanks()
    guard cursor.take("=") else { return nil }
    skipBlanks()
    guard let value = value() else { return nil }
    if case .text(let text) = key { return (text, value) }
    return (nil, value)
  }
}

extension LuaDataReader {
  private mutating func word(_ word: StaticString) -> Bool {
    cursor.take(word: word) && cursor.peek?.isWordByte != true
  }

  /// Infinity, its negative, and what is no number.
  private mutating func quotient() -> Bool {
    cursor.take(word: "(1/0)") || cursor.take(word: "(-1/0)") || cursor.take(word: "(0/0)")
  }

  private mutating func number() -> Bool {
    _ = cursor.take("-")
    let isHexadecimal = cursor.take(word: "0x") || cursor.take(word: "0X")
    let base: UInt32 = isHexadecimal ? 16 : 10
    var count = cursor.skip { $0.digit(base: base) != nil }
    if cursor.take(".") { count += cursor.skip { $0.digit(base: base) != nil } }
    guard count > 0 else { return false }
    if !isHexadecimal, cursor.take("e") || cursor.take("E") {
      _ = cursor.take("-") || cursor.take("+")
      guard cursor.skip(while: { $0.isDigit }) > 0 else { return false }
    }
    return cursor.peek?.isWordByte != true && cursor.peek != UInt8(ascii: ".")
  }

  private mutating func string(_ mark: Unicode.Scalar) -> [UInt8]? {
    guard cursor.take(mark) else { return nil }
    var text = DecodedText()
    while !cursor.take(mark) {
      guard let byte = cursor.next(), byte != 0x0a, byte != 0x0d else { return nil }
      if byte == UInt8(ascii: "\\") {
        guard escape(into: &text) else { return nil }
      } else {
        text.append(byte)
      }
    }
    return text.bytes
  }

  private mutating func escape(into text: inout DecodedText) -> Bool {
    guard let byte = cursor.next() else { return false }
    switch Unicode.Scalar(byte) {
    case "a": text.append(7)
    case "b": text.append(8)
    case "f": text.append(12)
    case "n", "\n": text.append(10)
    case "r": text.append(13)
    case "t": text.append(9)
    case "v": text.append(11)
    case "\\", "\"", "'": text.append(byte)
    case "x": return hexadecimal(into: &text)
    case "0"..."9":
      cursor.rewind(to: cursor.position - 1)
      return decimal(into: &text)
    default: return false
    }
    return true
  }

  private mutating func hexadecimal(into text: inout DecodedText) -> Bool {
    guard let high = cursor.next()?.digit(base: 16), let low = cursor.next()?.digit(base: 16) else {
      return false
    }
    text.append(UInt8(high << 4 | low))
    return true
  }

  private mutating func decimal(into text: inout DecodedText) -> Bool {
    var value = 0
    for _ in 0..<3 {
      guard let byte = cursor.peek, byte.isDigit else { break }
      value = value * 10 + Int(byte & 15)
      _ = cursor.next()
    }
    guard let byte = UInt8(exactly: value) else { return false }
    text.append(byte)
    return true
  }
}
