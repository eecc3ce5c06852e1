package import Format
internal import Sealing
package import Storing

/// A snapshot as the log tells it.
package struct Snapshot: Sendable {
  /// The number of its log entry, from 1 without gaps. [F-LOG-1]
  package let sequence: UInt64
  /// Milliseconds since 1970, when it was committed.
  package let time: Int64
  /// What the log says of it. [F-LOG-5]
  package let entry: SnapshotEntry

  /// A snapshot and where in the log it stands.
  package init(sequence: UInt64, time: Int64, entry: SnapshotEntry) {
    self.sequence = sequence
    self.time = time
    self.entry = entry
  }
}

/// A pack as the log lists it.
package struct ListedPack: Sendable, Equatable {
  /// What the log says of it.
  package let summary: PackSummary
  /// Milliseconds since 1970 of the run that listed it.
  package let sealed: Int64
  /// Milliseconds since 1970 of the entry that dropped it; nil while it is not dropped.
  package let dropped: Int64?
  /// Whether a later entry dropped it.
  package var isDropped: Bool { dropped != nil }
}

/// A repository opened with the kit: everything live can be read.
package struct Archive: Sendable {
  /// The id on which kit and `format` agree. [F-OBJ-2]
  package let repository: RepositoryID
  /// Derived from the kit's metadata key. [F-KEY-1]
  package let keys: MetadataKeys
  /// The whole log, from entry 1, every link checked. [F-LOG-3]
  package let entries: [LogEntry]
  /// The newest entry's number and the hash of its object.
  package let head: LogHead
  /// Who must not come back.
  package let ledger: ErasureLedger
  /// The accounts whose keys still exist, by number; those that are held included.
  package let accounts: [AccountNumber: KeyringContents.Account]
  /// The secrets of the runs that may still be read.
  package let runSecrets: [RunID: [UInt8]]
  /// Every pack that the log knows and that it did not drop.
  package let packs: [PackID: PackSummary]
  /// All of them, the dropped ones too, in the order in which they were listed.
  package let listedPacks: [ListedPack]
  private let store: any Store

  /// Reads the format, the log and the keyring, and proves that the kit opens them.
  package init(store: any Store, kit: borrowing Kit) async throws {
    self.store = store
    repository = kit.repository
    keys = MetadataKeys(kit.metadataKey, repository: kit.repository)
    try await Self.checkFormat(store, keys: keys)
    let log = Log(store: store, keys: keys)
    let sequences = try await log.sequences()
    guard let last = sequences.last else {
      throw VaultError(
        .missing,
        "the repository has a format but no log: `lethe init` was interrupted; empty the "
          + "remote directory and run it again", failure: .missing)
    }
    let chain = try await log.entries(after: nil, through: last)
    guard let newest = chain.last else {
      throw VaultError(.damaged, "the log has no entries")
    }
    entries = chain.map(\.entry)
    head = newest.head
    listedPacks = Self.packs(of: entries)
    packs = Dictionary(
      listedPacks.filter { !$0.isDropped }.map { ($0.summary.pack, $0.summary) },
      uniquingKeysWith: { _, later in later })
    let keyring = try await Self.keyring(newest.entry.keyring, store: store, kit: kit, keys: keys)
    let ledger = ErasureLedger(entries)
    self.ledger = ledger
    accounts = Dictionary(
      keyring.accounts.filter { ledger.erasures[$0.number]?.isHeld ?? true }
        .map { ($0.number, $0) }, uniquingKeysWith: { _, later in later })
    runSecrets = Dictionary(
      keyring.runs.map { ($0.id, $0.secret) }, uniquingKeysWith: { _, later in later })
  }

  /// Whether an account may be restored: it was not erased, or it is held because a list did not have
  /// it, and held accounts of that cause are asked for.
  package func mayRestore(_ account: AccountNumber, includingHeld: Bool) -> Bool {
    guard accounts[account] != nil else { return false }
    guard let erasure = ledger.erasures[account] else { return true }
    return includingHeld && erasure.isHeld && erasure.entry.cause == .missing
  }

  /// Refuses a directory that holds nothing, something else, or another repository.
  package static func checkFormat(_ store: any Store, keys: MetadataKeys) async throws {
    guard let name = ObjectName("format") else { preconditionFailure("format is a name") }
    let bytes: [UInt8]
    do { bytes = try await store.get(name, upTo: FormatObject.byteCount) } catch
      where error.code == .missing
    {
      throw VaultError(
        .missing,
        "there is no repository at this address (\(error.message)); check `repository` in "
          + "the configuration, or make one with `lethe init`", failure: .missing)
    } catch  where error.code == .oversized {
      throw VaultError.damaged(
        "the object `format`", FormatError(.malformed, "bytes follow its end"))
    } catch { throw VaultError(error, doing: "cannot open the repository") }
    let found: RepositoryID
    do { found = try FormatObject.decode(bytes) } catch {
      throw VaultError.damaged("the object `format`", error)
    }
    guard found == keys.repository else {
      if await Log(store: store, keys: keys).opens() {
        throw VaultError(
          .damaged,
          "the object `format` is damaged: it names repository \(found.hex), while the log is "
            + "that of \(keys.repository.hex); restore it from a copy of the remote")
      }
      throw VaultError(
        .wrongKit,
        "the remote holds repository \(found.hex), but the kit or state belongs to "
          + "\(keys.repository.hex); check `repository.url` and which kit this is",
        failure: .wrongKey)
    }
  }

  /// Every pack that a log lists, in the order in which it did.
  package static func packs(of entries: [LogEntry]) -> [ListedPack] {
    var dropped: [PackID: Int64] = [:]
    for entry in entries {
      guard case .drop(let packs) = entry.event else { continue }
      for pack in packs { dropped[pack] = entry.time }
    }
    return entries.flatMap { entry -> [ListedPack] in
      guard case .snapshot(let snapshot) = entry.event else { return [] }
      return snapshot.packs.map {
        ListedPack(
          summary: $0, sealed: snapshot.started, dropped: dropped[$0.pack])
      }
    }
  }

  private static func keyring(
    _ references: [KeyringReference], store: any Store, kit: borrowing Kit, keys: MetadataKeys
  ) async throws -> KeyringContents {
    var whole = KeyringContents(accounts: [], runs: [])
    for reference in references {
      let bytes = try await readCopy(reference, store: store)
      let contents: KeyringContents
      do {
        contents = try KeyringObject.open(bytes, of: reference.epoch, kit: kit, keys: keys)
      } catch let error as VaultError { throw error } catch {
        throw VaultError.damaged("keyring \(reference.name(0))", error)
      }
      whole.accounts += contents.accounts
      whole.runs += contents.runs
    }
    guard whole.accounts.contains(where: { $0.number == .server }) else {
      throw VaultError(
        .damaged,
        "the keyring has no keys of shared data; restore the remote from its provider's copies",
        failure: .missing)
    }
    return whole
  }

  /// Reads whichever copy has the bytes that the log says.
  private static func readCopy(
    _ reference: KeyringReference, store: any Store
  ) async throws -> [UInt8] {
    var (reasons, failure): ([String], VaultError.Failure) = ([], .missing)
    for copy in reference.copies.indices {
      let path = reference.name(copy)
      guard let name = ObjectName(path) else { continue }
      do {
        let bytes = try await store.get(name, upTo: Limits.keyringByteCount)
        if bytes.count == reference.byteCount, Hash.digest(bytes) == reference.digest.bytes {
          return bytes
        }
        reasons.append("\(path) does not have the hash that the log has of it")
        failure = .forged
      } catch {
        reasons.append(error.message)
        if error.code == .damaged || error.code == .oversized { failure = .forged }
      }
    }
    throw VaultError(
      .damaged,
      "no copy of a keyring can be read: \(reasons.joined(separator: "; ")); the accounts "
        + "and runs it holds cannot be restored", failure: failure)
  }

  /// The listed packs in the order in which an adopted agent numbers them, from 1.
  package var numberedPacks: [ListedPack] {
    listedPacks.sorted { $0.summary.pack < $1.summary.pack }
  }

  /// The number that an adopted agent gives to each listed pack.
  package var packNumbers: [PackID: Int64] {
    Dictionary(
      numberedPacks.enumerated().map { ($1.summary.pack, Int64($0 + 1)) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The lowest account number never used.
  package var nextAccount: AccountNumber { entries.last?.nextAccount ?? AccountNumber(1) }

  /// The snapshots that have not expired, oldest first.
  package var snapshots: [Snapshot] { Self.snapshots(in: entries) }

  /// The snapshots of a log that have not expired, oldest first.
  package static func snapshots(in entries: [LogEntry]) -> [Snapshot] {
    var expired: Set<RunID> = []
    for case .expiry(let runs) in entries.map(\.event) { expired.formUnion(runs) }
    return entries.compactMap { entry in
      guard case .snapshot(let snapshot) = entry.event, !expired.contains(snapshot.run) else {
        return nil
      }
      return Snapshot(sequence: entry.sequence, time: entry.time, entry: snapshot)
    }
  }

  /// The packs, to be read.
  package var source: PackSource { PackSource(packs, keys: keys, store: store) }

  /// Reads a pack whole and proves it.
  package func pack(_ id: PackID) async throws -> PackReader { try await source.pack(id) }

  /// Reads the header of a pack alone; its seal proves it, not the hash of the whole.
  package func header(of id: PackID) async throws -> PackHeader {
    try await source.header(of: id)
  }

  /// Proves bytes that were kept after an earlier reading.
  package func pack(_ id: PackID, read bytes: [UInt8]) throws -> PackReader {
    guard let summary = packs[id] else {
      throw VaultError(.damaged, "the log does not know pack \(id.hex)", failure: .malformed)
    }
    return try PackReader(bytes, summary: summary, keys: keys)
  }
}

extension KeyringReference {
  /// The object's name of one copy. [F-OBJ-3]
  package func name(_ copy: Int) -> String { "keyring/\(epoch)-\(copies[copy].hex)" }
}
