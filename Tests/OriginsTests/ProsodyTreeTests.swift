@testable import Files
@testable import Origins
import Format
import Foundation
import TestKit
import Testing

/// A data directory in the shape of Prosody's internal storage.
private struct DataDirectory {
  let directory: TemporaryDirectory
  var path: String { directory.path }

  init() throws { directory = try TemporaryDirectory("lethe-prosody") }

  func write(_ path: String, _ text: String) throws {
    let file = self.path + "/" + path
    try Site.makeDirectory(URL(fileURLWithPath: file).deletingLastPathComponent().path)
    try TextFile.write(text, to: file)
  }

  func register(_ name: String, salt: String = "s", at time: Int? = nil) throws {
    try write(
      "example%2etest/accounts/\(name).dat",
      "return {\n\t[\"iteration_count\"] = 10000;\n\t[\"salt\"] = \"\(salt)\";\n};\n")
    guard let time else { return }
    try write(
      "example%2etest/account_details/\(name).dat", "return {\n\t[\"registered\"] = \(time);\n};\n")
  }

  static func profile() throws -> DirectoryProfile {
    guard
      case .directory(let profile) = try Profile.load(
        "prosody-files", from: ["\(Site.project)/Config/profiles"]
      ).kind
    else { throw TestKitError("prosody-files is no profile of a directory") }
    return profile
  }

  func survey() async throws -> TreeSurvey {
    try await TreeOrigin(name: "chat", path: path).survey(try Self.profile())
  }

  /// The owners of its files, where these addresses are the accounts 1, 2 and so on.
  func owners(_ addresses: [String], bornAt: [AccountNumber: Int64] = [:]) async throws
    -> TreeOwners
  {
    let survey = try await survey()
    return TreeOwners(
      profile: try Self.profile(),
      accounts: addresses.enumerated().map { ($1, AccountNumber(UInt32($0 + 1))) },
      localHosts: survey.listing?.localHosts ?? [], survey: survey, bornAt: bornAt)
  }
}

private func entry(
  _ path: String, _ kind: FileEntry.Kind = .regular(byteCount: 1), at time: Int = 0
) throws -> FileEntry {
  var status = stat()
  status.st_mtim.tv_sec = time
  return FileEntry(try #require(RelativePath(Array(path.utf8))), kind, status)
}

@Suite struct `Prosody's files say who exists` {
  @Test func `accounts are the files of that store, with their names decoded`() async throws {
    let data = try DataDirectory()
    try data.register("romeo", at: 1_795_369_637)
    try data.register("zo%c3%ab", salt: "abc")
    try data.register("al%5fce")
    try data.write("example%2etest/accounts/half.dat~", "return {")
    try data.write("conference%2eexample%2etest/config/balcony.dat", "return {\n};\n")
    try data.write("notes.txt", "mine")
    let listing = try #require(try await data.survey().listing)
    #expect(
      listing.accounts.map(\.address)
        == ["al_ce@example.test", "romeo@example.test", "zoë@example.test"])
    #expect(listing.localHosts == ["example.test"])
    let romeo = listing.accounts[1]
    #expect(romeo.birthMark == Array("1795369637".utf8))
    #expect(romeo.registered == 1_795_369_637)
    #expect(listing.accounts[2].birthMark == Array("abc".utf8))
    #expect(listing.accounts[2].registered == nil)
  }

  @Test func `the oldest message is the first of the archive, else of what waits`() async throws {
    let data = try DataDirectory()
    try data.register("romeo")
    func oldest() async throws -> Int64? { try await data.survey().listing?.accounts.first?.oldest }
    #expect(try await oldest() == nil)
    let item = "item({\n\t{\n\t\t\"a { quote \\\" }\";\n\t\t[\"when\"] = 1;\n\t};\n\t[\"when\"] = "
    try data.write("example%2etest/offline/romeo.list", item + "80;\n});\n")
    #expect(try await oldest() == 80)
    try data.write(
      "example%2etest/archive/romeo.list", item + "60.25;\n});\n" + item + "70;\n});\n")
    #expect(try await oldest() == 60)
    try data.write("example%2etest/archive/romeo.list", "item({\n\t[\"when\"] = 5")
    #expect(try await oldest() == 80)
  }

  @Test func `people without accounts are noticed`() async throws {
    let data = try DataDirectory()
    try data.write("example%2etest/skeletons/romeo.dat", "return {};\n")
    #expect(try await data.survey().placeOfPeople == nil)
    try data.write("example%2etest/roster/romeo.dat", "return {};\n")
    #expect(try await data.survey().placeOfPeople == "the store roster")
    try data.register("romeo")
    #expect(try await data.survey().placeOfPeople == nil)
  }

  @Test func `what is no file of an account's is nobody`() async throws {
    let data = try DataDirectory()
    try data.register("romeo")
    let accounts = data.path + "/example%2etest/accounts"
    #expect(symlink("/etc/passwd", accounts + "/link.dat") == 0)
    #expect(mkfifo(accounts + "/pipe.dat", 0o600) == 0)
    try listen(at: data.path + "/prosody.sock")
    try listen(at: accounts + "/socket.dat")
    try Site.makeDirectory(accounts + "/folder.dat")
    try data.write("example%2etest/accounts/%zz.dat", "return {};\n")
    try data.write("example%2etest/accounts/%ff.dat", "return {};\n")
    try data.write("example%2etest/accounts/.dat", "return {};\n")
    #expect(try await data.survey().listing?.accounts.map(\.address) == ["romeo@example.test"])
  }

  /// Leaves a socket, as a server that listens does.
  private func listen(at path: String) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    #expect(bound == 0)
  }

  @Test func `an account's file of noise is somebody without a mark`() async throws {
    let data = try DataDirectory()
    var random = Seed.generator("accounts")
    for round in 0..<200 {
      let noise = random.bytes(Int(random.next() % 400)).map {
        Character(Unicode.Scalar($0 & 0x7f))
      }
      try data.write("example%2etest/accounts/r\(round).dat", "return {" + String(noise))
    }
    #expect(try await data.survey().listing?.accounts.count == 200, "\(Seed.hint)")
  }
}

