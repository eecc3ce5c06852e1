import TestKit

/// A value as a tree, the text that servers write for it, and what must be left of it.
///
/// The rules are those of the scrubber, told over trees instead of places in a text.
indirect enum MentionTree {
  /// What a tree is to the one it stands in.
  enum Meaning { case plain, person, stray }

  /// A text, and how the syntax at hand writes it.
  case text(String, spelling: String)
  /// What mentions nobody: numbers, atoms, truth values.
  case plain(String)
  case tuple([MentionTree])
  case list([MentionTree])
  /// Entries; without a key they are elements of a Lua table.
  case table([(key: MentionTree?, value: MentionTree)])

  private static let people = [
    "tybalt@verona.example", "zoë@verona.example", "romeo@verona.example",
    "tybalt@verona.example/balcony", "tybalt@capulet.example", "@verona.example",
  ]

  var text: String? {
    switch self {
    case .text(let text, _): text
    case .list(let elements) where elements.isEmpty: ""
    default: nil
    }
  }

  /// Whether this is wholly the name of somebody erased.
  var isName: Bool { text.map { Self.isErased($0) } ?? false }

  private static func isErased(_ address: String) -> Bool {
    SharedValues.erased.contains(String(address.prefix { $0 != "/" }))
  }

  static func term(_ random: inout SeededRandom, depth: Int) -> MentionTree {
    switch Int.random(in: depth > 0 ? 0..<12 : 0..<4, using: &random) {
    case 0: .plain(["owner", "'it\\'s'", "-7", "1.0e10", "1234", "16#ff"][random.index(6)])
    case 1, 2: binary(people[random.index(people.count)], &random)
    case 3:
      binary(["", "a,b", "}]>>", "\"\\\n", "see tybalt@verona.example"][random.index(5)], &random)
    case 4, 5: address(&random)
    case 6: .tuple([address(&random), term(&random, depth: depth - 1)])
    case 7: .tuple(terms(0...4, &random, depth: depth - 1))
    case 8:
      .table(
        terms(0...3, &random, depth: depth - 1).map { (term(&random, depth: 0), $0) })
    default: .list(terms(0...5, &random, depth: depth - 1))
    }
  }

  private static func terms(
    _ count: ClosedRange<Int>, _ random: inout SeededRandom, depth: Int
  ) -> [MentionTree] {
    (0..<Int.random(in: count, using: &random)).map { _ in term(&random, depth: depth) }
  }

  private static func address(_ random: inout SeededRandom) -> MentionTree {
    let node = binary(["tybalt", "zoë", "romeo", "benvolio"][random.index(4)], &random)
    let domain = binary("verona.example", &random)
    let parts = [node, domain, binary("", &random)]
    switch random.index(3) {
    case 0: return .tuple(Array(parts.prefix(2)))
    case 1: return .tuple(parts)
    default: return .tuple([.plain("jid")] + parts + parts)
    }
  }

  private static func binary(_ text: String, _ random: inout SeededRandom) -> MentionTree {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": escaped += "\\\(scalar)"
      case "\n": escaped += ["\\n", "\\12", "\\x{a}"][random.index(3)]
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    let numbers = text.utf8.map { "\($0)" }.joined(separator: ",")
    let forms = [
      "<<\"\(escaped)\">>", "<<\(numbers)>>", "<<\"\(escaped)\"/utf8>>", "\"\(escaped)\"",
    ]
    // Text that is empty is written as ejabberd does.
    let form = text.isEmpty ? "<<>>" : forms[random.index(4)]
    return .text(text, spelling: form)
  }

  /// The tree as a term.
  var erlang: String {
    switch self {
    case .text(_, let spelling), .plain(let spelling): spelling
    case .tuple(let fields): "{\(fields.map(\.erlang).joined(separator: ","))}"
    case .list(let elements): "[\(elements.map(\.erlang).joined(separator: ","))]"
    case .table(let entries):
      "#{"
        + entries.map { "\($0.key?.erlang ?? "") => \($0.value.erlang)" }.joined(separator: ",")
        + "}"
    }
  }

  /// What is left of a term; nothing where somebody cannot be cut out.
  func withoutErased() -> (tree: MentionTree, meaning: Meaning)? {
    switch self {
    case .text, .plain: return (self, isName ? .person : .plain)
    case .list(let elements):
      var rest: [MentionTree] = []
      for element in elements {
        guard let (tree, meaning) = element.withoutErased(), meaning != .stray else { return nil }
        if meaning == .plain { rest.append(tree) }
      }
      return (.list(rest), .plain)
    case .tuple(let fields): return Self.tuple(fields)
    case .table(let entries):
      var rest: [(key: MentionTree?, value: MentionTree)] = []
      for entry in entries {
        guard let key = (entry.key ?? .plain("")).withoutErased(), key.meaning != .stray,
          let value = entry.value.withoutErased(), value.meaning != .stray
        else { return nil }
        if key.meaning == .plain, value.meaning == .plain { rest.append((key.tree, value.tree)) }
      }
      return (.table(rest), .plain)
    }
  }

  private static func tuple(_ fields: [MentionTree]) -> (tree: MentionTree, meaning: Meaning)? {
    var rest: [MentionTree] = []
    var meaning = Meaning.plain
    for (index, field) in fields.enumerated() {
      guard let (tree, inner) = field.withoutErased() else { return nil }
      if index > 0, case .text(_, let spelling) = field, inner == .person {
        rest.append(.plain(spelling.hasPrefix("<") ? "<<>>" : "[]"))
      } else {
        rest.append(tree)
        if inner == .stray || (inner == .person && index > 0) { meaning = .stray }
        if inner == .person, index == 0, meaning == .plain { meaning = .person }
      }
    }
    return (.tuple(rest), isAddress(fields) ? .person : meaning)
  }

  private static func isAddress(_ fields: [MentionTree]) -> Bool {
    let texts = fields.compactMap(\.text)
    switch fields.count {
    case 2, 3: return texts.count == fields.count && isErased("\(texts[0])@\(texts[1])")
    case 7:
      guard case .plain("jid") = fields[0], texts.count == 6 else { return false }
      return isErased("\(texts[0])@\(texts[1])") || isErased("\(texts[3])@\(texts[4])")
    default: return false
    }
  }
}

extension SeededRandom {
  mutating func index(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }
}
