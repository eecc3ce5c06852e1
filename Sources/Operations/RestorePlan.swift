internal import Foundation
internal import Origins

internal import Format
package import Repository

/// Exactly what a restore will do, as a value: `--dry-run` prints it.
package struct RestorePlan: Sendable {
  /// One origin of the snapshot, with what it needs.
  struct Origin: Sendable {
    let catalogue: CatalogueOrigin
  }

  /// What was asked for.
  package let request: RestoreRequest
  /// The one that the request names; `latest` is resolved.
  package let snapshot: Snapshot
  let archive: Archive
  let shares: ShareBook
  let origins: [Origin]
  /// Accounts with chunks in the snapshot that will be restored.
  let accounts: Set<AccountNumber>
  /// Accounts with chunks in the snapshot whose keys no longer exist, or that were not asked for.
  let excludedAccounts: Set<AccountNumber>
  /// How many segments and pieces need each pack.
  let packUses: [PackID: Int]
  /// The same packs in the order of their first use.
  let packOrder: [PackID]
  let catalogue: CatalogueReader

  init(_ request: RestoreRequest, archive: Archive, shares: ShareBook) async throws {
    self.request = request
    self.archive = archive
    self.shares = shares
    snapshot = try Self.choose(request.snapshot, from: archive.snapshots)
    let catalogue = CatalogueReader(archive: archive)
    self.catalogue = catalogue
    let root = try await catalogue.root(of: snapshot)
    let chosen = root.origins.filter {
      request.origins.isEmpty || request.origins.contains($0.name)
    }
    if let unknown = request.origins.first(where: { name in
      !chosen.contains { $0.name == name }
    }) {
      throw OperationError(
        .usage,
        "the snapshot has no origin \(unknown); it has "
          + root.origins.map(\.name).joined(separator: ", "))
    }
    origins = chosen.map(Origin.init)
    let wanted = try Self.wanted(request, archive: archive)
    var needs = Needs()
    for origin in chosen {
      for segment in origin.segments {
        let part = try await catalogue.part(segment.part)
        needs.add(part, of: origin.kind) { account in
          archive.mayRestore(account, includingHeld: request.includesHeld)
            && wanted?.contains(account) ?? true
        }
      }
      needs.count([origin.description.pack])
    }
    packUses = needs.uses
    packOrder = needs.order
    accounts = needs.included.subtracting([.server])
    excludedAccounts = needs.excluded.subtracting([.server])
  }

  /// What the segments of a snapshot need, counted while they are read.
  private struct Needs {
    private(set) var uses: [PackID: Int] = [:]
    private(set) var order: [PackID] = []
    var included: Set<AccountNumber> = []
    var excluded: Set<AccountNumber> = []

    mutating func add(
      _ part: CataloguePart, of kind: CatalogueOrigin.Kind,
      where isWanted: (AccountNumber) -> Bool
    ) {
      var packs: Set<PackID> = []
      var last: PackID?
      for group in part.groups {
        guard isWanted(group.account) else {
          excluded.insert(group.account)
          continue
        }
        included.insert(group.account)
        // A tree's records are opened owner by owner, a table's segment by segment.
        if kind == .directory { count(Set(group.records.map(\.pack))) }
        for location in group.records where location.pack != last {
          packs.insert(location.pack)
          last = location.pack
        }
        for piece in group.contents { count([piece.pack]) }
      }
      if kind.hasRows { count(packs) }
    }

    mutating func count(_ packs: Set<PackID>) {
      for pack in packs {
        if uses.updateValue(uses[pack, default: 0] + 1, forKey: pack) == nil { order.append(pack) }
      }
    }
  }

  /// Whether an owner's records are to be restored.
  func includes(_ account: AccountNumber) -> Bool {
    account == .server ? request.accounts.isEmpty : accounts.contains(account)
  }

  /// Rows and file records in the chosen origins, excluded ones counted in.
  var totalRowCount: Int { recordCount { $0.hasRows } }
  var totalFileCount: Int { recordCount { !$0.hasRows } }

  private func recordCount(where isCounted: (CatalogueOrigin.Kind) -> Bool) -> Int {
    origins.filter { isCounted($0.catalogue.kind) }.flatMap(\.catalogue.segments)
      .reduce(0) { $0 + $1.recordCount }
  }

  /// Bytes to fetch; as many at most lie in the scratch directory.
  package var fetchByteCount: Int {
    packUses.keys.reduce(0) { $0 + (archive.packs[$1]?.byteCount ?? 0) }
  }

  /// The plan as lines for people.
  package var summary: [String] {
    [
      "snapshot \(snapshot.entry.run.hex.prefix(12)) of \(Timestamp.text(snapshot.entry.started)), "
        + snapshot.entry.state.name,
      "origins: " + origins.map(\.catalogue.name).joined(separator: ", "),
      "\(totalRowCount) rows and \(totalFileCount) files of \(accounts.count) accounts; "
        + "\(excludedAccounts.count) accounts are left out",
      "\(fetchByteCount >> 20) MiB to fetch from \(packUses.count) packs; scratch space of that size "
        + "at most, below the target",
      "target: \(request.target)",
    ]
  }

  private static func wanted(
    _ request: RestoreRequest, archive: Archive
  ) throws -> Set<AccountNumber>? {
    guard !request.accounts.isEmpty else { return nil }
    let restorable = archive.accounts.values.filter {
      $0.number != .server && archive.mayRestore($0.number, includingHeld: request.includesHeld)
    }
    return try Set(
      request.accounts.enumerated().flatMap { index, address in
        let numbers = restorable.filter { $0.address == address }.map(\.number)
        guard !numbers.isEmpty else {
          // The address is not repeated: it may be that of somebody who asked to be forgotten.
          throw OperationError(
            .usage,
            "address \(index + 1) under --account is no account that can be restored; give a bare "
              + "address such as name@host")
        }
        return numbers
      })
  }

  /// Whether an address is one that shared data must no longer name: somebody who had it was erased,
  /// and nobody who has it is restored.
  ///
  /// Asked for every mention, so what it needs is gathered once; nil where nobody was erased.
  func erasedAddresses() -> (@Sendable ([UInt8]) -> Bool)? {
    let tags = Set(
      archive.ledger.erasures.values.filter {
        !archive.mayRestore($0.entry.account, includingHeld: request.includesHeld)
      }.map(\.entry.addressTag))
    guard !tags.isEmpty else { return nil }
    let present = Set(accounts.compactMap { archive.accounts[$0]?.address }.map { Array($0.utf8) })
    let keys = archive.keys
    return { address in
      !present.contains(address)
        && tags.contains(keys.addressTag(String(decoding: address, as: UTF8.self)))
    }
  }

  /// `latest` passes over snapshots that a brake marked.
  static func choose(_ text: String, from snapshots: [Snapshot]) throws -> Snapshot {
    guard let newest = snapshots.last else {
      throw OperationError(
        .repositoryMissing, "the repository holds no snapshot yet; run `lethe backup` first")
    }
    if text == "latest" { return snapshots.last { $0.entry.state != .degraded } ?? newest }
    if let time = Timestamp.parse(text) {
      guard let found = snapshots.last(where: { $0.entry.started <= time }) else {
        throw OperationError(
          .usage,
          "no snapshot is as old as \(text); the oldest is of "
            + Timestamp.text(snapshots[0].entry.started))
      }
      return found
    }
    let matches = snapshots.filter { text.count >= 4 && $0.entry.run.hex.hasPrefix(text) }
    guard let match = matches.first, matches.count == 1 else {
      throw OperationError(
        .usage,
        "\(text) names \(matches.isEmpty ? "no snapshot" : "several snapshots"); give `latest`, at least "
          + "4 digits of an id from `lethe snapshots`, or a time such as \(Timestamp.text(newest.time))"
      )
    }
    return match
  }
}

/// The JSON of `restore --dry-run`.
package struct RestorePlanReport: Sendable, Codable, Equatable {
  /// The snapshot's id: 32 hexadecimal digits.
  package let snapshot: String
  /// The directory to fill, as it was named; it was not looked at.
  package let target: String
  /// Names of the origins to restore, in the order of the catalogue.
  package let origins: [String]
  /// Rows in these origins, those that are left out included.
  package let rows: Int
  /// File records in these origins, those that are left out included.
  package let files: Int
  /// Accounts with chunks in these origins that are restored.
  package let accounts: Int
  /// Accounts with chunks in these origins that are erased, or were not asked for.
  package let excluded_accounts: Int
  /// Bytes of the packs to fetch; the scratch space takes as many at most.
  package let fetch_bytes: Int

  /// Counts what is planned; reads nothing.
  package init(_ plan: RestorePlan) {
    snapshot = plan.snapshot.entry.run.hex
    target = plan.request.target
    origins = plan.origins.map(\.catalogue.name)
    rows = plan.totalRowCount
    files = plan.totalFileCount
    accounts = plan.accounts.count
    excluded_accounts = plan.excludedAccounts.count
    fetch_bytes = plan.fetchByteCount
  }
}
