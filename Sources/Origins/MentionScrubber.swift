/// Takes erased people out of shared values that mention them.
///
/// Nothing is written anew: the value is read, the places of the elements that are about an erased
/// person are cut from it, and every other byte stays as the server wrote it. Time is linear in the
/// value's length, and no input traps.
package struct MentionScrubber: Sendable {
  /// How a value mentions people.
  package enum Syntax: CaseIterable, Sendable {
    /// One Erlang term as text, as ejabberd keeps the options of a room.
    case erlangTerms
    /// A JSON text, as Prosody keeps a table in a row of type `json`.
    case json
    /// What Prosody writes to a `.dat` file: `return { ... };`, or the table alone.
    case luaData
    /// What Prosody writes to a `.list` file: `item({ ... });`, any number of them.
    case luaItems
  }

  /// What became of a value.
  package enum Outcome: Equatable, Sendable {
    /// Nobody erased is mentioned; the value stays as it is.
    case unchanged
    /// The value without the places that were about erased people, and how many these were.
    case scrubbed([UInt8], mentionCount: Int)
    /// It is not of this syntax, too long or too deep, or a mention cannot be cut out of it safely.
    case unreadable
  }

  /// The longest value that is read, in bytes: 32 MiB.
  package static let maximumByteCount = 32 << 20

  /// The most containers that may stand in one another; Prosody writes at most 127.
  static let maximumDepth = 128

  private let people: ErasedPeople

  /// Asks `isErased` about bare addresses in UTF-8, ASCII letters in lower case.
  package init(isErased: @escaping @Sendable ([UInt8]) -> Bool) {
    people = ErasedPeople(isErased: isErased)
  }

  /// Takes every erased person out of one value.
  ///
  /// An address counts where it is the whole of a text, with or without a resource; what free text
  /// says in passing stays.
  package func scrub(_ value: [UInt8], syntax: Syntax) -> Outcome {
    guard value.count <= Self.maximumByteCount else { return .unreadable }
    let excision: Excision? =
      switch syntax {
      case .erlangTerms: ErlangTermReader.read(value, people)
      case .json: JSONReader.read(value, people)
      case .luaData: LuaDataReader.read(value, people)
      case .luaItems: LuaDataReader.readItems(value, people)
      }
    guard let excision else { return .unreadable }
    guard !excision.isEmpty else { return .unchanged }
    return .scrubbed(excision.applied(to: value), mentionCount: excision.mentionCount)
  }

  /// The syntax of a column of ejabberd's whose shared rows may mention people.
  package static func syntax(table: String, column: String) -> Syntax? {
    switch (table, column) {
    case ("muc_room", "opts"), ("sr_group", "opts"), ("pubsub_node_option", "val"): .erlangTerms
    default: nil
    }
  }

  /// The syntax of `value` in a shared row of Prosody's table, by the row's store and type.
  ///
  /// The key says nothing of it: an address there makes the row that person's, not a mention.
  package static func syntax(prosodyStore store: String, type: String) -> Syntax? {
    type == "json" && !personalStores.contains(store) ? .json : nil
  }

  /// The syntax of a shared file below Prosody's data directory: rooms, nodes, lists of uploads.
  ///
  /// Whose a file is says ``TreeOwners``; what is somebody's own is not to be scrubbed.
  package static func syntax(prosodyPath path: [UInt8]) -> Syntax? {
    let components = path.split(separator: UInt8(ascii: "/"))
    guard 2...3 ~= components.count, let host = components.first, let file = components.last,
      let name = PercentName.decode(host), PercentName.encode(name).elementsEqual(host)
    else { return nil }
    let ending = file.drop { $0 != UInt8(ascii: ".") }
    if ending.elementsEqual(".dat".utf8) { return .luaData }
    return ending.elementsEqual(".list".utf8) ? .luaItems : nil
  }

  /// Stores of one person's own data, where others are mentioned by that person's will.
  private static let personalStores: Set = [
    "accounts", "account_details", "account_roles", "archive_prefs", "auth_tokens", "blocklist",
    "cloud_notify", "fast_tokens", "pep", "privacy", "private", "roles", "roster", "smacks_h",
    "vcard",
  ]
}
