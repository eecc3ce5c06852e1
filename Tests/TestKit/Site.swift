import Foundation
import Storing

/// A small XMPP server to back up: an ejabberd database of the old schema and its uploads, beside the
/// directories that Lethe needs.
package final class Site: Sendable {
  /// Holds everything below.
  package let directory: TemporaryDirectory
  package var database: String { directory.path + "/live/ejabberd.db" }
  package var uploads: String { directory.path + "/upload" }
  package var state: String { directory.path + "/state" }
  package var kit: String { directory.path + "/kit" }
  package var remote: String { directory.path + "/remote" }
  package var configuration: String { directory.path + "/lethe.yaml" }

  /// The accounts at first.
  package static let people = ["alice", "bob", "carol", "dave", "erin", "frank"]
  /// The tables that come back empty.
  package static let ephemeral: Set<String> = [
    "caps_features", "muc_online_room", "muc_online_users", "sm", "route", "bosh", "proxy65",
  ]
  /// The root of the project's sources.
  package static let project = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// Makes the server with so many archived messages, and a configuration for a local repository.
  package init(messages: Int = 700, seed: UInt64 = 1) throws {
    directory = try TemporaryDirectory("lethe-site")
    for path in [directory.path + "/live", uploads] { try Self.makeDirectory(path) }
    let live = try LiveDatabase(database)
    try live.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF")
    try live.execute(try Self.fixture("ejabberd-old"))
    var random = SeededRandom(seed: seed)
    try Self.populate(live, messages, &random)
    for person in Self.people {
      try writeUpload("\(person)/a1/photo.jpg", random.bytes(90_000))
      try writeUpload("\(person)/b2/note.txt", Array("a note of \(person)\n".utf8))
    }
    try writeConfiguration()
  }

  /// The SQL of a fixture.
  package static func fixture(_ name: String) throws -> String {
    try String(contentsOfFile: "\(project)/Tests/Fixtures/\(name).sql", encoding: .utf8)
  }

  /// Makes a directory and those above it.
  package static func makeDirectory(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Writes a file below the uploads, with a time in the past.
  package func writeUpload(_ path: String, _ bytes: [UInt8]) throws {
    let file = uploads + "/" + path
    try Self.makeDirectory(URL(fileURLWithPath: file).deletingLastPathComponent().path)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
  }

  /// A connection of the server.
  package func live() throws -> LiveDatabase { try LiveDatabase(database) }

  /// What a snapshot of now must give back.
  package func databaseImage() throws -> DatabaseImage {
    try DatabaseImage(database, emptying: Self.ephemeral)
  }

  /// The tree as it is now.
  package func uploadImage() throws -> TreeImage { try TreeImage(uploads) }
}

extension Site {
  /// The origins as the configuration usually has them.
  package var usualOrigins: String {
    """
      - name: xmpp
        database: \(database)
        profile: \(Self.project)/Config/profiles/ejabberd.yaml
        host: jix.im
      - name: uploads
        directory: \(uploads)
        profile: \(Self.project)/Config/profiles/ejabberd-uploads.yaml
        accounts: xmpp
    """
  }

  /// Writes the configuration; without arguments for a repository in ``remote``.
  package func writeConfiguration(
    repository: String? = nil, origins: String? = nil, state: String? = nil, more: String = ""
  ) throws {
    try TextFile.write(
      """
      repository: { \(repository ?? "url: file://\(remote)") }
      state: \(state ?? self.state)
      origins:
      \(origins ?? usualOrigins)
      \(more)
      """, to: configuration)
  }

  /// The words of a configuration for a repository on a test's own SFTP server.
  package static func repository(on server: LoopbackSSHD, port: UInt16? = nil) -> String {
    let address = server.address(port: port)
    return "url: 'sftp://\(address.user)@127.0.0.1:\(address.port)\(server.root)', "
      + "identity: \(server.identityPath), host-key: '\(server.hostKeyLine.trimmed)'"
  }
}

extension String {
  package var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
