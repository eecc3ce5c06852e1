import Format
import Repository
import Sealing
import Storing
import TestKit

/// A repository in memory, with its agent's state and its kit.
final class Remote {
  let store = MemoryStore()
  let kit: Kit
  let state: AgentState
  private let directory: TemporaryDirectory

  init() async throws {
    let repository: RepositoryID = try identifier()
    kit = try Kit(newFor: repository, url: "file:///r", hostKey: "")
    directory = try TemporaryDirectory()
    state = try AgentState(creating: directory.path + "/state")
    try await Vault.create(store: store, state: state, kit: kit, time: 1)
  }

  var keys: MetadataKeys { MetadataKeys(kit.metadataKey, repository: kit.repository) }
  var log: Log { Log(store: store, keys: keys) }

  func vault() async throws -> Vault { try await Vault(state: state, store: store) }
  func archive() async throws -> Archive { try await Archive(store: store, kit: kit) }

  /// Commits an empty snapshot, as a run of its own would.
  @discardableResult
  func commit() async throws -> LogEntry {
    let vault = try await vault()
    let run = try vault.beginRun()
    return try await vault.commit(try snapshot(of: run.keys.id), packs: [], time: 2)
  }

  /// Appends an entry as somebody with the metadata key could.
  func append(
    after head: LogHead, agent: AgentID, _ event: LogEntry.Event
  ) async throws {
    let last = try await log.entries(after: nil, through: head.sequence).last
    _ = try await log.append(
      LogEntry(
        sequence: head.sequence + 1, previous: head.digest, time: 3, agent: agent,
        nextAccount: AccountNumber(1), keyring: last?.entry.keyring ?? [], event: event))
  }

  /// The bytes of a log entry's object.
  func entry(_ sequence: UInt64) async throws -> [UInt8]? {
    await store.contents[try name(of: sequence)]
  }

  /// Puts other bytes in the place of a log entry, or takes it away.
  func replace(_ sequence: UInt64, with bytes: [UInt8]?) async throws {
    await store.tamper(with: try name(of: sequence), bytes)
  }

  private func name(of sequence: UInt64) throws -> ObjectName {
    try name("log/\(LogEntry.name(of: sequence))")
  }

  func name(_ path: String) throws -> ObjectName {
    guard let name = ObjectName(path) else { throw TestKitError("\(path) is no name") }
    return name
  }
}

/// Sixteen new random bytes.
func identifier<Kind>() throws -> Identifier<Kind> {
  guard let identifier = Identifier<Kind>(Random.bytes(16)) else { throw TestKitError("no id") }
  return identifier
}

/// A snapshot of nothing.
func snapshot(of run: RunID) throws -> SnapshotEntry {
  SnapshotEntry(
    run: run, state: .complete, started: 1,
    catalogue: ChunkLocation(pack: try identifier(), ordinal: 0), packs: [], origins: [],
    liveAccountCount: 0)
}

/// The code of the error that an operation ends with, nil where it succeeds.
func code(_ body: () async throws -> Void) async -> VaultError.Code? {
  do {
    try await body()
    return nil
  } catch { return (error as? VaultError)?.code }
}
