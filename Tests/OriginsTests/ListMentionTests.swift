import Origins
import TestKit
import Testing

@Suite struct `An erased person is in no shared list of Prosody's` {
  private let scrubber = MentionScrubber(isErased: SharedValues.isErased)

  private func scrubbed(_ text: String) -> (text: String?, count: Int) {
    switch scrubber.scrub(Array(text.utf8), syntax: .luaItems) {
    case .unchanged: (text, 0)
    case .scrubbed(let rest, let count): (String(decoding: rest, as: UTF8.self), count)
    case .unreadable: (nil, 0)
    }
  }

  @Test func `an upload goes as a whole, with its name`() {
    let (text, count) = scrubbed(SharedValues.luaItems)
    #expect(text == SharedValues.upload("a_1-", of: "juliet@verona.example"))
    #expect(count == 3)
  }

  @Test(arguments: [
    ("", "", 0), ("\n", "\n", 0), ("item({});\n", "item({});\n", 0),
    ("item({[\"with\"]=\"tybalt@verona.example\"})", "", 1),
    // A room's archive is with nobody: the line above the item says what it is.
    (
      "item({\n\t[\"with\"] = \"message<groupchat\";\n\t[\"by\"] = \"tybalt@verona.example\";\n"
        + "});\n",
      "item({\n\t[\"with\"] = \"message<groupchat\";\n});\n", 1
    ),
    ("item({[\"a\"]={[\"with\"]=\"tybalt@verona.example\"}});\n", "item({[\"a\"]={}});\n", 1),
    // What the server was still writing.
    ("item({});\nitem({\n\t[\"wi", "item({});\n", 1), ("item({});\nite", "item({});\n", 1),
  ])
  func `items are cut, and nothing else`(_ text: String, _ rest: String, _ count: Int) {
    #expect(scrubbed(text) == (rest, count))
  }

  @Test(arguments: [
    "return {};", "item(1", "x", "item({});x", "item({}) or os.exit();", "item(os.exit());",
  ])
  func `what is no list is not touched`(_ text: String) {
    #expect(scrubbed(text).text == nil, "\(text)")
  }

  @Test func `cut anywhere, it mentions nobody erased`() {
    let value = Array(SharedValues.luaItems.utf8)
    for count in 0...value.count {
      switch scrubber.scrub(Array(value.prefix(count)), syntax: .luaItems) {
      case .unreadable: Issue.record("cut after \(count) bytes it is unreadable")
      case .unchanged: break
      case .scrubbed(let rest, _):
        let text = String(decoding: rest, as: UTF8.self)
        #expect(!text.contains("tybalt") && !text.contains("\\195\\171"), "cut after \(count)")
      }
    }
  }

  @Test(arguments: [
    (
      "upload%2eexample%2etest/uploads.list",
      MentionScrubber.Syntax.luaItems as MentionScrubber.Syntax?
    ),
    ("conference%2eexample%2etest/config/lounge.dat", .luaData),
    ("conference%2eexample%2etest/persistent.dat", .luaData),
    ("conference%2eexample%2etest/muc_log/lounge.list", .luaItems),
    ("localhost/config/lounge.dat", .luaData),
    ("upload%2eexample%2etest/http_file_share/a.bin", nil),
    ("conference.example.test/config/lounge.dat", nil), ("notes.dat", nil),
    ("a/b/c/d.dat", nil), ("conference%2eexample%2etest/config/lounge.dat~", nil), ("", nil),
  ])
  func `the path tells the syntax`(_ path: String, _ syntax: MentionScrubber.Syntax?) {
    #expect(MentionScrubber.syntax(prosodyPath: Array(path.utf8)) == syntax)
  }
}
