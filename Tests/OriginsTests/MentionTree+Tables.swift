import TestKit

/// Trees of tables, as JSON and as Lua data.
extension MentionTree {
  /// A tree; JSON keeps lists and entries apart, Lua has both in one table.
  static func data(_ random: inout SeededRandom, depth: Int, isLua: Bool) -> MentionTree {
    switch random.index(depth > 0 ? 8 : 4) {
    case 0: .plain(["true", "false", "-1.5e+10", "0", "1795348388"][random.index(5)])
    case 1, 2: name(&random)
    case 3: quoted(["", "a;b", "}];", "\"\\\n", "see zoë@verona.example"][random.index(5)])
    case 4: .list(values(&random, depth: depth - 1, isLua: isLua))
    default:
      .table(
        values(&random, depth: depth - 1, isLua: isLua).map { value in
          (isLua && random.index(3) == 0 ? nil : key(&random), value)
        })
    }
  }

  private static func values(
    _ random: inout SeededRandom, depth: Int, isLua: Bool
  ) -> [MentionTree] {
    (0..<random.index(5)).map { _ in data(&random, depth: depth, isLua: isLua) }
  }

  private static func key(_ random: inout SeededRandom) -> MentionTree {
    let names = ["jid", "bare_jid", "attr", "role", "name", "_data", "from"]
    return random.index(2) == 0 ? name(&random) : quoted(names[random.index(names.count)])
  }

  private static func name(_ random: inout SeededRandom) -> MentionTree {
    let names = [
      "tybalt@verona.example", "zoë@verona.example/x", "romeo@verona.example", "juliet@c",
      "benvolio",
    ]
    return quoted(names[random.index(names.count)])
  }

  private static func quoted(_ text: String) -> MentionTree {
    var spelling = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": spelling += "\\\(scalar)"
      case "\n": spelling += "\\n"
      default: spelling.unicodeScalars.append(scalar)
      }
    }
    return .text(text, spelling: spelling + "\"")
  }

  /// The tree as JSON.
  var json: String {
    switch self {
    case .text(_, let spelling), .plain(let spelling): spelling
    case .list(let values), .tuple(let values):
      "[\(values.map(\.json).joined(separator: ","))]"
    case .table(let entries):
      "{\(entries.map { "\($0.key?.json ?? ""):\($0.value.json)" }.joined(separator: ","))}"
    }
  }

  /// The tree as Lua data with so much space between its parts.
  func lua(space: String) -> String {
    switch self {
    case .text(_, let spelling), .plain(let spelling): return spelling
    case .list(let values), .tuple(let values):
      return MentionTree.table(values.map { (nil, $0) }).lua(space: space)
    case .table(let entries):
      let texts = entries.map { entry in
        let key = entry.key.map { "[\($0.lua(space: space))]\(space)=\(space)" } ?? ""
        return "\(space)\(key)\(entry.value.lua(space: space))"
      }
      return "{\(texts.joined(separator: ";"))}"
    }
  }

  /// What is left of a tree of tables.
  func withoutErasedEntries() -> (tree: MentionTree, isPerson: Bool) {
    switch self {
    case .text, .plain, .tuple: return (self, isName)
    case .list(let values):
      let rest = values.map { $0.withoutErasedEntries() }
      return (.list(rest.filter { !$0.isPerson }.map(\.tree)), false)
    case .table(let entries):
      var rest: [(key: MentionTree?, value: MentionTree)] = []
      var isPerson = false
      for entry in entries {
        let (tree, isValue) = entry.value.withoutErasedEntries()
        if !isValue, entry.key?.isName != true { rest.append((entry.key, tree)) }
        let identity = entry.value.isName ? ["jid", "bare_jid"] : ["attr"]
        if isValue, let key = entry.key?.text, identity.contains(key) { isPerson = true }
      }
      return (.table(rest), isPerson)
    }
  }
}
