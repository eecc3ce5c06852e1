import Storing
import Testing

@Suite struct `Names and addresses are read strictly` {
  @Test(arguments: [
    "format", "log/000000000001", "packs/0f1e", "keyring/3-ab12", "a",
    "packs/" + String(repeating: "a", count: 74),
  ])
  func `a well-formed name is accepted`(path: String) throws {
    let name = try #require(ObjectName(path))
    #expect(name.path == path)
  }

  @Test(arguments: [
    "", "/", "a/", "/a", "a//b", "a/b/c", ".", "..", "a/..", "A", "a b", "a.b", "ä", "a\0",
    "packs/" + String(repeating: "a", count: 75),
  ])
  func `any other name is not`(path: String) {
    #expect(ObjectName(path) == nil)
  }

  @Test func `an address has a user, a host, a port and a path`() throws {
    let short = try SFTPAddress(parsing: "sftp://lethe@vault.example.net/srv/lethe")
    #expect(short == SFTPAddress(user: "lethe", host: "vault.example.net", path: "/srv/lethe"))
    let long = try SFTPAddress(parsing: "sftp://u%40home@[2001:db8::1]:2222//srv//a%20b/")
    #expect(long == SFTPAddress(user: "u@home", host: "2001:db8::1", port: 2222, path: "/srv/a b"))
    #expect(long.server == "[2001:db8::1]:2222")
    #expect(try SFTPAddress(parsing: "sftp://u@h/~/backups/x").path == "backups/x")
    #expect(try SFTPAddress(parsing: "sftp://u@h/~").path == ".")
  }

  @Test(arguments: [
    "", "http://u@h/p", "sftp://h/p", "sftp://@h/p", "sftp://u@h", "sftp://u@h/", "sftp://u@/p",
    "sftp://u:secret@h/p", "sftp://u@h:0/p", "sftp://u@h:65536/p", "sftp://u@h:+22/p",
    "sftp://u@h:/p", "sftp://u@[::1/p", "sftp://u@[::1]x/p", "sftp://u@h/a/../b", "sftp://u@h/%zz",
    "sftp://u@h/%0a", "sftp://u@h/%ff", "sftp://u@h/p?q", "sftp://u@h/p#f", "sftp://u@h h/p",
  ])
  func `any other address is refused with an example`(text: String) async {
    await expect(.refused, saying: "sftp://user@host:22/srv/lethe") {
      _ = try SFTPAddress(parsing: text)
    }
  }

  @Test func `a password is not repeated in the message's explanation`() async {
    await expect(.refused, saying: "holds a password", "identity file") {
      _ = try SFTPAddress(parsing: "sftp://u:secret@h/p")
    }
  }
}

@Suite struct `A host key is pinned by its whole text` {
  private let line =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"

  @Test func `its fingerprint is what ssh-keygen prints`() throws {
    let key = try HostKey(parsing: line + " github.com\n")
    #expect(key.fingerprint == "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU")
    #expect(key.line == line)
  }

  @Test func `half a key, another type's key and an unknown type are refused`() async {
    let blob = line.split(separator: " ")[1]
    for wrong in ["", "ssh-ed25519", "ssh-ed25519 \(blob.dropLast(8))x", "ssh-ed25519 ????"] {
      await expect(.refused) { _ = try HostKey(parsing: wrong) }
    }
    await expect(.refused, saying: "not whole") {
      _ = try HostKey(parsing: "ecdsa-sha2-nistp256 \(blob)")
    }
    await expect(.refused, saying: "must begin with its type") {
      _ = try HostKey(parsing: "github.com \(line)")
    }
    await expect(.refused, saying: "RSA") { _ = try HostKey(parsing: "ssh-rsa AAAA") }
  }

  @Test func `a half key is not mistaken for a shorter one`() throws {
    let blob = try #require(line.split(separator: " ").last)
    #expect(throws: StoreError.self) {
      _ = try HostKey(parsing: "ssh-ed25519 " + blob.prefix(40))
    }
  }
}
