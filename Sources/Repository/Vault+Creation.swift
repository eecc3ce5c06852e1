internal import Format
internal import Sealing
package import Storing

extension Vault {
  /// Makes a repository on an empty remote, and the agent's state for it.
  package static func create(
    store: any Store, state: AgentState, kit: borrowing Kit, time: Int64
  ) async throws {
    let keys = MetadataKeys(kit.metadataKey, repository: kit.repository)
    let server = makeAccount(number: .server, address: "", birthMark: [])
    let keyring = KeyringContents(accounts: [server], runs: [])
    let epochKeys = kit.epochPublicKeys(count: Kit.epochKeyCount)
    let facts = try facts(kit: kit, epochKeys: epochKeys, epoch: kit.epoch)
    let (epoch, repository) = (kit.epoch, kit.repository)
    do { try await store.create() } catch { throw await refusal(error, store: store) }
    do {
      try await putFormat(repository, in: store)
      let reference = try await Self.store(
        keyring, epoch: epoch, to: epochKeys[0], keys: keys, store: store)
      let entry = LogEntry(
        sequence: 1, previous: .none, time: time, agent: try agentID(facts),
        nextAccount: AccountNumber(1), keyring: [reference], event: .genesis)
      let head = try await Log(store: store, keys: keys).append(entry)
      try state.populate(
        facts: facts, keyring: keyring, entries: [entry], head: head, packs: [], stored: [])
      try await Ballast.replenish(in: store)
    } catch {
      // A cancelled task can no longer use the store, and what is there must go all the same.
      await Task { await removeTraces(of: repository, in: store) }.value
      throw error
    }
  }

  private static func putFormat(_ repository: RepositoryID, in store: any Store) async throws {
    guard let name = ObjectName("format") else { preconditionFailure("format is a name") }
    do { try await store.put(FormatObject.encode(repository), as: name) } catch {
      throw VaultError(error, doing: "cannot store \(name)")
    }
  }

  /// Tells a repository that is there already from every other reason for which none can be made.
  private static func refusal(_ error: StoreError, store: any Store) async -> VaultError {
    guard error.code == .refused, let name = ObjectName("format"),
      let found = try? await store.byteCount(of: name), found > 0
    else { return VaultError(error, doing: "cannot make the repository") }
    return VaultError(
      .refused,
      "there is a repository at this address already: `lethe adopt` it, or name an empty "
        + "directory under `repository`; if an `init` was cut off there, empty it and try again")
  }

  /// Takes away what was made of a repository, as far as the store lets it, the format last: as long
  /// as that is there, the rest is known to be ours.
  private static func removeTraces(of repository: RepositoryID, in store: any Store) async {
    guard let format = ObjectName("format"),
      let bytes = try? await store.get(format, upTo: FormatObject.byteCount),
      let found = try? FormatObject.decode(bytes), found == repository
    else { return }
    for directory in ["log", "keyring", StoreLayout.temporary] {
      guard let objects = try? await store.list(directory) else { return }
      for object in objects {
        guard (try? await store.remove(object.name)) != nil else { return }
      }
    }
    try? await store.remove(format)
  }

  /// Makes the state of a new agent for a repository that exists, and says so in the log.
  package static func takeOver(
    archive: Archive, store: any Store, state: AgentState, kit: borrowing Kit, time: Int64
  ) async throws {
    guard let last = archive.entries.last else {
      throw VaultError(.damaged, "the log has no entries")
    }
    let stored = try await storedPacks(store)
    let epoch = last.keyring.map(\.epoch).max() ?? kit.epoch
    var facts = try facts(
      kit: kit, epochKeys: kit.epochPublicKeys(count: Kit.epochKeyCount), epoch: epoch)
    // The former agent may have left keyrings that no entry names, with keys it had destroyed.
    facts[.keyringSweep] = AgentState.timeBytes(time)
    let sweep = try await SweepList.list(
      store, before: last.sequence + 1, expecting: paths(of: last.keyring))
    facts[.sweepList] = sweep.encode()
    let entry = LogEntry(
      sequence: last.sequence + 1, previous: archive.head.digest, time: time,
      agent: try agentID(facts), nextAccount: last.nextAccount, keyring: last.keyring,
      event: .takeover)
    let head = try await Log(store: store, keys: archive.keys).append(entry)
    let keyring = KeyringContents(
      accounts: archive.accounts.values.sorted { $0.number < $1.number },
      runs: archive.runSecrets.map { KeyringContents.Run(id: $0.key, secret: $0.value) })
    try state.populate(
      facts: facts, keyring: keyring, entries: archive.entries + [entry], head: head,
      packs: archive.numberedPacks, stored: stored)
  }

  private static func storedPacks(_ store: any Store) async throws -> Set<PackID> {
    do {
      return Set(
        try await store.list("packs").compactMap { PackID(hex: String($0.name.path.dropFirst(6))) })
    } catch { throw VaultError(error, doing: "cannot list the packs") }
  }

  private static func facts(
    kit: borrowing Kit, epochKeys: [[UInt8]], epoch: UInt32
  ) throws -> [AgentState.Fact: [UInt8]] {
    var first = ByteWriter()
    first.fixed32(kit.epoch)
    var current = ByteWriter()
    current.fixed32(epoch)
    return [
      .repository: kit.repository.bytes,
      .agent: Random.bytes(AgentID.byteCount),
      .metadataKey: kit.metadataKey.copy,
      .recoveryKey: kit.recovery.publicKey,
      .epochKeys: epochKeys.flatMap { $0 },
      .firstEpoch: first.bytes,
      .epoch: current.bytes,
      .kitEpoch: first.bytes,
    ]
  }

  private static func agentID(_ facts: [AgentState.Fact: [UInt8]]) throws -> AgentID {
    guard let agent = facts[.agent].flatMap({ AgentID($0) }) else {
      preconditionFailure("the facts hold an agent's id")
    }
    return agent
  }
}