@Suite struct `Prosody's files belong to whom Prosody means` {
  @Test(arguments: [
    ("example%2etest/roster/romeo.dat", Owner.account(AccountNumber(1))),
    ("example%2etest/roster/romeo.dat~", .account(AccountNumber(1))),
    ("example%2etest/archive/zo%c3%ab.list", .account(AccountNumber(2))),
    ("example%2etest/pep_urn%3axmpp%3aavatar%3adata/romeo.list", .account(AccountNumber(1))),
    ("example%2etest/my_module/romeo.dat", .account(AccountNumber(1))),
    ("example%2etest/roster/tybalt.dat", .remains),
    ("example%2etest/roster/%zz.dat", .remains),
    ("example%2etest/roster/.dat", .remains),
    ("example%2etest/skeletons/rorneo.dat", .account(AccountNumber(1))),
    ("example%2etest/skeletons/tybalt.dat", .remains),
    ("example%2etest/skeletons/unread.dat", .remains),
    ("example%2etest/tombstones.dat", .server),
    ("conference%2eexample%2etest/config/romeo.dat", .server),
    ("conference%2eexample%2etest/persistent.dat", .server),
    ("upload%2eexample%2etest/uploads.list", .server),
    ("upload%2eexample%2etest/http_file_share/a%5f1%2d.bin", .account(AccountNumber(1))),
    ("upload%2eexample%2etest/http_file_share/a%5f1%2d.bin~", .account(AccountNumber(1))),
    ("upload%2eexample%2etest/http_file_share/b2.bin", .remains),
    ("upload%2eexample%2etest/http_file_share/c3.bin", .server),
    ("upload%2eexample%2etest/http_file_share/orphan.bin", .remains),
    ("notes.txt", .server), ("certs/example.test/key.pem", .server),
  ])
  func `by host, store and name`(_ path: String, _ owner: Owner) async throws {
    let data = try DataDirectory()
    try data.register("romeo")
    for (skeleton, name) in [("rorneo", "romeo"), ("tybalt", "tybalt")] {
      try data.write(
        "example%2etest/skeletons/\(skeleton).dat",
        "return {\n\t[\"username\"] = \"\(name)\";\n};\n")
    }
    try data.write(
      "upload%2eexample%2etest/uploads.list",
      SharedValues.upload("a_1-", of: "romeo@example.test")
        + SharedValues.upload("b2", of: "tybalt@example.test")
        + SharedValues.upload("c3", of: "juliet@elsewhere.test")
        + "item({\n\t[\"key\"] = \"orphan\"")
    let owners = try await data.owners(["romeo@example.test", "zoë@example.test"])
    #expect(try owners.owner(of: entry(path)) == owner)
  }

