/// Reads one Erlang term as ejabberd writes it, and finds whom it mentions.
///
/// A person is a whole address in a binary or string, or `{Node, Domain}`,
/// `{Node, Domain, Resource}` or a `jid` record. The first field of a tuple says whom it is about;
/// a list element about an erased person goes.
struct ErlangTermReader {
  /// A value, as far as it matters to what it stands in.
  enum Value {
    /// Text, and how the same server writes an empty one.
    case text([UInt8], empty: String)
    case atom([UInt8])
    /// A number that may be a byte of a text.
    case byte(UInt8)
    /// About an erased person as a whole.
    case person
    /// About somebody else, with an erased person where none can be left out: a field of a tuple
    /// cannot be cut, and what ejabberd would have put there is not known.
    case stray
    case other
  }

  var cursor: ValueCursor
  /// Where the term that was read last ends, without the blanks behind it.
  private var end = 0
  private var excision = Excision()
  private let people: ErasedPeople

  private init(_ bytes: [UInt8], _ people: ErasedPeople) {
    cursor = ValueCursor(bytes)
    self.people = people
  }

  /// What is to be taken out; nil if this is no term or a person cannot be taken out.
  static func read(_ bytes: [UInt8], _ people: ErasedPeople) -> Excision? {
    var reader = Self(bytes, people)
    guard let value = reader.value(), reader.cursor.isAtEnd else { return nil }
    return switch value {
    case .person, .stray: nil
    case .text(let text, _) where people.names(text): nil
    default: reader.excision
    }
  }

  /// One term with the blanks around it.
  private mutating func value() -> Value? {
    skipBlanks()
    let value: Value? =
      switch cursor.peek {
      case UInt8(ascii: "["): list()
      case UInt8(ascii: "{"): tuple()
      case UInt8(ascii: "#"): map()
      case UInt8(ascii: "<"): binary()
      case UInt8(ascii: "\""): string()
      case UInt8(ascii: "'"): quotedAtom()
      case let byte?: byte.startsErlangAtom ? plainAtom() : number()
      case nil: nil
      }
    end = cursor.position
    skipBlanks()
    return value
  }

  /// Comments are not passed: ejabberd writes none, and one could hide the end of an element.
  private mutating func skipBlanks() { cursor.skip { $0 <= UInt8(ascii: " ") } }

  /// Whether the element goes; nil if it cannot stay nor go.
  private func isMention(_ value: Value) -> Bool? {
    switch value {
    case .person: true
    case .stray: nil
    case .text(let text, _): people.names(text)
    default: false
    }
  }

  private mutating func list() -> Value? {
    guard cursor.take("["), cursor.enter() else { return nil }
    defer { cursor.leave() }
    skipBlanks()
    var text = DecodedText()
    if cursor.take("]") { return .text([], empty: "[]") }
    var run = ElementRun()
    var isText = true
    repeat {
      skipBlanks()
      run.begin(at: cursor.position, &excision)
      guard let value = value(), let isMention = isMention(value) else { return nil }
      run.finish(at: end, isMention: isMention, &excision)
      if case .byte(let byte) = value { text.append(byte) } else { isText = false }
    } while cursor.take(",")
    if cursor.take("|") { return tail(of: run) }
    guard cursor.take("]") else { return nil }
    return isText ? .text(text.bytes, empty: "[]") : .other
  }

  /// The rest of a list that does not end in an empty one: it is read, but nothing is cut from it,
  /// because without its elements it would be no list.
  private mutating func tail(of run: ElementRun) -> Value? {
    guard let value = value(), cursor.take("]"), run.isWhole else { return nil }
    return isMention(value) == false ? .other : nil
  }

  private mutating func map() -> Value? {
    guard cursor.take(word: "#{"), cursor.enter() else { return nil }
    defer { cursor.leave() }
    skipBlanks()
    if cursor.take("}") { return .other }
    var run = ElementRun()
    repeat {
      skipBlanks()
      run.begin(at: cursor.position, &excision)
      guard let key = value(), cursor.take(word: "=>"), let value = value(),
        let isKey = isMention(key), let isValue = isMention(value)
      else { return nil }
      run.finish(at: end, isMention: isKey || isValue, &excision)
    } while cursor.take(",")
    return cursor.take("}") ? .other : nil
  }
}

extension ErlangTermReader {
  /// The fields of a tuple that are looked at again when it has been read.
  private struct Fields {
    /// A `jid` record has seven, and nothing with more is a person.
    static let maximumCount = 7

    var values: [Value] = []
    var count = 0
    var second = 0..<0
    /// The excision before the second field.
    var mark = 0

    mutating func add(_ value: Value, _ range: Range<Int>, mark: Int) {
      if count < Self.maximumCount { values.append(value) }
      if count == 1 { (second, self.mark) = (range, mark) }
      count += 1
    }

    func text(_ index: Int) -> [UInt8]? {
      guard index < values.count, case .text(let text, _) = values[index] else { return nil }
      return text
    }

    func isAtom(_ index: Int, _ name: String) -> Bool {
      guard index < values.count, case .atom(let atom) = values[index] else { return false }
      return atom.elementsEqual(name.utf8)
    }
  }

  private mutating func tuple() -> Value? {
    guard cursor.take("{"), cursor.enter() else { return nil }
    defer { cursor.leave() }
    skipBlanks()
    if cursor.take("}") { return .other }
    var fields = Fields()
    repeat {
      skipBlanks()
      let (start, mark) = (cursor.position, excision.mark)
      guard let value = value() else { return nil }
      fields.add(value, start..<end, mark: mark)
      guard fields.count > 1, case .text(let text, let empty) = value, people.names(text) else {
        continue
      }
      // Nobody's password, and without it a room that asks for one would ask for the empty one.
      if fields.isAtom(0, "password") { return nil }
      // A title, nick or reason: text without which the tuple is still about the same thing.
      excision.replace(start..<end, with: empty)
    } while cursor.take(",")
    return cursor.take("}") ? meaning(of: fields) : nil
  }

  private mutating func meaning(of fields: Fields) -> Value? {
    if isErasedAddress(fields) { return .person }
    if fields.count == 2, fields.isAtom(0, "subject_author") { return subjectAuthor(fields) }
    let hasStray = fields.values.enumerated().contains { index, value in
      switch value {
      case .stray: true
      case .person: index > 0
      default: false
      }
    }
    if hasStray { return .stray }
    guard let first = fields.values.first, isMention(first) == true else { return .other }
    return .person
  }

  /// Since 23.10 ejabberd keeps the nick and address of who set a subject; this is what it writes
  /// where nobody did.
  private mutating func subjectAuthor(_ fields: Fields) -> Value {
    switch fields.values[1] {
    case .person, .stray:
      excision.forget(after: fields.mark)
      excision.replace(
        fields.second, with: "{<<>>,{jid,<<>>,<<>>,<<>>,<<>>,<<>>,<<>>}}")
    default: break
    }
    return .other
  }

  private func isErasedAddress(_ fields: Fields) -> Bool {
    func names(_ node: Int, _ domain: Int) -> Bool {
      guard let node = fields.text(node), let domain = fields.text(domain) else { return false }
      return people.names(node: node, domain: domain)
    }
    return switch fields.count {
    case 2: names(0, 1)
    case 3: fields.text(2) != nil && names(0, 1)
    case 7: fields.isAtom(0, "jid") && (names(1, 2) || names(4, 5))
    default: false
    }
  }
}
