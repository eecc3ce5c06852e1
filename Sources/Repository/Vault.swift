package import Format
internal import Sealing
package import Storing

/// A repository opened by its agent: it can be added to, and its past not be read.
package struct Vault: Sendable {
  package let store: any Store
  package let state: AgentState
  package let keys: MetadataKeys
  package let agent: AgentID
  /// The log's head as of opening; nobody else moves it while the state directory is locked.
  package let head: LogHead
  package let lastEntry: LogEntry

  /// Opens the remote that a state belongs to and proves that it is where the agent left it.
  package init(state: AgentState, store: any Store) async throws {
    let repository: RepositoryID = try state.identifier(.repository)
    self.state = state
    self.store = store
    keys = MetadataKeys(try state.required(.metadataKey), repository: repository)
    agent = try state.identifier(.agent)
    do {
      (head, lastEntry) = try await Self.catchUp(
        state: state, log: Log(store: store, keys: keys), agent: agent)
    } catch let error as VaultError where error.code == .missing || error.code == .damaged {
      // Perhaps it is no repository at all, or another one: that is said first.
      try await Archive.checkFormat(store, keys: keys)
      throw error
    }
    try await Self.reconcile(state: state, store: store)
  }

  /// Compares the log with what the agent last saw and finishes a commit whose answer was lost.
  private static func catchUp(
    state: AgentState, log: Log, agent: AgentID
  ) async throws -> (LogHead, LogEntry) {
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
    let pending = try state.value(.pendingRun).flatMap { RunID($0) }
    var (current, entry) = (head, try state.lastEntry())
    for item in newer {
      let snapshot = try lostCommit(in: item.entry, agent: agent, pending: pending)
      try state.commit(
        item.entry, head: item.head, origins: snapshot.origins.map(\.name))
      (current, entry) = (item.head, item.entry)
    }
    return (current, entry)
  }

  /// The snapshot of an entry that this agent appended without hearing that it did.
  private static func lostCommit(
    in entry: LogEntry, agent: AgentID, pending: RunID?
  ) throws -> SnapshotEntry {
    guard entry.agent == agent else {
      throw VaultError(
        .refused,
        "log entry \(entry.sequence) was written by another agent: this machine was replaced. "
          + "If it should be the agent again, run `lethe adopt` here with the kit")
    }
    guard case .snapshot(let snapshot) = entry.event, snapshot.run == pending else {
      throw VaultError(
        .refused,
        "log entry \(entry.sequence) is this agent's but not in its state: the state directory "
          + "is an old copy or was cloned. Stop the other copy, then run `lethe adopt` with the kit"
      )
    }
    return snapshot
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

  /// Learns which packs of an interrupted run reached the remote; the others are forgotten.
  private static func reconcile(state: AgentState, store: any Store) async throws {
    for (number, pack) in try state.packs(in: [.pending]) {
      guard let name = ObjectName("packs/\(pack.pack.hex)") else { continue }
      let found: Int?
      do { found = try await store.byteCount(of: name) } catch {
        throw VaultError(error, doing: "cannot look for \(name)")
      }
      if found == pack.byteCount {
        try state.setState(.stored, of: pack.pack)
      } else {
        try state.forget(number)
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
