import Origins
import TestKit
import Testing

@Suite struct `An erased person is in no table of Prosody's` {
  @Test(arguments: [
    (
      SharedValues.json[0], #"{"juliet@verona.example":{"reserved_nickname":"jul"}}"#, 2
    ),
    (SharedValues.json[1], SharedValues.json[1], 0),
    (
      SharedValues.json[2],
      #"{"affiliations":{"juliet@verona.example":"owner"},"subscribers":{},"name":"news","#
        + #""config":{"max_items":20}}"#, 2
    ),
    (SharedValues.json[3], #"{"__hash":[false,{"pending":{},"version":17}]}"#, 1),
    (#"["tybalt@verona.example"]"#, "[]", 1),
    (#"["a","tybalt@verona.example/x","b"]"#, #"["a","b"]"#, 1),
    (#"["a","Tybalt@verona.example"]"#, #"["a"]"#, 1),
    (#"{"by":"tybalt@verona.example"}"#, "{}", 1),
    (#"{"a":1,"zo\u00eb@verona.example":2}"#, #"{"a":1}"#, 1),
    (#"{ "zo\u00EB@verona.example" : [ 1 ] , "a" : 1 }"#, #"{ "a" : 1 }"#, 1),
    (#"{"__hash":[1,"tybalt@verona.example",2,"b"]}"#, #"{"__hash":[2,"b"]}"#, 1),
    (#"{"__hash":["tybalt@verona.example",1,2,"b",true,3]}"#, #"{"__hash":[2,"b",true,3]}"#, 1),
    (#"{"__hash":[1,"zoë@verona.example"]}"#, #"{"__hash":[]}"#, 1),
    (
      #"{"room@c/t":{"bare_jid":"tybalt@verona.example","role":"visitor"},"b":{"role":"none"}}"#,
      #"{"b":{"role":"none"}}"#, 1
    ),
    (#"[{"jid":"tybalt@verona.example","nick":"t"},{"jid":"b@c"}]"#, #"[{"jid":"b@c"}]"#, 1),
    (
      #"{"__array":[{"name":"item","attr":{"jid":"tybalt@verona.example/r"}},"text"],"name":"x"}"#,
      #"{"__array":["text"],"name":"x"}"#, 1
    ),
    (
      #"{"b@c":{"by":"tybalt@verona.example","reason":"tybalt@verona.example did"}}"#,
      #"{"b@c":{"reason":"tybalt@verona.example did"}}"#, 1
    ),
  ])
  func `an entry goes from JSON by its key or its value`(
    _ text: String, _ rest: String, _ count: Int
  ) {
    #expect(scrubbed(text, .json) == (rest, count))
  }

  @Test func `a room's file loses the erased and nothing else`() {
    let (text, count) = scrubbed(SharedValues.luaRoom, .luaData)
    #expect(count == 3)
    #expect(
      text == """
        return {
        \t["juliet@verona.example"] = "admin";
        \t["_data"] = {
        \t\t["name"] = "The balcony of tybalt@verona.example";
        \t\t["subject_time"] = 1795348388;
        \t\t["persistent"] = true;
        \t\t["language"] = "en";
        \t};
        \t["_jid"] = "balcony@rooms.example";
        \t["_affiliation_data"] = {
        \t\t
        \t};
        };

        """)
  }

  @Test(arguments: [
    (#"{["tybalt@verona.example"]="owner"}"#, "{}"), (#"{"tybalt@verona.example";}"#, "{}"),
    (#"{ "tybalt@verona.example"; }"#, "{  }"),
    (#"{"tybalt@verona.example","zoë@verona.example";"b"}"#, #"{"b"}"#),
    (#"{"b","tybalt@verona.example";}"#, #"{"b";}"#),
    (#"{a=1;by="tybalt@verona.example";b=2}"#, "{a=1;b=2}"),
    (#"{['zo\xc3\xab@verona.example']=(1/0),x=(-1/0),(0/0)}"#, "{x=(-1/0),(0/0)}"),
    (
      #"return {_affiliations={["tybalt@verona.example"]="owner"},jid="r@c"}"#,
      #"return {_affiliations={},jid="r@c"}"#
    ),
    (#"return{["r@c/t"]={bare_jid="tybalt@verona.example";role="none"};}"#, "return{}"),
    (#"{{name="item";attr={jid="zoë@verona.example"}};-1.5e3,0xff,nil}"#, "{-1.5e3,0xff,nil}"),
  ])
  func `an entry goes from Lua data by its key or its value`(_ text: String, _ rest: String) {
    #expect(scrubbed(text, .luaData).text == rest)
  }

  @Test(arguments: [
    "{}", "return {};", "return nil", "\"text\"", "{[1]=2;[true]=false,-.5}", "{_x={a={}}}",
    #"{["see tybalt@verona.example"]='\'\n\0\065\x41\\'}"#, "{truely=1,nil}",
  ])
  func `Lua data that mentions nobody erased stays as it is`(_ text: String) {
    let scrubber = MentionScrubber(isErased: SharedValues.isErased)
    #expect(scrubber.scrub(Array(text.utf8), syntax: .luaData) == .unchanged)
  }

  @Test(arguments: [
    "", "return", "returned{}", "{", "{a", "{a=}", "{=1}", "{[1]}", "{[1]=}", "{;}", "{1;;2}",
    "{1 2}",
    "{[{}]=1}", "{f()}", "{a..b}", "{[[x]]}", "{\"a\nb\"}", "{\"\\q\"}", "{\"\\256\"}",
    "{\"\\x4\"}",
    "{'a\"}", "--x\n{}", "{}{}", "{};;", "{nily}", "{1x}", "{0x}", "{1e}", "{1.2.3}", "{(1/2)}",
    "\"tybalt@verona.example\"", #"{jid="tybalt@verona.example"}"#,
  ])
  func `what is no Lua data, or about the erased as a whole, is unreadable`(_ text: String) {
    #expect(scrubbed(text, .luaData).text == nil)
  }

  @Test(arguments: [
    "", "{", "[", "{}{}", "[1,]", "[,1]", "{,}", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}",
    "[1 2]",
    "tru", "nul", "01", "1.", ".5", "+1", "1e", "inf", "\"", "\"\\q\"", "\"\\u12\"", "\"\\ud800\"",
    "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "{\"__hash\":[1]}", "{\"__hash\":[1,2,3]}",
    "\"tybalt@verona.example\"", #"{"bare_jid":"tybalt@verona.example"}"#,
    #"{"__hash":[{"jid":"tybalt@verona.example"},1]}"#,
  ])
  func `what is no JSON, or about the erased as a whole, is unreadable`(_ text: String) {
    #expect(scrubbed(text, .json).text == nil)
  }

  @Test func `columns and rows that mention people are known`() {
    #expect(MentionScrubber.syntax(table: "muc_room", column: "opts") == .erlangTerms)
    #expect(MentionScrubber.syntax(table: "muc_room", column: "name") == nil)
    #expect(MentionScrubber.syntax(table: "prosody", column: "value") == nil)
    #expect(MentionScrubber.syntax(prosodyStore: "config", type: "json") == .json)
    #expect(MentionScrubber.syntax(prosodyStore: "pubsub_nodes", type: "json") == .json)
    #expect(MentionScrubber.syntax(prosodyStore: "config", type: "string") == nil)
    #expect(MentionScrubber.syntax(prosodyStore: "roster", type: "json") == nil)
  }
}
