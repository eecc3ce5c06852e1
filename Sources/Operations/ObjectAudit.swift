internal import Files
internal import Format
internal import Repository
internal import Sealing
internal import Storing

/// Compares what the remote lists with what should be there.
struct ObjectAudit {
  let store: any Store
  let now: Int64
  private(set) var findings: [Finding] = []
  /// Copies of keyrings to be written anew, with the bytes of the other copy.
  private(set) var repairs: [(reference: KeyringReference, copy: Int, bytes: [UInt8])] = []
  /// Packs that were removed once and are there all the same.
  private(set) var returned: [PackID] = []
  /// Whether there are keyrings that nothing names.
  private(set) var hasUnknownKeyrings = false
  /// Whether a keyring has no good copy left.
  private(set) var hasLostKeyring = false

  init(store: any Store, now: Int64) {
    self.store = store
    self.now = now
  }

  /// The objects of a directory; nil, with a finding, where something there is no object at all.
  private mutating func list(_ directory: String) async throws -> [StoredObject]? {
    // A hostile server's listing takes 60 MiB, which the thread that read the one before still keeps.
    FreedMemory.giveBack()
    do { return try await store.list(directory) } catch
      where error.code == .damaged || error.code == .missing
    {
      findings.append(
        Finding(
          .critical, .foreignObject, directory, error.message,
          remedy: "look at what is there, and remove what is not Lethe's"))
      return nil
    } catch { throw VaultError(error, doing: "cannot list \(directory)") }
  }

  private func byteCount(of path: String) async throws -> Int? {
    guard let name = ObjectName(path) else { return nil }
    do { return try await store.byteCount(of: name) } catch {
      throw VaultError(error, doing: "cannot look for \(name)")
    }
  }

  /// Every pack with its length, and what else is there.
  mutating func packs(_ ledger: PackLedger, _ faults: inout PackFaults) async throws {
    let objects = try await list("packs")
    var found: [PackID: Int] = [:]
    for object in objects ?? [] {
      let digits = object.name.path.dropFirst("packs/".count)
      guard let pack = PackID(hex: digits) else {
        findings.append(foreign(object, "it has no name of a pack"))
        continue
      }
      found[pack] = object.byteCount
      if ledger.items[pack] == nil { judge(pack, object, ledger) }
    }
    for (pack, item) in ledger.items {
      let path = "packs/\(pack.hex)"
      let byteCount = objects == nil ? try await self.byteCount(of: path) : found[pack]
      guard byteCount != item.summary.byteCount else { continue }
      guard let byteCount else {
        faults.note(pack, .packMissing, "\(path) is missing from the remote")
        continue
      }
      faults.note(
        pack, .packLength,
        "\(path) has \(byteCount) bytes instead of \(item.summary.byteCount)")
    }
  }

  /// A pack that is not in use.
  private mutating func judge(_ pack: PackID, _ object: StoredObject, _ ledger: PackLedger) {
    guard let dropped = ledger.dropped[pack] else {
      findings.append(foreign(object, "neither the log nor the agent knows it"))
      return
    }
    guard ledger.unremoved.contains(pack) else {
      returned.append(pack)
      findings.append(
        Finding(
          .warning, .packReturned, object.name.path,
          "\(object.name) was removed after the log dropped it, and is there all the same",
          remedy: "it is removed again; ask the provider who put it back, or why it was kept"))
      return
    }
    guard dropped + PrunePlan.grace <= now else { return }
    findings.append(
      Finding(
        .info, .packDropped, object.name.path,
        "\(object.name) was dropped at \(Timestamp.text(dropped)) and is still there",
        remedy: "nothing need be done; the next prune removes it"))
  }

  private func foreign(_ object: StoredObject, _ why: String) -> Finding {
    Finding(
      .warning, .foreignObject, object.name.path,
      "\(object.name), of \(object.byteCount) bytes, is not of this repository: \(why)",
      remedy: "remove it if nobody wants it; nothing refers to it")
  }

  /// Both copies of every keyring in force, and others that nothing names.
  mutating func keyrings(_ references: [KeyringReference]) async throws {
    let named = Set(references.flatMap { $0.copies.indices.map($0.name) })
    for object in try await list("keyring") ?? [] where !named.contains(object.name.path) {
      hasUnknownKeyrings = true
      findings.append(
        Finding(
          .warning, .keyringUnknown, object.name.path,
          "\(object.name) is not a keyring that the log has in force; it may hold keys that were "
            + "destroyed", remedy: "nothing need be done; the next run removes it"))
    }
    for reference in references { try await copies(of: reference) }
  }

  private mutating func copies(of reference: KeyringReference) async throws {
    var bad: [(copy: Int, isThere: Bool)] = []
    var good: [UInt8]?
    for copy in reference.copies.indices {
      let (bytes, isThere) = try await read(reference.name(copy))
      if let bytes, bytes.count == reference.byteCount, Hash.digest(bytes) == reference.digest.bytes
      {
        good = bytes
      } else {
        bad.append((copy, isThere))
      }
    }
    for (copy, isThere) in bad {
      let path = reference.name(copy)
      findings.append(
        Finding(
          .warning, isThere ? .keyringDamaged : .keyringMissing, path,
          "\(path) \(isThere ? "does not have the hash that the log has of it" : "is missing")",
          remedy: good == nil
            ? "see the finding about both copies" : "it is written anew from the other copy"))
      if let good { repairs.append((reference, copy, good)) }
    }
    guard good == nil else { return }
    hasLostKeyring = true
    findings.append(
      Finding(
        .critical, .keyringLost, reference.name(0),
        "both copies of a keyring are of no use: what it holds of accounts and runs cannot be "
          + "restored", remedy: "the agent still has these keys and writes the keyring anew"))
  }

  private func read(_ path: String) async throws -> (bytes: [UInt8]?, isThere: Bool) {
    guard let name = ObjectName(path) else { return (nil, false) }
    do { return (try await store.get(name, upTo: Limits.keyringByteCount), true) } catch {
      switch error.code {
      case .missing: return (nil, false)
      case .damaged, .oversized, .short: return (nil, true)
      default: throw VaultError(error, doing: "cannot read \(name)")
      }
    }
  }

  /// What writers that were cut off left behind.
  mutating func leftovers() async throws {
    let objects: [StoredObject]
    do { objects = try await Leftovers(in: store).objects } catch {
      throw VaultError(error, doing: "cannot list tmp")
    }
    guard !objects.isEmpty else { return }
    let byteCount = objects.reduce(0) { $0 + $1.byteCount }
    findings.append(
      Finding(
        .info, .leftovers, StoreLayout.temporary,
        "tmp/ holds \(objects.count) objects of \(byteCount) bytes that runs left which were cut off",
        remedy: "nothing need be done; a prune removes them a day after they were written"))
  }
}
