import Origins
import TestKit
import Testing

/// Scrubs a text in which Tybalt and Zoë are erased.
func scrubbed(
  _ text: String, _ syntax: MentionScrubber.Syntax
) -> (text: String?, mentionCount: Int) {
  let bytes = Array(text.utf8)
  switch MentionScrubber(isErased: SharedValues.isErased).scrub(bytes, syntax: syntax) {
  case .unchanged: return (text, 0)
  case .scrubbed(let rest, let count): return (String(decoding: rest, as: UTF8.self), count)
  case .unreadable: return (nil, 0)
  }
}

@Suite struct `An erased person is in no options of a room` {
  private typealias Values = SharedValues

  @Test func `the lists of a room lose the erased and nothing else`() {
    let (text, count) = scrubbed(Values.erlangRoom, .erlangTerms)
    #expect(count == 5)
    #expect(
      text
        == Values.room(
          affiliations: "\(Values.affiliation("juliet", "owner")),{\(Values.jid("romeo")),outcast}",
          roles: "{\(Values.jid("juliet")),moderator}"))
  }

  /// Every subset of four people in a list, so that each stands first, last, in between and alone.
  @Test(arguments: 0..<16) func `an element goes with one comma wherever it stands`(_ set: Int) {
    func text(_ nodes: [String]) -> String {
      Values.room(affiliations: nodes.map { Values.affiliation($0) }.joined(separator: ","))
    }
    let nodes = (0..<4).map { set >> $0 & 1 == 1 ? ["tybalt", "zoë"][$0 % 2] : "romeo" }
    let (rest, count) = scrubbed(text(nodes), .erlangTerms)
    #expect(rest == text(nodes.filter { $0 == "romeo" }))
    #expect(count == set.nonzeroBitCount)
  }

  /// Elements that are about Tybalt or Zoë.
  @Test(arguments: [
    #"{<<"tybalt">>,<<"verona.example">>,<<>>}"#,
    #"{<<"tybalt">>,<<"verona.example">>,<<"balcony">>}"#,
    #"{<<"tybalt">>,<<"verona.example">>}"#,
    #"{{<<"tybalt">>,<<"verona.example">>,<<>>},owner}"#,
    #"{{<<"tybalt">>,<<"verona.example">>,<<>>},{outcast,<<"He said: \">>\"">>}}"#,
    #"{"tybalt","verona.example",[]}"#, #"{[116,121,98,97,108,116],"verona.example",""}"#,
    #"{<<116,121,98,97,108,116>>,<<"verona.example">>,<<>>}"#,
    #"{<<122,111,195,171>>,<<"verona.example">>,<<>>}"#,
    #"{<<"zo\303\253">>,<<"verona.example">>,<<>>}"#,
    #"{<<"zo\x{c3}\xab">>,<<"verona.example">>,<<>>}"#,
    #"{<<"zo\x{eb}"/utf8>>,<<"verona.example">>,<<>>}"#,
    #"{<<"zoë"/utf8>>,<<"verona.example">>,<<>>}"#,
    #"{<<"zo",195,171>>,<<"verona.example">>,<<>>}"#,
    #"{{jid,<<"Tybalt">>,<<"verona.example">>,<<>>,<<"tybalt">>,<<"verona.example">>,<<>>},<<"t">>,[]}"#,
    #"<<"tybalt@verona.example">>"#, #"<<"TYBALT@Verona.Example/Balcony">>"#,
    #""tybalt@verona.example""#, #"{<<"tybalt@verona.example">>,[<<"a">>,<<"b">>]}"#,
    #"{{<<"tybalt">>,<<"verona.example">>,<<>>},[{<<"hat">>,<<"tybalt@verona.example">>}]}"#,
  ])
  func `an element about an erased person goes, however the person is written`(_ element: String) {
    for (text, rest) in [
      ("[\(element)]", "[]"), ("[a,\(element)]", "[a]"), ("[\(element),$ ]", "[$ ]"),
      ("[ 1.5e-3 , \(element) , 'a,b' ]", "[ 1.5e-3 , 'a,b' ]"),
      ("[\(element),\(element),[\(element)],\(element)]", "[[]]"),
      ("#{k => [\(element),-1]}", "#{k => [-1]}"),
      ("{x,[{<<\"y\">>,[16#ff,\(element)|tail]}]}", nil),
    ] as [(String, String?)] {
      #expect(scrubbed(text, .erlangTerms).text == rest, "\(text)")
    }
  }

  @Test func `an entry of a map goes by its key or its value`() {
    let person = Values.jid("tybalt")
    #expect(scrubbed("#{a => 1,\(person) => [],b => 2}", .erlangTerms).text == "#{a => 1,b => 2}")
    #expect(scrubbed("#{by => \(person),b => 2}", .erlangTerms).text == "#{b => 2}")
    #expect(scrubbed("#{by => \(person)}", .erlangTerms).text == "#{}")
  }

  /// A tuple keeps its number of fields: a text there becomes empty, as where there is none.
  @Test(arguments: [
    (#"[{subject_author,<<"tybalt@verona.example">>}]"#, "[{subject_author,<<>>}]"),
    (
      "[{subject_author,{<<\"t\">>,{jid,<<\"tybalt\">>,<<\"verona.example\">>,<<\"r\">>,"
        + "<<\"tybalt\">>,<<\"verona.example\">>,<<\"r\">>}}},a]",
      "[{subject_author,{<<>>,{jid,<<>>,<<>>,<<>>,<<>>,<<>>,<<>>}}},a]"
    ),
    (#"[{title,"tybalt@verona.example"}]"#, "[{title,[]}]"),
    (
      #"[{{<<"romeo">>,<<"verona.example">>,<<>>},{outcast,<<"zoë@verona.example">>}}]"#,
      #"[{{<<"romeo">>,<<"verona.example">>,<<>>},{outcast,<<>>}}]"#
    ),
  ])
  func `who is not erased keeps what an erased person's name stood in`(
    _ text: String, _ rest: String
  ) {
    #expect(scrubbed(text, .erlangTerms) == (rest, 1))
  }

  /// Where nothing can be cut, and no neutral value is known.
  @Test(arguments: [
    #"{<<"tybalt">>,<<"verona.example">>,<<>>}"#, #"<<"tybalt@verona.example">>"#,
    #"[{password,<<"tybalt@verona.example">>}]"#,
    #"[{founder,{<<"tybalt">>,<<"verona.example">>,<<>>}}]"#,
    #"[{captcha_whitelist,{1,{{<<"tybalt">>,<<"verona.example">>,<<>>},nil,nil}}}]"#,
    #"[{<<"tybalt">>,<<"verona.example">>,<<>>}|rest]"#,
    #"[a|{<<"tybalt">>,<<"verona.example">>,<<>>}]"#,
  ])
  func `a person who cannot be cut out is not passed over in silence`(_ text: String) {
    #expect(scrubbed(text, .erlangTerms).text == nil)
  }

  @Test(arguments: [
    "[]", "{}", "#{}", "[a|b]", "undefined", " [ ] ",
    "[{description,<<\"tybalt@verona.example!\">>}]",
    "[{a,<<\"see tybalt@verona.example\">>}]", #"[<<"tybalt">>,<<"verona.example">>]"#,
    #"[{<<"tybalt">>,<<"capulet.example">>,<<>>},{<<>>,<<"verona.example">>,<<>>}]"#,
    #"[{text,<<"tybalt">>,<<"verona.example">>},{<<"tybalt">>,<<"verona.example">>,[],x}]"#,
    "[<<1:3>>,<<\"x\":8>>,$\\n,$a,2#101,-7,'it\\'s',\"\\^A\\x{20ac}\"]",
  ])
  func `a value that mentions nobody erased stays as it is`(_ text: String) {
    let scrubber = MentionScrubber(isErased: SharedValues.isErased)
    #expect(scrubber.scrub(Array(text.utf8), syntax: .erlangTerms) == .unchanged)
  }

  @Test(arguments: [
    "", " ", "[", "[a", "[a,", "[a,]", "[,a]", "[a b]", "{a,}", "[]]", "[].", "<0.9.0>",
    "#Ref<0.1>",
    "<<\"a\">", "<<1,>>", "<<,>>", "\"a", "'a", "\"\\x{110000}\"", "\"\\x{d800}\"", "\"\\xg0\"",
    "\"\\", "1.", "1.e5", "-", "$", "37#0", "[a|]", "[|a]", "[a|b,c]", "#{a}", "#{a => }", "#rec{}",
    "A", "_", "[or]", "[%]\n]", "\"a\" \"b\"", "<<\"a\"/>>", "<<\"a\":>>", "<<\"a\"/binary>>",
    "<<1.5>>",
    "<<\"a\"/utf8x>>",
  ])
  func `what is no term is unreadable`(_ text: String) {
    #expect(scrubbed(text, .erlangTerms).text == nil)
  }
}
