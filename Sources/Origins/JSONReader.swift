/// Reads one JSON text and finds the entries and elements that mention people.
struct JSONReader {
  private typealias Value = TableRun.Value

  private var cursor: ValueCursor
  private var excision = Excision()
  private let people: ErasedPeople

  private init(_ bytes: [UInt8], _ people: ErasedPeople) {
    cursor = ValueCursor(bytes)
    self.people = people
  }

  /// What is to be taken out; nil if this is no JSON, or all of it is about an erased person.
  static func read(_ bytes: [UInt8], _ people: ErasedPeople) -> Excision? {
    var reader = Self(bytes, people)
    reader.skipBlanks()
    guard let value = reader.value() else { return nil }
    reader.skipBlanks()
    let isWhole = reader.cursor.isAtEnd && !TableRun(people).isMention(value)
    return isWhole ? reader.excision : nil
  }

  private mutating func skipBlanks() {
    cursor.skip { [0x20, 0x09, 0x0a, 0x0d].contains($0) }
  }

  private mutating func value(arePairs: Bool = false) -> Value? {
    switch cursor.peek.map({ Unicode.Scalar($0) }) {
    case "{": object()
    case "[": arePairs ? pairs() : array()
    case "\"": string().map { .text($0) }
    case "t": cursor.take(word: "true") ? .other : nil
    case "f": cursor.take(word: "false") ? .other : nil
    case "n": cursor.take(word: "null") ? .other : nil
    default: number() ? .other : nil
    }
  }

  private mutating func object() -> Value? {
    list("{", "}") { reader, run in
      guard let key = reader.string(), reader.colon(),
        let value = reader.value(arePairs: key.elementsEqual("__hash".utf8))
      else { return false }
      run.finish(key: key, value, at: reader.cursor.position, &reader.excision)
      return true
    }
  }

  private mutating func colon() -> Bool {
    skipBlanks()
    defer { skipBlanks() }
    return cursor.take(":")
  }

  /// An array of its own is nobody's, whatever it holds.
  private mutating func array() -> Value? {
    list("[", "]") { reader, run in
      guard let value = reader.value() else { return false }
      run.finish(key: nil, value, at: reader.cursor.position, &reader.excision)
      return true
    }.map { _ in .other }
  }

  /// The entries of a Lua table whose keys JSON cannot have.
  ///
  /// Prosody writes key, value, key, value in an array named `__hash`. They go in pairs, or all that
  /// follow would change places.
  private mutating func pairs() -> Value? {
    list("[", "]") { reader, run in
      guard let key = reader.value(), reader.comma(), let value = reader.value() else {
        return false
      }
      if case .person = key { return false }
      var name: [UInt8]?
      if case .text(let text) = key { name = text }
      run.finish(key: name, value, at: reader.cursor.position, &reader.excision)
      return true
    }
  }

  /// What stands between two brackets, with commas between its elements.
  private mutating func list(
    _ opening: Unicode.Scalar, _ closing: Unicode.Scalar,
    _ element: (inout JSONReader, inout TableRun) -> Bool
  ) -> Value? {
    guard cursor.take(opening), cursor.enter() else { return nil }
    defer { cursor.leave() }
    skipBlanks()
    if cursor.take(closing) { return .other }
    var run = TableRun(people)
    repeat {
      skipBlanks()
      run.begin(at: cursor.position, &excision)
      guard element(&self, &run) else { return nil }
      skipBlanks()
    } while cursor.take(",")
    return cursor.take(closing) ? run.value : nil
  }

  private mutating func comma() -> Bool {
    skipBlanks()
    defer { skipBlanks() }
    return cursor.take(",")
  }

  private mutating func number() -> Bool {
    _ = cursor.take("-")
    guard cursor.take("0") || cursor.skip(while: { $0.isDigit }) > 0 else { return false }
    if cursor.take("."), cursor.skip(while: { $0.isDigit }) == 0 { return false }
    guard cursor.take("e") || cursor.take("E") else { return true }
    _ = cursor.take("-") || cursor.take("+")
    return cursor.skip { $0.isDigit } > 0
  }
}

extension JSONReader {
  private mutating func string() -> [UInt8]? {
    guard cursor.take("\"") else { return nil }
    var text = DecodedText()
    while let byte = cursor.next() {
      switch byte {
      case UInt8(ascii: "\""): return text.bytes
      case UInt8(ascii: "\\"): guard escape(into: &text) else { return nil }
      case 0..<0x20: return nil
      default: text.append(byte)
      }
    }
    return nil
  }

  private mutating func escape(into text: inout DecodedText) -> Bool {
    guard let byte = cursor.next() else { return false }
    switch Unicode.Scalar(byte) {
    case "\"", "\\", "/": text.append(byte)
    case "b": text.append(8)
    case "f": text.append(12)
    case "n": text.append(10)
    case "r": text.append(13)
    case "t": text.append(9)
    case "u": return character(into: &text)
    default: return false
    }
    return true
  }

  /// A character by its number in UTF-16; above 0xffff it takes two.
  private mutating func character(into text: inout DecodedText) -> Bool {
    guard let first = unit() else { return false }
    guard 0xd800...0xdbff ~= first else { return text.append(character: first) }
    guard cursor.take(word: "\\u"), let second = unit(), 0xdc00...0xdfff ~= second else {
      return false
    }
    return text.append(character: 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
  }

  private mutating func unit() -> UInt32? {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = cursor.next()?.digit(base: 16) else { return nil }
      value = value << 4 | digit
    }
    return value
  }
}
