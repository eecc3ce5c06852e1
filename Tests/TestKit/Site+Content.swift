extension Site {
  private static let words = [
    "meeting", "tomorrow", "the", "river", "of", "forgetting", "bread", "and", "tea", "see",
    "you", "at", "noon", "photo", "attached", "yes", "no", "perhaps",
  ]

  static func sentence(_ count: Int, _ random: inout SeededRandom) -> String {
    (0..<count).map { _ in words[Int(random.next() % UInt64(words.count))] }
      .joined(separator: " ")
  }

  static func populate(
    _ live: LiveDatabase, _ messages: Int, _ random: inout SeededRandom
  ) throws {
    try live.execute("BEGIN")
    for person in people { try addAccount(person, in: live, &random) }
    try addMessages(messages, in: live, &random)
    try live.execute(
      """
      INSERT INTO pubsub_node(host, node, plugin) VALUES('alice@jix.im', 'urn:x:bm', 'pep');
      INSERT INTO pubsub_node(host, node, plugin) VALUES('pubsub.jix.im', 'news', 'flat');
      INSERT INTO pubsub_item SELECT nodeid, 'i1', 'alice@jix.im/x', '1', '2', '<e/>'
        FROM pubsub_node;
      INSERT INTO pubsub_state(nodeid, jid) SELECT nodeid, 'bob@jix.im' FROM pubsub_node;
      INSERT INTO muc_room(name, host, opts) VALUES('lobby', 'muc.jix.im', '[{title,<<"x">>}]');
      INSERT INTO motd(username, xml) VALUES('', '<message/>'), ('bob', '');
      INSERT INTO oauth_token VALUES('t1', 'carol@jix.im', 'sasl_auth', 99999);
      INSERT INTO sm VALUES(1, 'p', 'n', 'alice', 'phone', '0', '');
      INSERT INTO caps_features(node, subnode, feature) VALUES('n', 's', 'f');
      COMMIT
      """)
  }

  /// Registers somebody, with a roster, a card and an offline message.
  package static func addAccount(
    _ name: String, in live: LiveDatabase, _ random: inout SeededRandom
  ) throws {
    try live.execute(
      """
      INSERT INTO users(username, password, created_at)
        VALUES('\(name)', 'p-\(name)', '2024-01-02 03:04:05');
      INSERT INTO last VALUES('\(name)', '17000000', '');
      INSERT INTO vcard(username, vcard)
        VALUES('\(name)', '<vCard>\(sentence(20, &random))</vCard>');
      INSERT INTO spool(username, xml) VALUES('\(name)', '<m>\(sentence(9, &random))</m>');
      INSERT INTO roster_version VALUES('\(name)', '\(random.next())');
      INSERT INTO private_storage(username, namespace, data)
        VALUES('\(name)', 'storage:bookmarks', x'00ff');
      """)
    for peer in people where peer != name {
      try live.execute(
        """
        INSERT INTO rosterusers(username, jid, nick, subscription, ask, askmessage, server,
          subscribe) VALUES('\(name)', '\(peer)@jix.im', '', 'B', 'N', '', 'N', '')
        """)
    }
  }

  /// Archives messages between the accounts there were at first.
  package static func addMessages(
    _ count: Int, in live: LiveDatabase, _ random: inout SeededRandom
  ) throws {
    for _ in 0..<count {
      let person = people[Int(random.next() % UInt64(people.count))]
      let text = sentence(Int(random.next() % 24) + 3, &random)
      try live.execute(
        """
        INSERT INTO archive(username, timestamp, peer, bare_peer, xml, txt, kind, nick) VALUES(
          '\(person)', \(random.next() >> 12), 'peer@example.org/r', 'peer@example.org',
          '<message id="\(random.next())"><body>\(text)</body></message>', '\(text)', 'chat', '')
        """)
    }
  }

  /// Four hours of an ordinary day: messages, an upload, a rename, a deletion, an update.
  package func change(_ round: Int, messages: Int = 40) throws {
    var random = SeededRandom(seed: UInt64(1000 + round))
    let live = try live()
    try live.execute("BEGIN")
    try Self.addMessages(messages, in: live, &random)
    try live.execute(
      """
      UPDATE last SET seconds = seconds + 1; UPDATE roster_version SET version = 'v\(round)'
        WHERE username = 'bob';
      DELETE FROM spool WHERE username = 'carol';
      DELETE FROM archive WHERE id = \(round * 7 + 3);
      UPDATE vcard SET vcard = vcard || 'x' WHERE username = 'alice';
      COMMIT
      """)
    try writeUpload("dave/r\(round)/clip.mp4", random.bytes(120_000))
    try writeUpload("erin/b2/note.txt", Array("changed in round \(round)\n".utf8))
  }

  /// Deletes an account as the server does, with its files; the archive's rows stay as remains.
  package func deleteAccount(_ name: String) throws {
    try live().execute(
      ["users", "last", "vcard", "spool", "roster_version", "private_storage", "rosterusers"]
        .map { "DELETE FROM \($0) WHERE username = '\(name)'" }.joined(separator: ";"))
  }
}

extension Site {
  /// The tables whose rows belong to somebody.
  package static let tablesWithAddresses = [
    "users", "last", "rosterusers", "spool", "archive", "vcard", "private_storage",
    "roster_version", "pubsub_node", "pubsub_item", "pubsub_state", "motd", "oauth_token",
  ]
}
