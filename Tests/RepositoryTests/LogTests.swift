import Format
import Repository
import Storing
import TestKit
import Testing

@Suite struct `Nobody can change the log unnoticed` {
  /// What the agent and the kit say of a log that somebody worked on.
  private func codes(
    _ work: (Remote) async throws -> Void
  ) async throws -> (agent: VaultError.Code?, kit: VaultError.Code?) {
    let remote = try await Remote()
    for _ in 0..<3 { try await remote.commit() }
    #expect(await code { _ = try await remote.vault() } == nil)
    #expect(await code { _ = try await remote.archive() } == nil)
    try await work(remote)
    return (
      await code { _ = try await remote.vault() }, await code { _ = try await remote.archive() }
    )
  }

  @Test func `a rollback is found by the agent`() async throws {
    let codes = try await codes { try await $0.replace(4, with: nil) }
    #expect(codes.agent == .damaged)
    // Whoever has no anchor cannot tell an old log from the newest.
    #expect(codes.kit == nil)
  }

  @Test func `a rollback to any head of a hundred entries is found`() async throws {
    let remote = try await Remote()
    var pasts: [[ObjectName: [UInt8]]] = []
    for _ in 1..<100 {
      pasts.append(await remote.store.contents)
      try await remote.commit()
    }
    let present = await remote.store.contents
    #expect(present.keys.filter { $0.path.hasPrefix("log/") }.count == 100)
    for (index, past) in pasts.enumerated() {
      await remote.store.restore(past)
      #expect(await code { _ = try await remote.vault() } == .damaged, "to head \(index + 1)")
      // Without its tail alone: keyrings and packs are those of the present.
      let tail = Set(present.keys.filter { $0.path.hasPrefix("log/") }).subtracting(past.keys)
      await remote.store.restore(present.filter { !tail.contains($0.key) })
      #expect(await code { _ = try await remote.vault() } == .damaged, "at head \(index + 1)")
    }
    await remote.store.restore(present)
    #expect(await code { _ = try await remote.vault() } == nil)
  }

  @Test func `an emptied log is found`() async throws {
    let codes = try await codes { remote in
      for sequence in 1...4 { try await remote.replace(UInt64(sequence), with: nil) }
    }
    #expect(codes.agent == .damaged && codes.kit == .missing)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func `a gap is found`(_ sequence: UInt64) async throws {
    let codes = try await codes { try await $0.replace(sequence, with: nil) }
    #expect(codes.kit == .damaged)
    // The agent begins where it stopped; what lies before may be gone one day.
    #expect(codes.agent == (sequence == 1 ? nil : .damaged))
  }

  @Test func `swapped entries are found`() async throws {
    let codes = try await codes { remote in
      let (third, fourth) = (try await remote.entry(3), try await remote.entry(4))
      try await remote.replace(3, with: fourth)
      try await remote.replace(4, with: third)
    }
    #expect(codes.agent == .damaged && codes.kit == .damaged)
  }

  @Test func `a replayed entry is found`() async throws {
    let codes = try await codes { try await $0.replace(5, with: try await $0.entry(4)) }
    #expect(codes.agent == .damaged && codes.kit == .damaged)
  }

  @Test func `an entry of another repository is found`() async throws {
    let other = try await Remote()
    for _ in 0..<4 { try await other.commit() }
    let foreign = try await other.entry(5)
    let codes = try await codes { try await $0.replace(5, with: foreign) }
    #expect(codes.agent == .damaged && codes.kit == .damaged)
  }

  @Test func `every flipped byte of an entry is found`() async throws {
    let remote = try await Remote()
    try await remote.commit()
    let bytes = try #require(try await remote.entry(2))
    for index in bytes.indices {
      var forged = bytes
      forged[index] ^= 0x10
      try await remote.replace(2, with: forged)
      let found = await code { _ = try await remote.archive() }
      // Another version byte is a later program's, which is no damage.
      #expect(found == (index == 4 ? .refused : .damaged), "byte \(index)")
    }
  }

  @Test func `a fork is found by the agent, even when it is sealed well`() async throws {
    let codes = try await codes { remote in
      let vault = try await remote.vault()
      try await remote.replace(4, with: nil)
      let before = try #require(
        try await remote.log.entries(after: nil, through: 3).last)
      try await remote.append(
        after: before.head, agent: vault.agent, .snapshot(try snapshot(of: try identifier())))
    }
    #expect(codes.agent == .damaged)
    #expect(codes.kit == nil)
  }

  @Test func `an entry that continues another is found`() async throws {
    let codes = try await codes { remote in
      let vault = try await remote.vault()
      let elsewhere = LogHead(sequence: 4, digest: .none)
      try await remote.append(
        after: elsewhere, agent: vault.agent, .snapshot(try snapshot(of: try identifier())))
    }
    #expect(codes.agent == .damaged && codes.kit == .damaged)
  }

  @Test func `an entry of a foreign agent stops this one`() async throws {
    let codes = try await codes { remote in
      let head = try await remote.vault().head
      try await remote.append(after: head, agent: try identifier(), .takeover)
    }
    #expect(codes.agent == .refused && codes.kit == nil)
  }

  @Test func `an entry of a run that the state does not know stops the agent`() async throws {
    let codes = try await codes { remote in
      let vault = try await remote.vault()
      try await remote.append(
        after: try vault.head, agent: vault.agent, .snapshot(try snapshot(of: try identifier())))
    }
    #expect(codes.agent == .refused && codes.kit == nil)
  }

  @Test(arguments: [
    "log/0000000000005", "log/18446744073709551615", "log/000000000000", "log/5",
    "log/00000000000x", "log/999999999999",
  ])
  func `a name that is no entry's is damage, whatever its number`(_ path: String) async throws {
    let codes = try await codes { await $0.store.tamper(with: try $0.name(path), [1]) }
    #expect(codes.agent == .damaged && codes.kit == .damaged)
  }
}

@Suite struct `A commit happens once` {
  @Test func `a commit whose answer was lost is finished by the next run`() async throws {
    let remote = try await Remote()
    let faulty = FaultyStore(remote.store)
    let vault = try await Vault(state: remote.state, store: faulty)
    let run = try vault.beginRun().keys.id
    // The third: after both copies of the keyring's addition.
    await faulty.set(.after(3), counting: [.put])
    #expect(
      await code { _ = try await vault.commit(try snapshot(of: run), packs: [], time: 2) }
        == .failed)
    #expect(try await remote.vault().head.sequence == 2)
    #expect(try await remote.vault().head == remote.vault().head)
    try await remote.commit()
    #expect(try await remote.archive().snapshots.count == 2)
  }

  @Test func `taking an entry over twice changes nothing`() async throws {
    let remote = try await Remote()
    let entry = try await remote.commit()
    let head = try #require(try remote.state.head())
    let accounts = try remote.state.accounts().map(\.account)
    try remote.state.commit(entry, head: head)
    #expect(try remote.state.head() == head)
    #expect(try remote.state.lastEntry() == entry)
    #expect(try remote.state.accounts().map(\.account) == accounts)
    #expect(try remote.state.keyring(unpublishedOnly: true).runs.isEmpty)
    #expect(await code { _ = try await remote.vault() } == nil)
  }

  @Test func `of two agents that append one number, one fails`() async throws {
    let remote = try await Remote()
    let vault = try await remote.vault()
    let run = try vault.beginRun().keys.id
    try await remote.append(
      after: try vault.head, agent: try identifier(), .snapshot(try snapshot(of: run)))
    let second = await code {
      _ = try await vault.commit(try snapshot(of: run), packs: [], time: 3)
    }
    #expect(second == .refused)
  }
}