  @Test func `directories are shared, and a file older than its owner is remains`() async throws {
    let data = try DataDirectory()
    try data.register("romeo")
    let owners = try await data.owners(["romeo@example.test"], bornAt: [AccountNumber(1): 100])
    #expect(try owners.owner(of: entry("example%2etest/roster", .directory)) == .server)
    #expect(try owners.owner(of: entry("example%2etest/roster/romeo.dat", at: 99)) == .remains)
    #expect(
      try owners.owner(of: entry("example%2etest/roster/romeo.dat", at: 100))
        == .account(AccountNumber(1)))
  }

  @Test(arguments: [
    ("example%2etest/archive_cleanup/2026%2d11%2d22.dat", true),
    ("conference%2eexample%2etest/state/balcony.dat", true),
    ("conference%2eexample%2etest/config/balcony.dat", false),
    ("example%2etest/roster/state.dat", false), ("notes.txt", false),
  ])
  func `what a moment leaves comes back empty`(_ path: String, _ isEphemeral: Bool) async throws {
    let owners = try await DataDirectory().owners([])
    #expect(try owners.isEphemeral(entry(path)) == isEphemeral)
    #expect(try !owners.isEphemeral(entry(path, .directory)))
  }

  @Test func `an upload whose row is in a database is its row's`() throws {
    let profile = try Profile.load("prosody-uploads", from: ["\(Site.project)/Config/profiles"])
    guard case .directory(let directory) = profile.kind else { return }
    let owners = TreeOwners(
      profile: directory, accounts: [("romeo@x", AccountNumber(1))], localHosts: ["x"],
      survey: TreeSurvey(claims: [
        Array("a-1".utf8): Array("romeo@x".utf8), Array("b".utf8): Array("tybalt@x".utf8),
      ]))
    #expect(try owners.owner(of: entry("http_file_share/a%2d1.bin")) == .account(AccountNumber(1)))
    #expect(try owners.owner(of: entry("http_file_share/b.bin")) == .remains)
    #expect(try owners.owner(of: entry("http_file_share/c.bin")) == .remains)
    #expect(try owners.owner(of: entry("http_file_share", .directory)) == .server)
  }
}

@Suite struct `Names in paths are read as Prosody wrote them` {
  @Test(arguments: [
    ("zo%c3%ab", "zoë"), ("tag%2bone", "tag+one"), ("%2D", "-"), ("plain", "plain"), ("", ""),
    ("2026%2d11%2d22", "2026-11-22"),
  ])
  func `percent signs stand for bytes`(_ component: String, _ name: String) {
    #expect(PercentName.decode(component.utf8) == Array(name.utf8))
  }

  @Test(arguments: ["%", "%2", "%2g", "a%", "%%41"]) func `half a byte is no name`(_ text: String) {
    #expect(PercentName.decode(text.utf8) == nil)
  }

  @Test(arguments: [false, true]) func `every name comes back`(_ isStore: Bool) {
    var random = Seed.generator("names")
    for _ in 0..<20_000 {
      let name = random.bytes(Int(random.next() % 40))
      let component = PercentName.encode(name, isStore: isStore)
      #expect(PercentName.decode(component) == name, "\(Seed.hint)")
      let isPlain = component.allSatisfy { $0.isWordByte || $0 == UInt8(ascii: "%") }
      #expect(isPlain && (isStore || !component.contains(UInt8(ascii: "_"))), "\(Seed.hint)")
    }
  }

  @Test func `any bytes are a name or none`() {
    var random = Seed.generator("components")
    for _ in 0..<50_000 {
      let alphabet = Array("%%%0aAzZ_.-/é".utf8)
      let component = (0..<Int(random.next() % 12)).map { _ in
        alphabet[Int(random.next() % UInt64(alphabet.count))]
      }
      guard let name = PercentName.decode(component) else { continue }
      #expect(name.count <= component.count, "\(Seed.hint)")
      #expect(PercentName.decode(PercentName.encode(name)) == name, "\(Seed.hint)")
    }
  }
}
