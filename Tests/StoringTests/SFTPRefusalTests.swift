import Glibc
import Storing
import TestKit
import Testing

@Suite struct `A server that cannot be used is refused with the remedy` {
  @Test func `a server with another host key`() async throws {
    let server = try LoopbackSSHD()
    let other = try LoopbackSSHD()
    var settings = try server.settings()
    settings.hostKey = try HostKey(parsing: other.hostKeyLine)
    let pinned = settings.hostKey.fingerprint
    let shown = try HostKey(parsing: server.hostKeyLine).fingerprint
    await expect(.refused, saying: pinned, shown, "ssh-keygen -lf") {
      try await SFTPStore(settings).create()
    }
  }

  @Test func `a server without a host key of the pinned type`() async throws {
    var options = LoopbackSSHD.Options()
    options.hostKeyType = "ecdsa"
    let server = try LoopbackSSHD(options)
    var settings = try server.settings()
    settings.hostKey = try HostKey(parsing: try LoopbackSSHD().hostKeyLine)
    await expect(.refused, saying: "ssh-ed25519", "ECDSA") {
      try await SFTPStore(settings).create()
    }
  }

  @Test func `a server that has an RSA host key only`() async throws {
    var options = LoopbackSSHD.Options()
    options.hostKeyType = "rsa"
    let server = try LoopbackSSHD(options)
    await expect(.refused, saying: "RSA", "Ed25519 or ECDSA") {
      _ = try HostKey(parsing: server.hostKeyLine)
    }
    await expect(.refused, saying: "RSA", "Ed25519 or ECDSA") {
      _ = try await HostKey.shown(by: server.address())
    }
  }

  @Test(arguments: ["ed25519", "ecdsa"])
  func `the key a server shows can be fetched and pinned`(type: String) async throws {
    var options = LoopbackSSHD.Options()
    options.hostKeyType = type
    options.identityType = type
    let server = try LoopbackSSHD(options)
    let shown = try await HostKey.shown(by: server.address())
    #expect(server.hostKeyLine.hasPrefix(shown.line))
    let store = SFTPStore(try server.settings())
    try await store.create()
    await store.close()
  }

  @Test func `a missing identity`() async throws {
    let server = try LoopbackSSHD()
    var settings = try server.settings()
    settings.identityPath = server.directory.path + "/nowhere"
    await expect(.refused, saying: settings.identityPath, "does not exist", "ssh-keygen") {
      try await SFTPStore(settings).create()
    }
  }

  @Test func `an identity the server does not know`() async throws {
    let server = try LoopbackSSHD()
    let other = try LoopbackSSHD()
    var settings = try server.settings()
    settings.identityPath = other.identityPath
    let user = server.address().user
    await expect(.refused, saying: "\(user)@127.0.0.1", other.identityPath, "authorized_keys") {
      try await SFTPStore(settings).create()
    }
  }

  @Test func `an RSA identity, a protected one, and a file that is none`() async throws {
    let server = try LoopbackSSHD()
    var settings = try server.settings()
    for (type, passphrase, word) in [("rsa", "", "RSA"), ("ed25519", "secret", "passphrase")] {
      settings.identityPath = server.directory.path + "/" + type + "-key"
      let command = ["-q", "-t", type, "-N", passphrase, "-f", settings.identityPath]
      #expect(try ChildProcess.run(["ssh-keygen"] + command) == 0)
      await expect(.refused, saying: settings.identityPath, word.lowercased()) {
        try await SFTPStore(settings).create()
      }
    }
    settings.identityPath = server.identityPath + ".pub"
    await expect(.refused, saying: "is not a private key") {
      try await SFTPStore(settings).create()
    }
  }

  @Test func `a server without SFTP`() async throws {
    var options = LoopbackSSHD.Options()
    options.sftpServer = nil
    let server = try LoopbackSSHD(options)
    await expect(.refused, saying: "does not offer SFTP", "Subsystem sftp") {
      try await SFTPStore(try server.settings()).create()
    }
  }

  @Test func `a server whose SFTP program fails`() async throws {
    var options = LoopbackSSHD.Options()
    options.sftpServer = "/bin/false"
    let server = try LoopbackSSHD(options)
    var settings = try server.settings()
    settings.connectingPatience = .milliseconds(500)
    settings.pauses = []
    await expect(.unreachable, saying: "starting SFTP", "Subsystem sftp") {
      try await SFTPStore(settings).create()
    }
  }

  @Test func `a directory whose parent does not exist`() async throws {
    let server = try LoopbackSSHD()
    let path = server.directory.path + "/no/where"
    let store = SFTPStore(try server.settings(path: path))
    await expect(.missing, saying: path, "create the directory above it") {
      try await store.create()
    }
    await expect(.missing, saying: path, "check the path") { _ = try await store.list("log") }
    await expect(.missing, saying: path) {
      try await store.put([1], as: try StoreContract.object("format"))
    }
  }

  @Test func `a directory that holds something else`() async throws {
    let server = try LoopbackSSHD()
    #expect(mkdir(server.root, 0o700) == 0)
    try TextFile.write("dear diary", to: server.root + "/diary\u{1b}")
    await expect(.refused, saying: "diary\\x1b", "empty directory") {
      try await SFTPStore(try server.settings()).create()
    }
  }

  @Test func `a server that allows reading only`() async throws {
    var options = LoopbackSSHD.Options()
    options.sftpServer = "internal-sftp -R"
    let server = try LoopbackSSHD(options)
    let local = DirectoryStore(root: server.root)
    try await local.create()
    let name = try StoreContract.object("packs/one")
    try await local.put([1, 2], as: name)
    let store = SFTPStore(try server.settings())
    #expect(try await store.get(name, upTo: 2) == [1, 2])
    await expect(.refused, saying: server.root, "permission") { try await store.put([1], as: name) }
    await expect(.refused, saying: server.root, "permission") { try await store.remove(name) }
    await store.close()
  }

  @Test func `a server that denies the rename leaves nothing behind`() async throws {
    var options = LoopbackSSHD.Options()
    options.sftpServer = "internal-sftp -P rename"
    let server = try LoopbackSSHD(options)
    let store = SFTPStore(try server.settings())
    try await store.create()
    await expect(.refused, saying: "permission") {
      try await store.put([1], as: try StoreContract.object("packs/one"))
    }
    #expect(try await store.list("tmp").isEmpty)
    await store.close()
  }

  @Test func `a server that cannot make files durable`() async throws {
    var options = LoopbackSSHD.Options()
    options.sftpServer = "internal-sftp -P fsync"
    let server = try LoopbackSSHD(options)
    let store = SFTPStore(try server.settings())
    await #expect(throws: StoreError.self) { try await store.create() }
    await store.close()
  }
}
