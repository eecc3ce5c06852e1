import Foundation
import TestKit
import Testing

@Suite struct `A bad day ends with one line and the right status` {
  private func target(_ site: Site) -> String { site.directory.path + "/t" }

  private func passphrase(_ words: String, _ site: Site) throws -> String {
    let path = site.directory.path + "/words"
    try TextFile.write(words + "\n", to: path)
    return path
  }

  @Test func `a wrong passphrase, a wrong kit, mixed halves`() async throws {
    let (site, other) = (try Site(messages: 20), try Site(messages: 1))
    try await site.initialise(passphraseFile: try passphrase("right", site))
    try await site.backup()
    try await other.initialise()
    let wrong = try passphrase("wrong", site)
    let target = target(site)
    expect(
      12, saying: "passphrase", "try again",
      from: try await site.lethe(
        "restore", "--kit", site.kit, "--passphrase-file", wrong, "--target", target))
    expect(
      12, saying: "--passphrase-file",
      from: try await Tool.run(
        ["restore", "--config", site.configuration, "--kit", site.kit, "--target", target]))
    expect(
      12, saying: "belongs to", "which kit",
      from: try await site.lethe("restore", "--kit", other.kit, "--target", target))
    expect(
      12, saying: "cannot read", "nowhere",
      from: try await site.lethe("restore", "--kit", "/nowhere", "--target", target))
    let mixed = site.directory.path + "/mixed"
    try Site.makeDirectory(mixed)
    for (kit, half) in [(site.kit, "lethe-static.kit"), (other.kit, "lethe-epoch.kit")] {
      try FileManager.default.copyItem(atPath: "\(kit)/\(half)", toPath: "\(mixed)/\(half)")
    }
    let right = try passphrase("right", site)
    expect(
      12, saying: "different repositories", "side by side",
      from: try await site.lethe(
        "restore", "--kit", mixed, "--passphrase-file", right, "--target", target))
    #expect(!FileManager.default.fileExists(atPath: target))
    let outcome = try await site.lethe(
      "restore", "--kit", site.kit, "--passphrase-file", right, "--target", target)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func `a configuration that is not right`() async throws {
    let site = try Site(messages: 1)
    try await site.initialise()
    func outcome(_ more: String, origins: String? = nil) async throws -> Tool.Outcome {
      try site.writeConfiguration(origins: origins, more: more)
      return try await site.lethe("backup")
    }
    expect(64, saying: "colour", "not a key", from: try await outcome("colour: blue"))
    expect(64, saying: "retention", "14d", from: try await outcome("retention: fortnight"))
    expect(64, saying: "interval", from: try await outcome("interval: 4"))
    expect(64, saying: "not YAML", from: try await outcome("a: [b"))
    expect(
      64, saying: "profile", "missing",
      from: try await outcome("", origins: "  - { name: a, directory: /tmp }"))
    expect(
      64, saying: "accounts", "elsewhere",
      from: try await outcome(
        "", origins: "  - { name: a, directory: /tmp, profile: directory, accounts: elsewhere }"))
    let missing = try await Tool.run(["backup", "--config", "/nowhere/lethe.yaml"])
    expect(64, saying: "/nowhere/lethe.yaml", "--config", from: missing)
    let profile = "  - { name: a, database: /tmp/x, profile: nosuch }"
    expect(1, saying: "nosuch", "profile", from: try await outcome("", origins: profile))
  }

  @Test func `usage errors`() async throws {
    for arguments in [["backup", "--no-such-flag"], ["restore"], ["frobnicate"], ["init"]] {
      let outcome = try await Tool.run(arguments)
      #expect(outcome.status == 64, "\(arguments)")
      #expect(outcome.errors.contains("Usage"), "\(outcome.errors)")
      #expect(outcome.output == "")
    }
    #expect(try await Tool.run(["--help"]).status == 0)
    #expect(try await Tool.run(["--version"]).status == 0)
  }

  @Test func `a source that cannot be read`() async throws {
    let site = try Site(messages: 1)
    try await site.initialise()
    let path = site.directory.path + "/live/source.db"
    func outcome() async throws -> Tool.Outcome {
      try site.writeConfiguration(
        origins: "  - { name: a, database: \(path), "
          + "profile: \(Site.project)/Config/profiles/sqlite.yaml }")
      return try await site.lethe("backup")
    }
    expect(1, saying: path, "check the path", from: try await outcome())
    try LiveDatabase(path).execute("CREATE TABLE t(a)")
    expect(13, saying: path, "PRAGMA journal_mode=WAL", "once", from: try await outcome())
    try TextFile.write(String(repeating: "no database at all ", count: 300), to: path)
    expect(14, saying: path, "not an SQLite database", "encrypted", from: try await outcome())
    try TextFile.write("", to: path)
    expect(14, saying: path, "empty", from: try await outcome())
    let list = try await site.lethe("snapshots", "--json")
    #expect(list.output.trimmed == #"{"snapshots":[]}"#)
  }

  @Test func `things that are there already`() async throws {
    let site = try Site(messages: 20)
    try await site.initialise()
    try await site.backup()
    let other = site.directory.path + "/kit2"
    expect(
      13, saying: site.state, "already holds",
      from: try await site.lethe("init", "--kit", other, "--no-passphrase"))
    try site.writeConfiguration(state: site.state + "2")
    expect(
      13, saying: "there is a repository", "lethe adopt",
      from: try await site.lethe("init", "--kit", other, "--no-passphrase"))
    expect(
      13, saying: site.kit, "never overwritten",
      from: try await site.lethe("init", "--kit", site.kit, "--no-passphrase"))
    #expect(!FileManager.default.fileExists(atPath: other + "/lethe-static.kit"))
    try site.writeConfiguration()
    let target = target(site)
    try Site.makeDirectory(target + "/live")
    expect(
      13, saying: target, "not empty",
      from: try await site.lethe("restore", "--kit", site.kit, "--target", target))
    #expect(try FileManager.default.contentsOfDirectory(atPath: target) == ["live"])
    try await site.expectRestoreEqualsSource()
  }

  @Test func `a restore of what is not there`() async throws {
    let site = try Site(messages: 20)
    try await site.initialise()
    let target = target(site)
    expect(
      10, saying: "no snapshot yet",
      from: try await site.lethe("restore", "--kit", site.kit, "--target", target))
    try await site.backup()
    for (option, value, word) in [
      ("--snapshot", "ffffffff", "ffffffff"), ("--origin", "nosuch", "nosuch"),
      // An address is not repeated: it may be that of somebody who was forgotten.
      ("--account", "nobody@jix.im", "address 1 under --account"),
      ("--snapshot", "2001-01-01T00:00:00Z", "2001-01-01T00:00:00Z"),
    ] {
      expect(
        64, saying: word,
        from: try await site.lethe(
          "restore", "--kit", site.kit, "--target", target, option, value))
    }
    #expect(!FileManager.default.fileExists(atPath: target))
    expect(
      1, saying: "/nowhere/t", "target",
      from: try await site.lethe("restore", "--kit", site.kit, "--target", "/nowhere/t"))
  }

  @Test func `two runs at once`() async throws {
    let site = try Site(messages: 20)
    try await site.initialise()
    let descriptor = open(site.state + "/lock", O_RDWR | O_CLOEXEC)
    #expect(flock(descriptor, LOCK_EX) == 0)
    expect(11, saying: site.state, "another run", from: try await site.lethe("backup"))
    close(descriptor)
    try await site.backup()
  }

  @Test func `no state and no repository`() async throws {
    let site = try Site(messages: 1)
    expect(10, saying: site.state, "lethe init", from: try await site.lethe("backup"))
    try await site.initialise()
    try FileManager.default.moveItem(atPath: site.remote, toPath: site.remote + "-away")
    expect(10, saying: "no repository", "lethe init", from: try await site.lethe("backup"))
    try FileManager.default.moveItem(atPath: site.remote + "-away", toPath: site.remote)
    try await site.backup()
    try TextFile.write(
      "not a database, though long enough to be looked at", to: site.state + "/agent.sqlite")
    expect(14, saying: "agent.sqlite", "lethe adopt", from: try await site.lethe("backup"))
  }

  @Test func `output for machines and for nobody`() async throws {
    let site = try Site(messages: 20)
    try await site.initialise()
    try site.live().execute("CREATE TABLE odd(a)")
    let json = try await site.lethe("backup", "--json")
    #expect(json.status == 0)
    #expect(json.output.split(separator: "\n").count == 1)
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect(object?["state"] as? String == "complete")
    #expect((object?["warnings"] as? [String])?.count == 1)
    #expect(json.errorLines.allSatisfy { $0.hasPrefix("lethe: warning: ") })
    let quiet = try await site.lethe("backup", "--quiet")
    #expect(quiet.status == 0 && quiet.output == "" && quiet.errors == "")
    let target = target(site)
    let restore = try await site.lethe(
      "restore", "--quiet", "--kit", site.kit, "--target", target)
    #expect(restore.status == 0 && restore.output == "" && restore.errors == "")
    try FileManager.default.removeItem(atPath: site.uploads)
    let partial = try await site.lethe("backup", "--quiet")
    #expect(partial.status == 3 && partial.output == "")
    #expect(partial.errors.contains(site.uploads))
  }

  @Test(.enabled(if: geteuid() == 0, "only root can become somebody else"))
  func `a file that may not be read makes the run partial`() async throws {
    let site = try Site(messages: 20)
    try await site.initialise()
    let path = site.uploads + "/alice/a1/photo.jpg"
    #expect(chmod(site.directory.path, 0o755) == 0)
    _ = try ChildProcess.run(["chown", "-R", "65534:65534", site.directory.path])
    #expect(chmod(path, 0) == 0 && chown(path, 0, 0) == 0)
    let binary = site.directory.path + "/lethe"
    try FileManager.default.copyItem(atPath: Tool.path, toPath: binary)
    let status = try ChildProcess.run([
      "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", binary, "backup", "--config",
      site.configuration,
    ])
    #expect(status == 3)
  }
}
