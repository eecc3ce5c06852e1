internal import Foundation
package import Format
internal import Sealing
internal import Storing

extension Vault {
  /// Commits a snapshot: the keyring's addition first, then the log entry, then the agent's state.
  ///
  /// Everything the entry refers to is durable on the remote by now. [F-ORD-2]
  ///
  /// `packs` are the agent's numbers of all packs that the snapshot refers to.
  package func commit(
    _ snapshot: SnapshotEntry, packs: Set<Int64>, time: Int64
  ) async throws -> LogEntry {
    try state.notePending(packs: packs)
    let before = try state.lastEntry().keyring
    let folds = before.count >= Self.maximumKeyringObjects
    let sweeps = try folds || state.value(.keyringSweep) != nil
    // Cut off between the two, the addition is named by no entry.
    try state.set(.keyringSweep, time: try state.time(.keyringSweep) ?? time)
    let contents = try state.keyring(unpublishedOnly: !folds)
    let addition = try await publish(contents, epoch: try epoch)
    if sweeps { try await noteSweep(expecting: before + [addition]) }
    let entry = try await append(
      .snapshot(snapshot), keyring: folds ? [addition] : before + [addition], time: time)
    if sweeps {
      try await sweepKeyrings()
    } else {
      try state.remove([.keyringSweep])
    }
    return entry
  }

  /// Says in the log that accounts must not come back; from then on no restore brings them.
  package func erase(_ erasures: [ErasureEntry], time: Int64) async throws {
    let sorted = erasures.sorted { $0.account < $1.account }
    for part in Self.parts(sorted) { try await append(.erasure(part), time: time) }
  }

  /// Takes erasures back whose keys are still held.
  package func cancel(_ accounts: [AccountNumber], time: Int64) async throws {
    for part in Self.parts(accounts.sorted()) {
      try await append(.cancellation(part), time: time)
    }
  }

  /// Begins an epoch: writes the keyring anew, without the keys of accounts, which are destroyed by
  /// it, here and on the remote. [F-LOG-9]
  ///
  /// Whatever fails, or is cut off, the next call or run goes on from there.
  package func beginEpoch(destroying accounts: [AccountNumber], time: Int64) async throws {
    for part in accounts.isEmpty ? [[]] : Self.parts(accounts.sorted()) {
      try state.set(.keyringSweep, time: try state.time(.keyringSweep) ?? time)
      let contents = try state.keyring(unpublishedOnly: false, without: Set(part))
      let reference = try await publish(contents, epoch: try nextEpoch)
      try await noteSweep(expecting: try state.lastEntry().keyring + [reference])
      try await append(.epoch(destroyed: part), keyring: [reference], time: time)
      try await sweepKeyrings()
    }
  }

  /// Says in the log that snapshots have expired: from then on no restore brings them back.
  package func expire(_ runs: [RunID], time: Int64) async throws {
    for part in Self.parts(runs.sorted(), limit: Limits.runCount) {
      try await append(.expiry(part), time: time)
    }
  }

  /// Says in the log that packs are about to be removed, which no kept snapshot refers to.
  package func drop(_ packs: [PackID], time: Int64) async throws {
    for part in Self.parts(packs.sorted(), limit: Limits.droppedPackCount) {
      try await append(.drop(part), time: time)
    }
  }

  /// Says in the log that a restore of everything was proved.
  package func note(_ drill: DrillEntry, time: Int64) async throws {
    try await append(.drill(drill), time: time)
  }

  /// Removes dropped packs and forgets them; what is left, the next call removes.
  package func remove(_ packs: [PackRow]) async throws {
    for start in stride(from: 0, to: packs.count, by: Self.removalCount) {
      let part = packs[start..<min(start + Self.removalCount, packs.count)]
      let names = part.map { pack in
        guard pack.state == .dropped, let name = ObjectName("packs/\(pack.summary.pack.hex)")
        else { preconditionFailure("only what the log dropped is removed") }
        return name
      }
      do { try await store.remove(names) } catch {
        throw VaultError(error, doing: "cannot remove dropped packs")
      }
      try state.forget(part.map(\.number))
    }
  }

  /// Packs that are removed between two notes in the agent's state.
  private static let removalCount = 64

  /// Sees to it that there is something to let go of when the remote is full.
  package func replenishBallast() async throws {
    do { try await Ballast.replenish(in: store) } catch {
      throw VaultError(error, doing: "cannot store the ballast")
    }
  }

  /// The remote's time of a log entry's object, in milliseconds since 1970; nil where it cannot tell.
  package func remoteTime(of sequence: UInt64) async throws -> Int64? {
    guard let name = ObjectName("log/\(LogEntry.name(of: sequence))") else { return nil }
    do { return try await store.modificationTime(of: name).map { $0 * 1000 } } catch {
      throw VaultError(error, doing: "cannot ask for the time of \(name)")
    }
  }

  /// As many as one entry holds.
  private static func parts<Item>(
    _ items: [Item], limit: Int = Limits.erasureCount
  ) -> [[Item]] {
    stride(from: 0, to: items.count, by: limit).map {
      Array(items[$0..<min($0 + limit, items.count)])
    }
  }

