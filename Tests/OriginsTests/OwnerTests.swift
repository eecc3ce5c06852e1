@testable import Files
@testable import Origins
import Format
import Glibc
import TestKit
import Testing

@Suite struct `Every address has one owner` {
  private func table(_ accounts: [String], hosts: [String] = ["x"]) -> OwnerTable {
    OwnerTable(
      accounts: accounts.enumerated().map { ($1, AccountNumber(UInt32($0 + 1))) },
      localHosts: hosts)
  }

  private func owner(_ address: String, in table: OwnerTable) -> Owner {
    Array(address.utf8).withUnsafeBytes { table.owner(of: $0) }
  }

  @Test(arguments: [
    ("a@x", Owner.account(AccountNumber(1))), ("b@x", .account(AccountNumber(2))),
    ("c@x", .remains), ("a@y", .server), ("@x", .server), ("x", .server), ("a@", .server),
    ("@", .server), ("", .server), ("a@b@x", .remains), ("A@x", .remains), ("a@x/phone", .server),
  ])
  func `an address is an account's, a deleted one's, or nobody's here`(
    _ address: String, _ owner: Owner
  ) {
    #expect(self.owner(address, in: table(["a@x", "b@x"])) == owner)
  }

  @Test func `nothing is shared data`() {
    #expect(table(["a@x"]).owner(of: nil) == .server)
  }

  @Test(arguments: [0, 1, 7, 8, 9, 1_000]) func `every account is found`(_ count: Int) {
    let addresses = (0..<count).map { "user\($0)@x" }
    let table = table(addresses)
    for (index, address) in addresses.enumerated() {
      #expect(owner(address, in: table) == .account(AccountNumber(UInt32(index + 1))))
    }
    #expect(owner("user\(count)@x", in: table) == .remains)
  }
}

@Suite struct `Every path has one owner` {
  private static func profile(_ forms: [String]) throws -> DirectoryProfile {
    let text = "kind: directory\nowner: [\(forms.joined(separator: ", "))]\n"
    guard case .directory(let profile) = try Profile.parse(text, name: "p", path: "p").kind else {
      throw TestKitError("no profile of a directory")
    }
    return profile
  }

  private func owners(
    _ forms: [String], _ addresses: [String] = ["romeo@x", "juliet@x"]
  ) throws -> TreeOwners {
    TreeOwners(
      profile: try Self.profile(forms),
      accounts: addresses.enumerated().map { ($1, AccountNumber(UInt32($0 + 1))) })
  }

  private func owner(
    _ path: String, in owners: TreeOwners, _ kind: FileEntry.Kind = .regular(byteCount: 1)
  ) throws -> Owner {
    let path = try #require(RelativePath(Array(path.utf8)))
    return owners.owner(of: FileEntry(path, kind, stat()))
  }

  @Test func `a name by SHA-1 is found, another one that looks so is remains`() throws {
    let owners = try owners(["sha1"])
    let name = String(decoding: SHA1.hexadecimal(Array("romeo@x".utf8)), as: UTF8.self)
    #expect(try owner("\(name)/1/a.png", in: owners) == .account(AccountNumber(1)))
    #expect(try owner(name, in: owners, .directory) == .account(AccountNumber(1)))
    let gone = String(decoding: SHA1.hexadecimal(Array("tybalt@x".utf8)), as: UTF8.self)
    #expect(try owner("\(gone)/1/a.png", in: owners) == .remains)
    #expect(try owner("lost+found/a", in: owners) == .server)
    #expect(try owner("\(gone.uppercased())/a", in: owners) == .server)
    #expect(try owner(gone, in: owners) == .server)
  }

  @Test func `a name by node is found, every other directory is remains`() throws {
    let owners = try owners(["node"], ["romeo@x", "o'neil@x", "zoë@x"])
    #expect(try owner("romeo/a", in: owners) == .account(AccountNumber(1)))
    #expect(try owner("o_neil/a", in: owners) == .account(AccountNumber(2)))
    #expect(try owner("zoë/a", in: owners) == .account(AccountNumber(3)))
    #expect(try owner("tybalt/a", in: owners) == .remains)
    #expect(try owner("tybalt", in: owners, .directory) == .remains)
    #expect(try owner("index.html", in: owners) == .server)
  }

  @Test func `a name that stands for two people is shared data`() throws {
    let owners = try owners(["sha1", "node"], ["romeo@x", "romeo@y", "juliet@x"])
    #expect(owners.ambiguousCount == 1)
    #expect(try owner("romeo/a", in: owners) == .server)
    #expect(try owner("juliet/a", in: owners) == .account(AccountNumber(3)))
  }

  @Test func `without forms everything is shared data`() throws {
    #expect(try owner("romeo/a", in: owners([])) == .server)
  }

  @Test(arguments: [
    ("", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
    ),
    ("a", 1_000_000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
  ])
  func `SHA-1 is the published one`(_ text: String, _ count: Int, _ digest: String) {
    let bytes = Array(String(repeating: text, count: count).utf8)
    #expect(String(decoding: SHA1.hexadecimal(bytes), as: UTF8.self) == digest)
  }

  @Test func `a file older than who registered its name again was somebody else's`() throws {
    let owners = TreeOwners(
      profile: try Self.profile(["node"]),
      accounts: [("romeo@x", AccountNumber(1)), ("juliet@x", AccountNumber(2))],
      bornAt: [AccountNumber(1): 1000])
    func owner(_ path: String, at time: Int, _ kind: FileEntry.Kind) throws -> Owner {
      var status = stat()
      status.st_mtim.tv_sec = time
      let path = try #require(RelativePath(Array(path.utf8)))
      return owners.owner(of: FileEntry(path, kind, status))
    }
    let file = FileEntry.Kind.regular(byteCount: 1)
    #expect(try owner("romeo/a/old.png", at: 999, file) == .remains)
    #expect(try owner("romeo/a/new.png", at: 1000, file) == .account(AccountNumber(1)))
    #expect(try owner("romeo/a", at: 1, .directory) == .account(AccountNumber(1)))
    #expect(try owner("juliet/a/old.png", at: 1, file) == .account(AccountNumber(2)))
  }
}
