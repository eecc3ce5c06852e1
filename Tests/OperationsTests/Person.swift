import Foundation
import Operations
@testable import Origins
import TestKit
import Testing

/// Somebody on the site's server who left a canary in every kind of data that the server keeps.
struct Person: Sendable {
  let name: String
  /// When the server registered them, by which it tells them from others of the name.
  var registered = "2025-03-04 05:06:07"

  var address: String { name + "@jix.im" }
  /// In no other person's data.
  var canary: String { "canary-\(name)-\(mark)" + registered.filter(\.isNumber) }
  /// Tells two people from one another who registered a name in the same second.
  var mark = ""

  /// Where the uploads of an address lie, below the root of all.
  var directories: [String] { [name, String(decoding: hashed, as: UTF8.self)] }
  private var hashed: [UInt8] { SHA1.hexadecimal(Array(address.utf8)) }

  /// How the rows of each table say whose they are.
  private static let columns: [(table: String, column: String, isAddress: Bool)] = [
    ("users", "username", false), ("last", "username", false), ("rosterusers", "username", false),
    ("rostergroups", "username", false), ("roster_version", "username", false),
    ("spool", "username", false), ("archive", "username", false),
    ("archive_prefs", "username", false), ("vcard", "username", false),
    ("vcard_search", "lusername", false), ("privacy_default_list", "username", false),
    ("privacy_list", "username", false), ("private_storage", "username", false),
    ("push_session", "username", false), ("motd", "username", false),
    ("mqtt_pub", "username", false), ("mix_pam", "username", false),
    ("mix_participant", "username", false), ("mix_subscription", "username", false),
    ("sr_user", "jid", true), ("muc_registered", "jid", true),
    ("muc_room_subscribers", "jid", true), ("oauth_token", "jid", true),
    ("pubsub_node", "host", true),
  ]

  /// Tables whose rows are those of a row above them.
  private static let children = [
    ("privacy_list_data", "id", "privacy_list", "username"),
    ("pubsub_node_option", "nodeid", "pubsub_node", "host"),
    ("pubsub_node_owner", "nodeid", "pubsub_node", "host"),
    ("pubsub_state", "nodeid", "pubsub_node", "host"),
    ("pubsub_item", "nodeid", "pubsub_node", "host"),
  ]

  /// Puts a row with the canary in every column into every table, and files where uploads lie.
  func register(on site: Site) throws {
    let live = try site.live()
    try live.execute("BEGIN")
    for (table, column, isAddress) in Self.columns {
      try insert(into: table, [column: "'\(isAddress ? address : name)'"], live)
    }
    for (table, key, parent, column) in Self.children {
      let owner = "'\(column == "host" ? address : name)'"
      try insert(
        into: table, [key: "(SELECT \(key) FROM \(parent) WHERE \(column) = \(owner))"], live)
    }
    let service = "(SELECT nodeid FROM pubsub_node WHERE host = 'pubsub.jix.im')"
    try insert(
      into: "pubsub_item", ["nodeid": service, "publisher": "'\(address)/r'"], live)
    try insert(into: "pubsub_state", ["nodeid": service, "jid": "'\(address)'"], live)
    try live.execute("COMMIT")
    for directory in directories {
      let path = "\(directory)/d1/\(canary).txt"
      try site.writeUpload(path, Array(canary.utf8))
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: TimeInterval(try registeredSeconds))],
        ofItemAtPath: "\(site.uploads)/\(path)")
    }
  }

  /// Seconds since 1970.
  private var registeredSeconds: Int64 {
    get throws {
      let text = registered.replacingOccurrences(of: " ", with: "T") + "Z"
      guard let time = Timestamp.parse(text) else { throw TestKitError("\(text) is no time") }
      return time / 1000
    }
  }

  private func insert(
    into table: String, _ given: [String: String], _ live: LiveDatabase
  ) throws {
    var values = given
    if ["mix_participant", "mix_subscription"].contains(table) { values["domain"] = "'jix.im'" }
    // No row may be older than its owner.
    if table == "last" { values["seconds"] = "'4000000000'" }
    for column in try live.rows("SELECT name, type, pk FROM pragma_table_info('\(table)')") {
      let isKey = column[1] == "INTEGER" && column[2] == "1"
      guard values[column[0]] == nil, !isKey else { continue }
      let isNumber = ["int", "bool", "num"].contains { column[1].lowercased().contains($0) }
      values[column[0]] =
        column[0] == "created_at" ? "'\(registered)'" : isNumber ? "7" : "'\(canary)'"
    }
    let names = values.keys.sorted()
    try live.execute(
      "INSERT INTO \(table)(\(names.joined(separator: ","))) "
        + "VALUES(\(names.compactMap { values[$0] }.joined(separator: ",")))")
  }

  /// Deletes every row of theirs, as a server does that leaves nothing behind.
  func delete(from live: LiveDatabase) throws {
    try live.execute("BEGIN")
    for (table, key, parent, column) in Self.children {
      let owner = "'\(column == "host" ? address : name)'"
      try live.execute(
        "DELETE FROM \(table) WHERE \(key) IN (SELECT \(key) FROM \(parent) WHERE \(column) = \(owner))"
      )
    }
    try live.execute(
      """
      DELETE FROM pubsub_item WHERE publisher LIKE '\(address)/%';
      DELETE FROM pubsub_state WHERE jid = '\(address)';
      """)
    for (table, column, isAddress) in Self.columns {
      try live.execute(
        "DELETE FROM \(table) WHERE \(column) = '\(isAddress ? address : name)'")
    }
    try live.execute("COMMIT")
  }

  /// Deletes the account, its rows and its files.
  func delete(from site: Site) throws {
    try delete(from: try site.live())
    for directory in directories {
      try? FileManager.default.removeItem(atPath: site.uploads + "/" + directory)
    }
  }

  /// Tables without the canary among those that the profile gives owners to.
  func tablesWithoutCanary(in live: LiveDatabase) throws -> [String] {
    guard
      case .database(let schemas) = try Profile.load(
        Site.project + "/Config/profiles/ejabberd.yaml", from: []
      ).kind, let schema = schemas.first(where: { $0.name == "old" })
    else { throw TestKitError("the profile has no old schema") }
    return try schema.rules.compactMap { table, rule in
      guard case .owner = rule else { return nil }
      let columns = try live.rows("SELECT name FROM pragma_table_info('\(table)')")
        .map { "instr(\"\($0[0])\", '\(canary)') > 0" }.joined(separator: " OR ")
      return try live.number("SELECT count(*) FROM \(table) WHERE \(columns)") > 0 ? nil : table
    }
  }
}

/// Finds bytes in files and in their names.
enum Haystack {
  /// The paths below a directory whose name or content holds the words.
  static func paths(below directory: String, holding words: String) throws -> [String] {
    try paths(below: directory, holding: Data(words.utf8))
  }

  static func paths(below directory: String, holding needle: Data) throws -> [String] {
    guard let walk = FileManager.default.enumerator(atPath: directory) else {
      throw TestKitError("cannot walk \(directory)")
    }
    var found: [String] = []
    for case let path as String in walk {
      let content = FileManager.default.contents(atPath: directory + "/" + path) ?? Data()
      if Data(path.utf8).range(of: needle) != nil || content.range(of: needle) != nil {
        found.append(path)
      }
    }
    return found
  }
}
