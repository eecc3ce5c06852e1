internal import Format
internal import Repository

/// Follows every reference of every kept snapshot to the header of the pack it leads to.
struct CatalogueAudit {
  private let reader: CatalogueReader
  private let listed: Set<PackID>
  private var headers: HeaderShelf
  private(set) var findings: [Finding] = []
  /// The snapshot that a restore takes.
  private var newest: RunID?
  /// What parts have in them that is damaged; most have nothing, and snapshots share most parts.
  private var parts: [ChunkLocation: Remarks] = [:]

  /// What a part of a catalogue leads to that is of no use.
  private struct Remarks {
    var touched: [PackID: Set<AccountNumber>] = [:]
    /// Objections, by the pack that they are about.
    var broken: [PackID: String] = [:]
    var isUnreadable = false
  }

  /// `headers` are loaded already; `listed` are the packs that a reference may lead to.
  init(_ source: PackSource, listed: Set<PackID>, headers: HeaderShelf) {
    reader = CatalogueReader(source)
    self.listed = listed
    self.headers = headers
  }

  /// Reads the catalogues and notes which snapshots and accounts need damaged packs.
  mutating func run(_ snapshots: [Snapshot], _ faults: inout PackFaults) async throws {
    newest = PackFaults.newest(of: snapshots)
    for snapshot in snapshots {
      try Task.checkCancellation()
      try await check(snapshot, &faults)
    }
  }

  private mutating func check(_ snapshot: Snapshot, _ faults: inout PackFaults) async throws {
    let run = snapshot.entry.run
    let place = snapshot.entry.catalogue
    let root: CatalogueRoot
    do { root = try await reader.root(of: snapshot) } catch {
      try note(error, at: place, &faults)
      faults.touch(place.pack) {
        $0.snapshots.insert(run)
        $0.isOpen = true
      }
      findings.append(unreadable(snapshot, error))
      return
    }
    var broken: [PackID: String] = [:]
    for origin in root.origins {
      let own = try await remarks(
        [(origin.description, .description, .server)], &faults)
      note(own, of: run, at: origin.description, &faults, &broken)
      for segment in origin.segments {
        let remarks = try await remarks(of: segment.part, in: origin.kind, &faults)
        note(remarks, of: run, at: segment.part, &faults, &broken)
      }
    }
    for (pack, message) in broken.sorted(by: { $0.key < $1.key }) {
      findings.append(
        Finding(
          severity(of: run), .referenceBroken, "packs/\(pack.hex)",
          "the catalogue of snapshot \(run.hex.prefix(12)) cannot be followed: \(message)",
          remedy: "run `lethe backup` for a whole snapshot, and restore from another than this one",
          snapshots: [run.hex]))
    }
  }

  private func severity(of run: RunID) -> Finding.Severity {
    run == newest ? .critical : .warning
  }

  /// A catalogue that does not open is told of the snapshot too: not every pack's damage is its.
  private func unreadable(_ snapshot: Snapshot, _ error: any Error) -> Finding {
    let run = snapshot.entry.run
    return Finding(
      severity(of: run), .catalogueDamaged, "packs/\(snapshot.entry.catalogue.pack.hex)",
      "the catalogue of snapshot \(run.hex.prefix(12)) does not open, so nothing of this snapshot "
        + "can be restored: \(OperationError(error).message)",
      remedy: "restore from another snapshot; `lethe backup` takes a whole one",
      snapshots: [run.hex])
  }

  /// Takes damage of a catalogue for what it is; any other failure ends the check.
  private func note(
    _ error: any Error, at place: ChunkLocation, _ faults: inout PackFaults
  ) throws {
    guard OperationError(error).status == .damaged else { throw error }
    if error is VaultError { try faults.note(place.pack, error) }
  }

  private func note(
    _ remarks: Remarks, of run: RunID, at place: ChunkLocation, _ faults: inout PackFaults,
    _ broken: inout [PackID: String]
  ) {
    for (pack, accounts) in remarks.touched {
      faults.touch(pack) {
        $0.snapshots.insert(run)
        $0.accounts.formUnion(accounts)
      }
    }
    if remarks.isUnreadable {
      faults.touch(place.pack) {
        $0.snapshots.insert(run)
        $0.isOpen = true
      }
    }
    broken.merge(remarks.broken) { first, _ in first }
  }

  private mutating func remarks(
    of place: ChunkLocation, in kind: CatalogueOrigin.Kind, _ faults: inout PackFaults
  ) async throws -> Remarks {
    if let known = parts[place] { return known }
    var remarks = try await remarks([(place, .cataloguePart, .server)], &faults)
    if remarks.broken.isEmpty {
      do {
        let part = try await reader.part(place)
        try await add(part, kind.hasRows ? .rows : .records, &remarks, &faults)
      } catch {
        try note(error, at: place, &faults)
        remarks.isUnreadable = true
        if !faults.contains(place.pack) {
          remarks.broken[place.pack] = OperationError(error).message
        }
      }
    }
    parts[place] = remarks
    return remarks
  }

  private mutating func add(
    _ part: CataloguePart, _ kind: ChunkKind, _ remarks: inout Remarks,
    _ faults: inout PackFaults
  ) async throws {
    for group in part.groups {
      let found = try await self.remarks(
        group.records.map { ($0, kind, group.account) }
          + group.contents.map { ($0, .content, group.account) }, &faults)
      for (pack, accounts) in found.touched {
        remarks.touched[pack, default: []].formUnion(accounts)
      }
      remarks.broken.merge(found.broken) { first, _ in first }
    }
  }

  private mutating func remarks(
    _ references: [(ChunkLocation, ChunkKind, AccountNumber)], _ faults: inout PackFaults
  ) async throws -> Remarks {
    var remarks = Remarks()
    for (location, kind, account) in references {
      let pack = location.pack
      guard listed.contains(pack) else {
        remarks.broken[pack] = "it leads to pack \(pack.hex), which is not in use"
        continue
      }
      let objection = try await headers.objection(to: location, as: kind, of: account, &faults)
      if let objection { remarks.broken[pack] = objection }
      if faults.contains(pack) { remarks.touched[pack, default: []].insert(account) }
    }
    return remarks
  }
}
