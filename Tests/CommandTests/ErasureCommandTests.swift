import Foundation
import TestKit
import Testing

@Suite struct `A wrong word about erasures changes nothing` {
  /// Bytes of the log and of what the state knows of erasures and accounts.
  private struct Standing: Equatable {
    let log: [String: Data]
    let state: [[String]]

    init(_ site: Site) throws {
      var log: [String: Data] = [:]
      for directory in ["log", "keyring"] {
        for name in try FileManager.default.contentsOfDirectory(
          atPath: "\(site.remote)/\(directory)")
        {
          log["\(directory)/\(name)"] = FileManager.default.contents(
            atPath: "\(site.remote)/\(directory)/\(name)")
        }
      }
      self.log = log
      let database = try LiveDatabase(site.state + "/agent.sqlite")
      state =
        try database.rows("SELECT number, hex(secret), absentSince FROM account")
        + database.rows("SELECT account, cause, due, destroyed, isConfirmed FROM erasure")
        + database.rows("SELECT key, hex(value) FROM meta ORDER BY key")
    }
  }

  /// A site whose zwieback is erased and whose pumpernickel is destroyed.
  private func site() async throws -> Site {
    let site = try Site(messages: 5)
    var random = SeededRandom(seed: 7)
    let live = try site.live()
    for name in ["zwieback", "pumpernickel"] { try Site.addAccount(name, in: live, &random) }
    try site.prepareInbox()
    try await site.initialise()
    try await site.backup()
    for arguments in [["zwieback@jix.im"], ["pumpernickel@jix.im", "--now"]] {
      let outcome = try await Tool.run(["erase", "--config", site.configuration] + arguments)
      try #require(outcome.status == 0, "\(outcome.errors)")
    }
    return site
  }

  private func refuse(
    _ site: Site, _ status: Int32, saying word: String, _ arguments: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let before = try Standing(site)
    let outcome = try await Tool.run(arguments + ["--config", site.configuration])
    expect(status, saying: word, from: outcome, sourceLocation: sourceLocation)
    for address in arguments.flatMap({ $0.split(separator: "@") }) where address.count > 6 {
      guard !["erasures", "readmit", "confirm"].contains(address) else { continue }
      #expect(
        !outcome.errors.contains(address), "\(outcome.errors)", sourceLocation: sourceLocation)
    }
    #expect(try Standing(site) == before, "\(arguments)", sourceLocation: sourceLocation)
  }

  @Test func `erase of whom it cannot be about`() async throws {
    let site = try await site()
    try await refuse(site, 64, saying: "no account that Lethe knows", "erase", "stranger@jix.im")
    try await refuse(site, 64, saying: "on no host", "erase", "alice@elsewhere.example")
    for word in [
      "nobodyhere", "@jix.im", "nobodyhere@", "nobodyhere@jix.im/phone", "nobody here@jix.im",
      "nobodyhere@@jix.im", "nobody\u{7}here@jix.im", String(repeating: "longname", count: 500),
    ] {
      try await refuse(site, 64, saying: "not a bare address", "erase", word)
    }
    try await refuse(site, 13, saying: "erased already", "erase", "zwieback@jix.im")
    try await refuse(site, 13, saying: "erased already", "erase", "pumpernickel@jix.im")
    try await refuse(
      site, 13, saying: "erased already", "erase", "pumpernickel@jix.im", "--now")
    try await refuse(
      site, 64, saying: "address 2", "erase", "alice@jix.im", "stranger@jix.im")
    let usage = try await site.lethe("erase")
    #expect(usage.status == 64 && usage.output == "")
  }

  @Test func `cancel, readmit and confirm of what is not there`() async throws {
    let site = try await site()
    try await refuse(
      site, 13, saying: "keys were destroyed", "erasures", "cancel", "pumpernickel@jix.im")
    try await refuse(site, 64, saying: "is not erased", "erasures", "cancel", "alice@jix.im")
    try await refuse(site, 64, saying: "is not erased", "erasures", "cancel", "stranger@jix.im")
    try await refuse(site, 64, saying: "bare address", "erasures", "cancel", "strangers")
    try await refuse(
      site, 64, saying: "no destroyed erasure", "erasures", "readmit", "zwieback@jix.im")
    try await refuse(site, 64, saying: "nothing to confirm", "erasures", "confirm")
    try await refuse(site, 64, saying: "nothing to confirm", "erasures", "confirm", "--dry-run")
  }

  @Test func `a rehearsal changes nothing`() async throws {
    let site = try await site()
    let before = try Standing(site)
    for more in [[], ["--now"]] {
      let outcome = try await Tool.run(
        ["erase", "alice@jix.im", "--dry-run", "--config", site.configuration] + more)
      #expect(outcome.status == 0 && outcome.output.contains("would exclude 1 "))
    }
    #expect(try Standing(site) == before)
  }

  @Test func `who is held is destroyed at once when that is asked for`() async throws {
    let site = try await site()
    let outcome = try await site.lethe("erase", "zwieback@jix.im", "--now", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("\"destroyed\":\"2"))
    try await refuse(
      site, 13, saying: "keys were destroyed", "erasures", "cancel", "zwieback@jix.im")
  }

  @Test(.enabled(if: geteuid() == 0, "only root can become somebody else"))
  func `an inbox that cannot be written is said, and its events count once`() async throws {
    let site = try await site()
    let event = site.directory.path + "/inbox/5f1c"
    try site.live().execute("DELETE FROM users WHERE username = 'bob'")
    try TextFile.write("deleted bob@jix.im \(time(nil))\n", to: event, mode: 0o644)
    #expect(chmod(site.directory.path, 0o755) == 0)
    let owned = try FileManager.default.contentsOfDirectory(atPath: site.directory.path)
      .filter { $0 != "inbox" }.map { site.directory.path + "/" + $0 }
    _ = try ChildProcess.run(["chown", "-R", "65534:65534"] + owned)
    _ = try ChildProcess.run(["chown", "65534:65534", site.directory.path])
    #expect(chmod(site.directory.path + "/inbox", 0o755) == 0)
    let binary = site.directory.path + "/lethe"
    try FileManager.default.copyItem(atPath: Tool.path, toPath: binary)
    for round in 1...2 {
      let (output, errors) = ("\(site.state)/out", "\(site.state)/err")
      let command =
        "'\(binary)' backup --json --config '\(site.configuration)' >\(output) 2>\(errors)"
      let status = try ChildProcess.run([
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", command,
      ])
      #expect(status == 0)
      let report = try TextFile.read(output)
      #expect(report.contains("\"erased\":\(round == 1 ? 1 : 0)"), "\(report)")
      #expect(report.contains("cannot be removed from the inbox"), "\(report)")
      let warnings = try TextFile.read(errors)
      #expect(!report.contains("bob") && !warnings.contains("bob"))
    }
    #expect(FileManager.default.fileExists(atPath: event))
    let list = try await site.lethe("erasures", "--json")
    #expect(list.output.components(separatedBy: "\"cause\":\"event\"").count == 2)
  }
}