  /// Appends an entry, after whatever it refers to is durable; `keyring` is that of the entry before
  /// unless it is given.
  @discardableResult
  private func append(
    _ event: LogEntry.Event, keyring: [KeyringReference]? = nil, time: Int64
  ) async throws -> LogEntry {
    let head = try head
    let entry = LogEntry(
      sequence: head.sequence + 1, previous: head.digest, time: time, agent: agent,
      nextAccount: try nextAccount(), keyring: try keyring ?? state.lastEntry().keyring,
      event: event)
    try state.note(pending: entry)
    try state.commit(entry, head: try await Log(store: store, keys: keys).append(entry))
    return entry
  }

  /// The lowest account number never used.
  package func nextAccount() throws -> AccountNumber {
    var reader = ByteReader(try state.required(.nextAccount), subject: "the next account number")
    let next = max(try reader.fixed32(), try state.lastEntry().nextAccount.value)
    guard next <= Self.highestAccountNumber else {
      throw VaultError(
        .refused,
        "the repository has used up its account numbers; begin a new one with `lethe init`")
    }
    return AccountNumber(next)
  }

  /// Leaves room for the accounts of one run, of which there are 2^23 at most.
  private static let highestAccountNumber = UInt32.max - (1 << 23)

  /// Additions are folded into one object every two days of six runs each.
  private static let maximumKeyringObjects = 12

  private func publish(
    _ contents: KeyringContents, epoch: Epoch
  ) async throws -> KeyringReference {
    try await Self.store(
      contents, epoch: epoch.number, to: epoch.publicKey, keys: keys, store: store)
  }

  /// Seals a keyring and stores its copies.
  static func store(
    _ contents: KeyringContents, epoch: UInt32, to epochKey: [UInt8], keys: MetadataKeys,
    store: any Store
  ) async throws -> KeyringReference {
    // One address or birth mark beyond its limit would make the keys of everybody unreadable.
    do { _ = try KeyringContents.decode(contents.encode()) } catch {
      throw VaultError(
        .refused,
        "the keyring cannot be stored: \(error.message); nothing is committed. Look for a "
          + "malformed account in the server's table of users")
    }
    let object = try KeyringObject.seal(contents, epoch: epoch, to: epochKey, keys: keys)
    let copies = (0..<KeyringReference.copyCount).compactMap { _ in
      KeyringID(Random.bytes(KeyringID.byteCount))
    }
    guard let digest = Digest(Hash.digest(object)) else { preconditionFailure("32 bytes of hash") }
    let reference = KeyringReference(
      epoch: epoch, copies: copies, byteCount: object.count, digest: digest)
    // By one session: a second would cost more round trips than it saves.
    let names = copies.indices.compactMap { ObjectName(reference.name($0)) }
    do { try await Ballast.put(object, as: names, in: store) } catch {
      throw VaultError(error, doing: "cannot store the keyring of epoch \(epoch)")
    }
    return reference
  }

  private struct Epoch {
    let number: UInt32
    let publicKey: [UInt8]
  }

  /// The epoch of the keyring in force.
  package var presentEpoch: UInt32 { get throws { try state.requiredNumber(.epoch) } }

  /// Remembers that the kit stands at another epoch, and which erasures are beyond it by that, and
  /// takes over as many coming epochs as the kit gives.
  package func noteAdvance(of kit: borrowing Kit, time: Int64) throws {
    try state.noteAdvance(
      to: kit.epoch, epochKeys: kit.epochPublicKeys(count: Kit.epochKeyCount), time: time)
  }

  private var epoch: Epoch {
    get throws { try epoch(try state.requiredNumber(.epoch)) }
  }

  /// The one after the present; the last that the agent knows of goes on for ever.
  private var nextEpoch: Epoch {
    get throws {
      let next = try state.requiredNumber(.epoch) + 1
      let count = try state.required(.epochKeys).count / SealedBox.keyByteCount
      let isKnown = Int(next) - Int(try state.requiredNumber(.firstEpoch)) < count
      return try epoch(isKnown ? next : next - 1)
    }
  }

  private func epoch(_ number: UInt32) throws -> Epoch {
    let publicKeys = try state.required(.epochKeys)
    let first = try state.requiredNumber(.firstEpoch)
    let offset = (Int(number) - Int(first)) * SealedBox.keyByteCount
    guard offset >= 0, offset + SealedBox.keyByteCount <= publicKeys.count else {
      throw VaultError(
        .refused, "the agent has no public key for epoch \(number); run `lethe adopt` with the kit")
    }
    return Epoch(
      number: number, publicKey: Array(publicKeys[offset..<offset + SealedBox.keyByteCount]))
  }
}

extension AgentState {
  /// Spooled packs of an interrupted run: what reached the remote is known, the rest is sealed anew.
  static func emptySpool(of state: AgentState) throws {
    let manager = FileManager.default
    guard let names = try? manager.contentsOfDirectory(atPath: state.spool) else { return }
    for name in names { try manager.removeItem(atPath: "\(state.spool)/\(name)") }
  }
}
