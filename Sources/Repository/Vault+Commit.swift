internal import Foundation
package import Format
internal import Sealing
internal import Storing

extension Vault {
  /// Commits a snapshot: the keyring's addition first, then the log entry, then the agent's state.
  ///
  /// Everything the entry refers to is durable on the remote by now. [F-ORD-2]
  package func commit(_ snapshot: SnapshotEntry, time: Int64) async throws -> LogEntry {
    let keyring = try await publishKeyring()
    let entry = LogEntry(
      sequence: head.sequence + 1, previous: head.digest, time: time, agent: agent,
      nextAccount: try nextAccount(), keyring: keyring, event: .snapshot(snapshot))
    let newHead = try await Log(store: store, keys: keys).append(entry)
    try state.commit(entry, head: newHead, origins: snapshot.origins.map(\.name))
    try await removeSupersededKeyrings(keeping: keyring)
    return entry
  }

  /// The lowest account number never used.
  package func nextAccount() throws -> AccountNumber {
    var reader = ByteReader(try state.required(.nextAccount), subject: "the next account number")
    let next = max(try reader.fixed32(), lastEntry.nextAccount.value)
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

  /// Stores what the keyring gained; gives all the references that are then in force.
  private func publishKeyring() async throws -> [KeyringReference] {
    let folds = lastEntry.keyring.count >= Self.maximumKeyringObjects
    let contents = try state.keyring(unpublishedOnly: !folds)
    let epoch = try currentEpoch()
    let reference = try await Self.store(
      contents, epoch: epoch.number, to: epoch.publicKey, keys: keys, store: store)
    return folds ? [reference] : lastEntry.keyring + [reference]
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
    // One after the other: a second session would cost more round trips than it saves.
    for copy in copies.indices {
      try await Self.put(object, as: reference.name(copy), in: store)
    }
    return reference
  }

  static func put(
    _ object: [UInt8], as path: String, in store: any Store
  ) async throws {
    guard let name = ObjectName(path) else {
      preconditionFailure("digits and hexadecimal make an object name")
    }
    do { try await store.put(object, as: name) } catch {
      throw VaultError(error, doing: "cannot store \(name)")
    }
  }

  private func currentEpoch() throws -> (number: UInt32, publicKey: [UInt8]) {
    let number = try fixed32(.epoch)
    let first = try fixed32(.firstEpoch)
    let publicKeys = try state.required(.epochKeys)
    let offset = (Int(number) - Int(first)) * SealedBox.keyByteCount
    guard offset >= 0, offset + SealedBox.keyByteCount <= publicKeys.count else {
      throw VaultError(
        .refused, "the agent has no public key for epoch \(number); run `lethe adopt` with the kit")
    }
    return (number, Array(publicKeys[offset..<offset + SealedBox.keyByteCount]))
  }

  private func fixed32(_ fact: AgentState.Fact) throws -> UInt32 {
    var reader = ByteReader(try state.required(fact), subject: fact.rawValue)
    return try reader.fixed32()
  }

  /// Removes keyring objects that the log no longer names, left by folds and interrupted runs.
  ///
  /// Looked for only when a fold has just made some, so that an ordinary run spares the listing.
  private func removeSupersededKeyrings(keeping references: [KeyringReference]) async throws {
    guard references.count < lastEntry.keyring.count else { return }
    let kept = Set(
      references.flatMap { reference in
        reference.copies.indices.map { reference.name($0) }
      })
    do {
      let stored = try await store.list("keyring")
      for object in stored where !kept.contains(object.name.path) {
        try await store.remove(object.name)
      }
    } catch { throw VaultError(error, doing: "cannot remove superseded keyrings") }
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