@Suite struct `No word of any command names whom it forgot` {
  @Test func `output, errors, JSON and the state`() async throws {
    let site = try Site(messages: 5)
    var random = SeededRandom(seed: 8)
    let (name, live) = ("zwieback", try site.live())
    try Site.addAccount(name, in: live, &random)
    try site.writeUpload("\(name)/a1/\(name).txt", Array(name.utf8))
    try site.prepareInbox()
    try await site.initialise()
    try await site.backup()
    var said: [(String, Tool.Outcome)] = []
    func say(_ arguments: String..., json: Bool = true) async throws {
      for more in json ? [[], ["--json"]] : [[]] {
        let outcome = try await Tool.run(arguments + more + ["--config", site.configuration])
        said.append((arguments.joined(separator: " "), outcome))
      }
    }
    let address = name + "@jix.im"
    try await say("erase", address, json: false)
    try await say("erase", address)
    try await say("backup", "--verbose")
    try await say("restore", "--kit", site.kit, "--target", site.directory.path + "/t0")
    try await say(
      "restore", "--kit", site.kit, "--target", site.directory.path + "/t1", "--account", address)
    try await say("restore", "--kit", site.kit, "--dry-run", "--target", "/tmp/none")
    try await say("erasures", "cancel", address, json: false)
    try site.deleteAccount(name)
    try await say("backup")
    try await say("erasures")
    try await say("snapshots")
    try await say("erase", address, "--now", json: false)
    try await say("erase", address, "--now")
    try await say("erasures", "cancel", address)
    try await say("kit", "advance", "--kit", site.kit)
    try await say("erasures", "readmit", address)
    try await say("backup")
    try await say("restore", "--kit", site.kit, "--target", site.directory.path + "/t2")
    for (command, outcome) in said {
      for text in [outcome.output, outcome.errors] {
        #expect(!text.contains(name), "\(command): \(text)")
      }
    }
    let failures = said.filter { $0.1.status != 0 }.map { "\($0.0): \($0.1.errors)" }
    #expect(failures.count >= 5, "the refusals are among them: \(failures)")
    for place in [site.state, site.remote] {
      let walk = FileManager.default.enumerator(atPath: place)
      while let path = walk?.nextObject() as? String {
        let bytes = FileManager.default.contents(atPath: "\(place)/\(path)") ?? Data()
        #expect(bytes.range(of: Data(name.utf8)) == nil && !path.contains(name), "\(path)")
      }
    }
  }
}

extension Site {
  /// Makes an inbox of the site's own, and a configuration that names it.
  fileprivate func prepareInbox() throws {
    try Self.makeDirectory(directory.path + "/inbox")
    try writeConfiguration(more: "erasure: { inbox: \(directory.path)/inbox }")
  }
}
