@testable import Origins
import TestKit
import Testing

@Suite struct `A list of accounts is read to its end or not at all` {
  private func listing(_ text: String, host: String? = nil) throws -> AccountListing {
    try AccountRoll.parse(Array(text.utf8), host: host, place: "list")
  }

  private func message(_ body: () async throws -> Void) async -> String {
    do { try await body() } catch { return (error as? OriginError)?.message ?? "\(error)" }
    return ""
  }

  @Test func `one address a line, perhaps with a birth mark`() throws {
    let listing = try listing("romeo@x\nzoë@y\t2024-01-02 03:04\n\njuliet@x\t")
    #expect(listing.accounts.map(\.address) == ["romeo@x", "zoë@y", "juliet@x"])
    #expect(listing.accounts[1].birthMark == Array("2024-01-02 03:04".utf8))
    #expect(listing.accounts[0].birthMark == listing.accounts[2].birthMark)
    #expect(listing.localHosts == ["x", "y"])
  }

  @Test func `a node alone is of the host, if there is one`() throws {
    #expect(try listing("romeo\n", host: "x").accounts.map(\.address) == ["romeo@x"])
    #expect(try listing("", host: "x") == AccountListing(accounts: [], localHosts: ["x"]))
    #expect(throws: OriginError.self) { try listing("romeo\n") }
  }

  @Test(arguments: [
    "a b@x", "@x", "a@", "a@b@c", "a@x/phone", "a@x\r", "\u{7f}a@x", "Error: cannot connect",
  ])
  func `a line that is no address is named, and nobody is taken from it`(_ line: String) async {
    let text = await message { _ = try listing("romeo@x\n\(line)\n") }
    #expect(text.contains("line 2"), "\(text)")
  }

  @Test func `bytes that are no text are no address`() {
    #expect(throws: OriginError.self) {
      try AccountRoll.parse([0xff, 0x40, 0x78], host: nil, place: "list")
    }
  }

  @Test func `a command's output is the list`() async throws {
    let roll = AccountRoll(
      origin: "xmpp", source: .command(["/bin/echo", "romeo@x", ";", "$(id)"]), host: nil)
    let text = await message { _ = try await roll.listing() }
    #expect(text.contains("line 1"), "no shell: \(text)")
    let plain = AccountRoll(
      origin: "xmpp", source: .command(["/usr/bin/printf", "romeo@x\\njuliet@x\\t7\\n"]), host: nil)
    #expect(try await plain.listing().accounts.map(\.address) == ["romeo@x", "juliet@x"])
  }

  @Test(arguments: [
    (["/bin/false"], "status 1"), (["/nowhere/program"], "No such file"),
    (["/bin/sh", "-c", "echo a@x; kill -9 $$"], "signal 9"),
  ])
  func `a command that fails lists nobody and says why`(
    _ command: [String], _ reason: String
  ) async {
    let roll = AccountRoll(origin: "xmpp", source: .command(command), host: nil)
    let text = await message { _ = try await roll.listing() }
    #expect(text.contains(reason) && text.contains("origin xmpp"), "\(text)")
    #expect(text.contains("nobody is taken for deleted"), "\(text)")
  }

  @Test(arguments: ["sleep 60", "exec >&-; sleep 60", "sleep 60 & echo a@x"])
  func `a command that hangs is ended with its children`(_ script: String) async {
    let text = await message {
      _ = try CommandOutput.of(["/bin/sh", "-c", script], seconds: 1, maximumByteCount: 1000)
    }
    #expect(text.contains("did not end in time"), "\(text)")
  }

  @Test func `a command that prints without end is ended`() async {
    let text = await message {
      _ = try CommandOutput.of(["/usr/bin/yes"], seconds: 30, maximumByteCount: 1 << 20)
    }
    #expect(text.contains("more than 1 MiB"), "\(text)")
  }

  @Test func `a missing file is named`() async {
    let roll = AccountRoll(origin: "xmpp", source: .file("/nowhere/list"), host: nil)
    let text = await message { _ = try await roll.listing() }
    #expect(text.contains("/nowhere/list"), "\(text)")
  }
}
