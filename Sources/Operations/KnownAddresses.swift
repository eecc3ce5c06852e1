internal import Format
internal import Repository

/// An address as the command line gives it.
enum AddressArgument {
  /// Refuses what is no bare address; the address itself is not repeated.
  static func check(_ index: Int, _ address: String) throws {
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), !address.contains("/"),
      address.utf8.count <= Limits.addressByteCount,
      address.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7f })
    else {
      throw OperationError(
        .usage, "address \(index + 1) is not a bare address such as name@host; nothing was changed")
    }
  }
}

/// Finds the accounts that addresses of the command line stand for.
///
/// Addresses are compared as the server stores them, in lower case as a rule.
struct KnownAddresses {
  private let live: [String: [AccountRow]]
  private let erasures: [PersonTag: [Erasure]]
  private let hosts: Set<Substring>
  private let keys: MetadataKeys

  init(_ vault: Vault) throws {
    keys = vault.keys
    let known = try vault.state.erasures().map(\.erasure)
    let erased = Set(known.map(\.entry.account))
    erasures = Dictionary(grouping: known, by: \.entry.addressTag)
    let rows = try vault.state.accounts().filter { $0.account.number != .server }
    live = Dictionary(
      grouping: rows.filter { !erased.contains($0.account.number) }, by: \.account.address)
    hosts = Set(rows.compactMap { Self.host($0.account.address) })
  }

  private static func host(_ address: String) -> Substring? {
    address.split(separator: "@", maxSplits: 1).last
  }

  /// Every instance of an address that is not erased yet; or else, to be destroyed at once, those that
  /// are held.
  func erasable(
    _ index: Int, _ address: String, atOnce: Bool
  ) throws -> (live: [AccountRow], held: [AccountNumber]) {
    let held = erasures[keys.addressTag(address)]?.filter(\.isHeld).map(\.entry.account) ?? []
    if atOnce, live[address] == nil, !held.isEmpty { return ([], held) }
    return (try live(index, address), [])
  }

  private func live(_ index: Int, _ address: String) throws -> [AccountRow] {
    if let rows = live[address] { return rows }
    if erasures[keys.addressTag(address)] != nil {
      throw OperationError(
        .refused,
        "address \(index + 1) is erased already; `lethe erasures` says since when. Nothing was "
          + "changed")
    }
    guard let host = Self.host(address), hosts.contains(host) else {
      throw OperationError(
        .usage,
        "address \(index + 1) is on no host that is backed up here; nothing was changed")
    }
    throw OperationError(
      .usage,
      "address \(index + 1) is no account that Lethe knows: give it as the server stores it, in lower "
        + "case as a rule, or wait for the run that sees it first. Nothing was changed")
  }

  /// The newest instance of an address that is held.
  func held(_ index: Int, _ address: String) throws -> AccountNumber {
    let erasures = erasures[keys.addressTag(address)] ?? []
    if let newest = erasures.filter(\.isHeld).max(by: { $0.entry.account < $1.entry.account }) {
      if live[address] != nil {
        throw OperationError(
          .refused,
          "address \(index + 1) is somebody else's by now; who had it before stays erased")
      }
      return newest.entry.account
    }
    if let destroyed = erasures.compactMap(\.destroyed).max() {
      throw OperationError(
        .refused,
        "the erasure of address \(index + 1) can no longer be cancelled: its keys were destroyed at "
          + "\(Timestamp.text(destroyed)). To back the address up again from the next run on, run "
          + "`lethe erasures readmit`")
    }
    throw OperationError(.usage, "address \(index + 1) is not erased; nothing was changed")
  }

  /// Refuses an address of which nothing was destroyed.
  func checkDestroyed(_ item: (offset: Int, element: String)) throws {
    let erasures = erasures[keys.addressTag(item.element)] ?? []
    guard erasures.contains(where: { !$0.isHeld }) else {
      throw OperationError(
        .usage,
        "address \(item.offset + 1) has no destroyed erasure; while one is held, `lethe erasures "
          + "cancel` takes it back. Nothing was changed")
    }
  }
}
