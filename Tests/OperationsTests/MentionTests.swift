import Operations
import Storing
import TestKit
import Testing

@Suite struct `Shared data names no erased person` {
  private static let affiliations =
    "[{title,<<\"x\">>},{affiliations,[{{<<\"frank\">>,<<\"jix.im\">>,<<>>},owner},"
    + "{{<<\"alice\">>,<<\"jix.im\">>,<<>>},{member,<<>>}}]}]"
  private static let withoutFrank =
    "[{title,<<\"x\">>},{affiliations,[{{<<\"alice\">>,<<\"jix.im\">>,<<>>},{member,<<>>}}]}]"

  private func journey() async throws -> Journey {
    let journey = Journey(site: try Site(messages: 20), store: MemoryStore())
    try journey.site.live().execute(
      """
      UPDATE muc_room SET opts = '\(Self.affiliations)';
      INSERT INTO muc_room(name, host, opts) VALUES('odd', 'muc.jix.im', 'not a term');
      """)
    try await journey.initialise()
    try await journey.backup()
    return journey
  }

  private func rooms(_ target: String) throws -> [String] {
    try LiveDatabase(target + "/xmpp/ejabberd.db").rows("SELECT opts FROM muc_room ORDER BY name")
      .map { $0[0] }
  }

  @Test func `a room of a snapshot loses the affiliation of who was erased later`() async throws {
    let journey = try await journey()
    let directory = try TemporaryDirectory("lethe-target")
    let before = try await journey.restore(directory.path + "/before")
    #expect(try rooms(directory.path + "/before") == [Self.affiliations, "not a term"])
    #expect(before.excluded.mentions == 0)

    _ = try await Erasing(
      try journey.configuration, store: journey.store, now: Timestamp.now()
    ).erase(["frank@jix.im"], atOnce: false, isRehearsal: false)
    let after = try await journey.restore(directory.path + "/after")
    #expect(after.verified)
    #expect(try rooms(directory.path + "/after") == [Self.withoutFrank, "not a term"])
    #expect(after.excluded.mentions == 1 && after.excluded.accounts == 1)
    // What cannot be read is not silently kept.
    #expect(after.next_steps.contains { $0.contains("1 rows of muc_room") })
    #expect(!after.next_steps.joined().contains("frank"))
  }

  @Test func `who has the address now keeps their place in the room`() async throws {
    let journey = try await journey()
    try journey.site.live().execute(
      "UPDATE users SET created_at = '2025-01-01 00:00:00' WHERE username = 'frank'")
    let second = try await journey.backup()
    #expect(second.accounts.erased == 1 && second.accounts.new == 1)
    let directory = try TemporaryDirectory("lethe-target")
    try await journey.restore(directory.path + "/new")
    #expect(try rooms(directory.path + "/new")[0] == Self.affiliations)
    let oldest = try #require(try await journey.snapshots().snapshots.first)
    try await journey.restore(directory.path + "/old", snapshot: oldest.id)
    #expect(try rooms(directory.path + "/old")[0] == Self.withoutFrank)
  }
}
