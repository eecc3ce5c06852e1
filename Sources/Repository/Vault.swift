package import Format
internal import Sealing
package import Storing

/// A repository opened by its agent: it can be added to, and its past not be read.
package struct Vault: Sendable {
  /// The remote, which is trusted to keep objects and with nothing else.
  package let store: any Store
  /// What the agent remembers; every entry that is appended is taken over into it.
  package let state: AgentState
  /// Derived from the state's metadata key. [F-KEY-1]
  package let keys: MetadataKeys
  /// The id that its entries carry; on an entry of another it stops. [F-LOG-4]
  package let agent: AgentID

  /// Opens the remote that a state belongs to and proves that it is where the agent left it.
  ///
  /// Unless the log is listed, a gap among its older entries is not noticed; the listing takes a round
  /// trip for each hundred entries.
  package init(
    state: AgentState, store: any Store, listingLog listsLog: Bool = true
  ) async throws {
    let repository: RepositoryID = try state.identifier(.repository)
    self.state = state
    self.store = store
    keys = MetadataKeys(try state.required(.metadataKey), repository: repository)
    agent = try state.identifier(.agent)
    do {
      let log = Log(store: store, keys: keys)
      var isUnmoved = false
      if !listsLog { isUnmoved = try await Self.isUnmoved(state: state, log: log) }
      if !isUnmoved { try await Self.catchUp(state: state, log: log, agent: agent) }
    } catch let error as VaultError where error.code == .missing || error.code == .damaged {
      // Perhaps it is no repository at all, or another one: that is said first.
      try await Archive.checkFormat(store, keys: keys)
      throw error
    }
    try await Self.reconcile(state: state, store: store)
    try await sweepKeyrings()
  }

  /// Where the log stands; nobody else moves it while the state directory is locked.
  package var head: LogHead {
    get throws {
      guard let head = try state.head() else {
        throw VaultError(.damaged, "the state in \(state.directory) was never finished")
      }
      return head
    }
  }

  /// Whether the log ends where the agent last saw its end.
  private static func isUnmoved(state: AgentState, log: Log) async throws -> Bool {
    guard let head = try state.head() else { return false }
    return try await log.ends(at: head)
  }

  /// Compares the log with what the agent last saw and finishes a commit whose answer was lost.
  private static func catchUp(state: AgentState, log: Log, agent: AgentID) async throws {
    guard let head = try state.head() else {
      throw VaultError(
        .damaged,
        "the state in \(state.directory) was never finished; move it away and run "
          + "`lethe init` or `lethe adopt` again")
    }
    let sequences = try await log.sequences()
    guard let last = sequences.last, last >= head.sequence else {
      throw VaultError(
        .damaged,
        "the remote's log ends at entry \(sequences.last ?? 0), but this agent has seen entry "
          + "\(head.sequence): the remote was rolled back or truncated. Restore the remote from its "
          + "provider's copies; if that is impossible, `lethe adopt` with the kit goes on from there"
      )
    }
    try await prove(head, log: log)
    let newer = try await log.entries(after: head, through: last)
    guard let item = newer.first else { return }
    try checkLostCommit(item.entry, agent: agent, pending: try state.value(.pendingEntry))
    try await log.confirm(item.head)
    try state.commit(item.entry, head: item.head)
    guard let stranger = newer.dropFirst().first else { return }
    try checkLostCommit(stranger.entry, agent: agent, pending: nil)
  }

  /// An entry must be the one that this agent was appending, without hearing that it did.
  private static func checkLostCommit(
    _ entry: LogEntry, agent: AgentID, pending: [UInt8]?
  ) throws {
    guard entry.agent == agent else {
      throw VaultError(
        .refused,
        "log entry \(entry.sequence) was written by another agent: this machine was replaced. "
          + "If it should be the agent again, run `lethe adopt` here with the kit")
    }
    guard entry.encode() == pending else {
      throw VaultError(
        .refused,
        "log entry \(entry.sequence) is this agent's but not in its state: the state directory "
          + "is an old copy or was cloned. Stop the other copy, then run `lethe adopt` with the kit"
      )
    }
  }

  /// The newest entry that the agent knows must still be the one it knows.
  private static func prove(_ head: LogHead, log: Log) async throws {
    guard try await log.digest(of: head.sequence) == head.digest else {
      throw VaultError(
        .damaged,
        "log entry \(head.sequence) is not the one that this agent wrote: the log was forked or "
          + "replaced; restore the remote from its provider's copies")
    }
  }

  /// Learns which packs of an interrupted run reached the remote for good; the others are forgotten.
  private static func reconcile(state: AgentState, store: any Store) async throws {
    let pending = try state.packs(in: [.pending])
    if !pending.isEmpty {
      do { try await store.makeDurable("packs") } catch {
        throw VaultError(error, doing: "cannot make the packs durable")
      }
    }
    for (number, pack) in pending {
      guard let name = ObjectName("packs/\(pack.pack.hex)") else { continue }
      let found: Int?
      do { found = try await store.byteCount(of: name) } catch {
        throw VaultError(error, doing: "cannot look for \(name)")
      }
      if found == pack.byteCount {
        try state.setState(.stored, of: pack.pack)
      } else {
        try state.forget([number])
      }
    }
    try AgentState.emptySpool(of: state)
  }

  /// Every snapshot that the log lists, oldest first, read without touching the agent's state.
  package static func snapshots(
    state: AgentState, store: any Store
  ) async throws -> [Snapshot] {
    let repository: RepositoryID = try state.identifier(.repository)
    let keys = MetadataKeys(try state.required(.metadataKey), repository: repository)
    try await Archive.checkFormat(store, keys: keys)
    let log = Log(store: store, keys: keys)
    guard let last = try await log.sequences().last else { return [] }
    return Archive.snapshots(in: try await log.entries(after: nil, through: last).map(\.entry))
  }

  /// Begins a run: its secret is durable, its share is sealed to the kit and known to nobody else.
  package func beginRun() throws -> (keys: RunKeys, sealedShare: [UInt8], seen: Int64) {
    guard let id = RunID(Random.bytes(RunID.byteCount)) else {
      preconditionFailure("sixteen random bytes")
    }
    let share = SharedSecret(Secret(randomByteCount: 32))
    let secret = Random.bytes(KeyringContents.secretByteCount)
    let sealed = try ChunkKeys.sealShare(
      share, repository: keys.repository, run: id, to: try state.required(.recoveryKey))
    let seen = try state.beginRun(KeyringContents.Run(id: id, secret: secret))
    return (RunKeys(id: id, share: share, secret: secret), sealed, seen)
  }

  /// Makes a new account with fresh halves of keys.
  package static func makeAccount(
    number: AccountNumber, address: String, birthMark: [UInt8]
  ) -> KeyringContents.Account {
    guard let id = AccountID(Random.bytes(AccountID.byteCount)) else {
      preconditionFailure("sixteen random bytes")
    }
    return KeyringContents.Account(
      number: number, id: id, secret: Random.bytes(KeyringContents.secretByteCount),
      namingKey: Random.bytes(KeyringContents.secretByteCount), address: address,
      birthMark: birthMark)
  }
}
