import Format
import Repository
import Sealing
import Storing
import TestKit
import Testing

@Suite struct `No single damage takes the keys` {
  @Test(arguments: [0, 1]) func `one damaged copy is made up for by the other`(
    _ damaged: Int
  ) async throws {
    let remote = try await Remote()
    try await remote.commit()
    for reference in try await remote.archive().entries.last?.keyring ?? [] {
      try await damage(reference.name(damaged), in: remote)
    }
    let archive = try await remote.archive()
    #expect(archive.accounts.count == 1 && archive.runSecrets.count == 1)
  }

  @Test func `one missing copy is made up for by the other`() async throws {
    let remote = try await Remote()
    for reference in try await remote.archive().entries.last?.keyring ?? [] {
      await remote.store.tamper(with: try remote.name(reference.name(0)), nil)
    }
    #expect(try await remote.archive().accounts.count == 1)
  }

  @Test func `two damaged copies are named`() async throws {
    let remote = try await Remote()
    try await remote.commit()
    let reference = try #require(try await remote.archive().entries.last?.keyring.last)
    for copy in 0...1 { try await damage(reference.name(copy), in: remote) }
    do {
      _ = try await remote.archive()
      Issue.record("a damaged keyring was read")
    } catch let error as VaultError {
      #expect(error.code == .damaged)
      for copy in 0...1 { #expect(error.message.contains(reference.name(copy))) }
    }
  }

  private func damage(_ path: String, in remote: Remote) async throws {
    let name = try remote.name(path)
    var bytes = try #require(await remote.store.contents[name])
    bytes[bytes.count / 2] ^= 1
    await remote.store.tamper(with: name, bytes)
  }

  @Test func `additions are folded, and only named objects stay`() async throws {
    let remote = try await Remote()
    var counts: [Int] = []
    for _ in 0..<14 {
      let entry = try await remote.commit()
      counts.append(entry.keyring.count)
      let stored = Set(try await remote.store.list("keyring").map(\.name.path))
      let named = Set(entry.keyring.flatMap { [$0.name(0), $0.name(1)] })
      #expect(stored == named)
    }
    #expect(counts == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3])
    let archive = try await remote.archive()
    #expect(archive.runSecrets.count == 14)
    #expect(archive.accounts.count == 1)
  }
}

@Suite struct `Only the right kit opens` {
  private func open(
    _ fixed: String, _ epoch: String, passphrase: String? = nil
  ) -> VaultError.Code? {
    do {
      _ = try Kit(
        fixed: fixed, epoch: epoch,
        passphrase: passphrase.map { Passphrase(copying: $0.utf8) })
      return nil
    } catch { return (error as? VaultError)?.code }
  }

  private func kit() throws -> Kit {
    try Kit(newFor: try identifier(), url: "file:///r", hostKey: "")
  }

  @Test func `a passphrase is the one or opens nothing`() throws {
    let kit = try kit()
    let passphrase = Passphrase(copying: "correct horse".utf8)
    let fixed = try kit.text(.fixed, passphrase: passphrase)
    let epoch = try kit.text(.epoch, passphrase: passphrase)
    #expect(open(fixed, epoch, passphrase: "correct horse") == nil)
    #expect(open(fixed, epoch, passphrase: "correct horsf") == .wrongKit)
    #expect(open(fixed, epoch) == .wrongKit)
  }

  @Test func `mixed halves are refused`() throws {
    let one = try kit()
    let other = try kit()
    let fixed = try one.text(.fixed, passphrase: nil)
    let epoch = try one.text(.epoch, passphrase: nil)
    #expect(open(fixed, epoch) == nil)
    #expect(open(fixed, try other.text(.epoch, passphrase: nil)) == .wrongKit)
    #expect(open(try other.text(.fixed, passphrase: nil), epoch) == .wrongKit)
    #expect(open(epoch, fixed) == .wrongKit)
    #expect(open(fixed, fixed) == .wrongKit)
  }

  @Test func `every misread digit is found`() throws {
    let kit = try kit()
    let fixed = try kit.text(.fixed, passphrase: nil)
    let epoch = Array(try kit.text(.epoch, passphrase: nil).utf8)
    for index in epoch.indices where epoch[index] != UInt8(ascii: "\n") {
      var misread = epoch
      misread[index] = epoch[index] == UInt8(ascii: "0") ? UInt8(ascii: "8") : UInt8(ascii: "0")
      guard misread != epoch else { continue }
      #expect(open(fixed, String(decoding: misread, as: UTF8.self)) == .wrongKit, "byte \(index)")
    }
  }

  @Test func `the kit of another repository is refused`() async throws {
    let remote = try await Remote()
    let other = try kit()
    do {
      _ = try await Archive(store: remote.store, kit: other)
      Issue.record("another repository's kit opened it")
    } catch let error as VaultError { #expect(error.code == .wrongKit) }
  }

  @Test func `a kit opens epochs from its own on and none before`() throws {
    let kit = try kit()
    let publicKeys = kit.epochPublicKeys(count: 3)
    for epoch in 1...3 {
      let publicKey = try kit.epochPair(UInt32(epoch)).publicKey
      #expect(publicKey == publicKeys[epoch - 1])
    }
    for epoch in [0, 10_402, UInt32.max] {
      do {
        _ = try kit.epochPair(epoch)
        Issue.record("epoch \(epoch) was reached")
      } catch let error as VaultError { #expect(error.code == .wrongKit) }
    }
  }
}
