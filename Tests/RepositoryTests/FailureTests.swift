import Sealing
import Storing
import TestKit
import Testing

@testable import Format
@testable import Repository

@Suite struct `What is wrong with a repository has one class` {
  /// The class of failure of opening the repository with its kit.
  private func failure(
    _ remote: Remote, _ work: (Archive) async throws -> Void = { _ in }
  ) async -> VaultError.Failure? {
    do {
      try await work(try await remote.archive())
      return nil
    } catch { return VaultError.failure(error) }
  }

  @Test func `an entry that is not there, and a log that is empty, are missing`() async throws {
    let remote = try await Remote()
    for _ in 0..<2 { try await remote.commit() }
    try await remote.replace(2, with: nil)
    #expect(await failure(remote) == .missing)
    for sequence in [1, 3] as [UInt64] { try await remote.replace(sequence, with: nil) }
    #expect(await failure(remote) == .missing)
    await remote.store.tamper(with: try remote.name("format"), nil)
    #expect(await failure(remote) == .missing)
  }

  @Test func `an object with too many bytes is refused before it is read`() async throws {
    let remote = try await Remote()
    let (format, entry) = (try remote.name("format"), try remote.name("log/000000000001"))
    let bytes = try #require(await remote.store.contents[format])
    await remote.store.tamper(with: format, bytes + [0])
    #expect(await failure(remote) == .malformed)
    await remote.store.tamper(with: format, bytes)
    #expect(await failure(remote) == nil)
    let long = [UInt8](repeating: 0, count: Limits.logEntryByteCount + 1)
    await remote.store.tamper(with: entry, long)
    #expect(await failure(remote) == .overLimit)
    await remote.store.tamper(with: entry, Array(long.dropLast()))
    #expect(await failure(remote) == .malformed)
  }

  @Test func `a name that no entry has is malformed`() async throws {
    let remote = try await Remote()
    await remote.store.tamper(with: try remote.name("log/2"), [1])
    #expect(await failure(remote) == .malformed)
  }

  @Test(
    arguments: [
      ([nil, nil], VaultError.Failure.missing), ([nil, 1], .forged), ([1, nil], .forged),
      ([1, 1], .forged),
    ] as [([UInt8?], VaultError.Failure)])
  func `a keyring without a whole copy is missing only if none is there`(
    _ copies: [UInt8?], _ expected: VaultError.Failure
  ) async throws {
    let remote = try await Remote()
    let reference = try #require(try await remote.archive().entries.last?.keyring.first)
    for (index, copy) in copies.enumerated() {
      await remote.store.tamper(
        with: try remote.name(reference.name(index)), copy.map { [$0] })
    }
    #expect(await failure(remote) == expected)
  }

  /// Appends an entry whose only keyring object has these contents.
  private func replaceKeyring(
    of remote: Remote, with contents: KeyringContents, epoch: UInt32, promised: UInt32
  ) async throws {
    let object = try KeyringObject.seal(
      contents, epoch: epoch, to: try remote.kit.epochPair(epoch).publicKey, keys: remote.keys)
    let digest = try #require(Digest(Hash.digest(object)))
    let reference = KeyringReference(
      epoch: promised, copies: [try identifier(), try identifier()], byteCount: object.count,
      digest: digest)
    for copy in 0...1 {
      await remote.store.tamper(with: try remote.name(reference.name(copy)), object)
    }
    let vault = try await remote.vault()
    _ = try await remote.log.append(
      LogEntry(
        sequence: vault.head.sequence + 1, previous: vault.head.digest, time: 3,
        agent: vault.agent, nextAccount: AccountNumber(1), keyring: [reference],
        event: .epoch(destroyed: [])))
  }

  @Test func `a keyring is whole, or without the server's keys, or of another epoch`() async throws
  {
    let server = Vault.makeAccount(number: .server, address: "", birthMark: [])
    let whole = KeyringContents(accounts: [server], runs: [])
    let cases: [(KeyringContents, UInt32, VaultError.Failure?)] = [
      (whole, 2, nil), (KeyringContents(accounts: [], runs: []), 2, .missing),
      (whole, 1, .malformed), (whole, 3, .malformed),
    ]
    for (contents, promised, expected) in cases {
      let remote = try await Remote()
      try await replaceKeyring(of: remote, with: contents, epoch: 2, promised: promised)
      #expect(await failure(remote) == expected, "epoch \(promised)")
    }
  }

  @Test func `a pack that no entry lists is malformed, a listed one that is gone missing`()
    async throws
  {
    let remote = try await Remote()
    let (listed, other): (PackID, PackID) = (try identifier(), try identifier())
    let vault = try await remote.vault()
    let empty = try snapshot(of: try identifier())
    try await remote.append(
      after: vault.head, agent: vault.agent,
      .snapshot(
        SnapshotEntry(
          run: empty.run, state: .complete, started: 1, catalogue: empty.catalogue,
          packs: [
            PackSummary(pack: listed, contents: .rows, byteCount: 1 << 16, digest: .none)
          ], origins: [], liveAccountCount: 0)))
    #expect(await failure(remote) { _ = try await $0.pack(listed) } == .missing)
    #expect(await failure(remote) { _ = try await $0.header(of: listed) } == .missing)
    let name = try remote.name("packs/\(listed.hex)")
    await remote.store.tamper(with: name, [UInt8](repeating: 0, count: (1 << 16) + 1))
    #expect(await failure(remote) { _ = try await $0.pack(listed) } == .forged)
    await remote.store.tamper(with: name, ObjectKind.pack.prefix)
    #expect(await failure(remote) { _ = try await $0.pack(listed) } == .forged)
    #expect(await failure(remote) { _ = try await $0.header(of: listed) } == .truncated)
    #expect(await failure(remote) { _ = try await $0.pack(other) } == .malformed)
    #expect(await failure(remote) { _ = try await $0.header(of: other) } == .malformed)
  }

  @Test func `halves that do not belong together are a wrong key`() throws {
    let one = try Kit(newFor: try identifier(), url: "", hostKey: "")
    let other = try Kit(newFor: try identifier(), url: "", hostKey: "")
    let (fixed, epoch) = (
      try one.text(.fixed, passphrase: nil), try one.text(.epoch, passphrase: nil)
    )
    for texts in [(epoch, fixed), (fixed, try other.text(.epoch, passphrase: nil))] {
      #expect {
        _ = try Kit(fixed: texts.0, epoch: texts.1, passphrase: nil)
      } throws: { error in
        VaultError.failure(error) == .wrongKey
      }
    }
  }
}
