import Origins
import TestKit
import Testing

@Suite struct `An erased person is in no value, whatever its shape` {
  /// The text that a tree's text must become; nil is unreadable.
  private func check(
    _ text: String, _ expected: String?, _ syntax: MentionScrubber.Syntax
  ) -> Bool {
    let found = scrubbed(text, syntax).text
    #expect(found == expected, "\(text); \(Seed.hint)")
    return found == expected
  }

  @Test func `random terms lose what their trees lose`() {
    var random = Seed.generator("terms")
    var outcomes: [Bool: Int] = [:]
    for _ in 0..<20_000 {
      let tree = MentionTree.term(&random, depth: 4)
      let rest = tree.withoutErased()
      let expected = rest.flatMap { $0.meaning == .plain ? $0.tree.erlang : nil }
      guard check(tree.erlang, expected, .erlangTerms) else { return }
      outcomes[expected == nil, default: 0] += 1
    }
    #expect(outcomes.values.allSatisfy { $0 > 1000 } && outcomes.count == 2, "\(outcomes)")
  }

  @Test func `random JSON loses what its tree loses`() {
    var random = Seed.generator("json")
    for _ in 0..<20_000 {
      let tree = MentionTree.data(&random, depth: 5, isLua: false)
      let (rest, isPerson) = tree.withoutErasedEntries()
      guard check(tree.json, isPerson ? nil : rest.json, .json) else { return }
    }
  }

  private func dense(_ text: String) -> [UInt8] { text.utf8.filter { $0 > 0x20 } }

  /// With spaces only the rest is compared, not where the spaces of what went were.
  @Test(arguments: ["", "\n\t"]) func `random Lua data loses what its tree loses`(_ space: String) {
    var random = Seed.generator("lua")
    for _ in 0..<20_000 {
      let tree = MentionTree.data(&random, depth: 5, isLua: true)
      let (rest, isPerson) = tree.withoutErasedEntries()
      let expected = isPerson ? nil : "return " + rest.lua(space: space)
      let found = scrubbed("return " + tree.lua(space: space), .luaData).text
      let isSame = found.map(dense) == expected.map(dense)
      #expect(isSame, "\(tree.lua(space: space)); \(Seed.hint)")
      guard isSame else { return }
    }
  }
}

@Suite struct `Damaged values are read to their end or not at all` {
  private static let samples: [(MentionScrubber.Syntax, [UInt8])] =
    [(.erlangTerms, Array(SharedValues.erlangRoom.utf8))]
    + SharedValues.json.map { (.json, Array($0.utf8)) }
    + [
      (.luaData, Array(SharedValues.luaRoom.utf8)), (.luaItems, Array(SharedValues.luaItems.utf8)),
    ]

  private let scrubber = MentionScrubber(isErased: SharedValues.isErased)

  @Test func `a value cut short anywhere is unreadable`() {
    for (syntax, value) in Self.samples where syntax != .luaItems {
      // The last brace or bracket; what is behind it may be missing.
      let end = value.lastIndex { $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: "]") } ?? 0
      for count in 0...end {
        let outcome = scrubber.scrub(Array(value.prefix(count)), syntax: syntax)
        #expect(outcome == .unreadable, "\(syntax) cut after \(count) bytes")
      }
      #expect(scrubber.scrub(Array(value.prefix(end + 1)), syntax: syntax) != .unreadable)
    }
  }

  @Test(arguments: MentionScrubber.Syntax.allCases)
  func `what is left of a damaged value is readable and mentions nobody erased`(
    _ syntax: MentionScrubber.Syntax
  ) {
    var mutator = Mutator(
      Self.samples.filter { $0.0 == syntax }.map(\.1), random: Seed.generator("\(syntax)"))
    var scrubbedCount = 0
    for _ in 0..<20_000 {
      let value = mutator.next()
      guard case .scrubbed(let rest, let count) = scrubber.scrub(value, syntax: syntax) else {
        continue
      }
      scrubbedCount += 1
      let isClean = scrubber.scrub(rest, syntax: syntax) == .unchanged && count > 0
      #expect(isClean, "\(String(decoding: value, as: UTF8.self)); \(Seed.hint)")
      guard isClean else { return }
    }
    #expect(scrubbedCount > 100)
  }

  @Test func `depth is bounded, and so is length`() {
    for (syntax, opening, closing) in [
      (MentionScrubber.Syntax.erlangTerms, "[", "]"), (.erlangTerms, "{", "}"),
      (.erlangTerms, "#{a => ", "}"), (.json, "[", "]"), (.json, "{\"a\":", "1}"),
      (.luaData, "{", "}"),
    ] {
      func nested(_ depth: Int) -> [UInt8] {
        let start = String(repeating: opening, count: depth)
        let middle = opening.hasSuffix(" ") ? "a" : closing.hasPrefix("1") ? "1" : ""
        let end = String(repeating: closing.last.map { "\($0)" } ?? "", count: depth)
        return Array((start + middle + end).utf8)
      }
      #expect(scrubber.scrub(nested(128), syntax: syntax) == .unchanged)
      #expect(scrubber.scrub(nested(129), syntax: syntax) == .unreadable)
      #expect(scrubber.scrub(nested(300_000), syntax: syntax) == .unreadable)
    }
    let long = [UInt8](repeating: 0x20, count: MentionScrubber.maximumByteCount) + Array("[]".utf8)
    #expect(scrubber.scrub(long, syntax: .json) == .unreadable)
  }

  @Test func `an address longer than any can be is nobody's`() {
    let everybody = MentionScrubber { _ in true }
    for (node, outcome) in [(1023, false), (4000, true)] {
      let text = String(repeating: "n", count: node) + "@verona.example"
      let value = Array("[\"\(text)\"]".utf8)
      for syntax in [MentionScrubber.Syntax.json, .erlangTerms] {
        #expect((everybody.scrub(value, syntax: syntax) == .unchanged) == outcome)
      }
    }
  }

  @Test func `many mentions are taken out of a long value`() {
    let element = Array("\(SharedValues.affiliation("tybalt")),".utf8)
    var value = Array("[".utf8)
    for _ in 0..<20_000 { value += element }
    #expect(
      scrubber.scrub(value + Array("last]".utf8), syntax: .erlangTerms)
        == .scrubbed(Array("[last]".utf8), mentionCount: 20_000))
  }
}
