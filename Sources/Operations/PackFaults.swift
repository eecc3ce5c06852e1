internal import Format
internal import Repository

/// What is wrong with packs, and what needs them.
struct PackFaults {
  /// Why a pack is of no use.
  struct Fault {
    let kind: Finding.Kind
    let message: String
  }

  /// What refers to a damaged pack.
  struct Reach {
    var snapshots: Set<RunID> = []
    var accounts: Set<AccountNumber> = []
    /// Whether a part of a catalogue lies in it, so that not every account can be told.
    var isOpen = false
  }

  private(set) var faults: [PackID: Fault] = [:]
  private(set) var reach: [PackID: Reach] = [:]

  var packs: Set<PackID> { Set(faults.keys) }

  func contains(_ pack: PackID) -> Bool { faults[pack] != nil }

  /// Notes what is wrong with a pack; what was found first stays.
  mutating func note(_ pack: PackID, _ kind: Finding.Kind, _ message: String) {
    guard faults[pack] == nil else { return }
    faults[pack] = Fault(kind: kind, message: message)
  }

  /// Notes that reading a pack failed; throws again what says nothing about its bytes.
  mutating func note(_ pack: PackID, _ error: any Error) throws {
    guard let error = error as? VaultError, error.code == .damaged || error.code == .refused else {
      throw error
    }
    note(pack, error.failure == .missing ? .packMissing : .packDamaged, error.message)
  }

  mutating func touch(_ pack: PackID, _ change: (inout Reach) -> Void) {
    change(&reach[pack, default: Reach()])
  }

  /// One finding for each; `snapshots` are those that are kept, oldest first, and `gone` the accounts
  /// whose keys do not exist any more.
  func findings(_ snapshots: [Snapshot], gone: Set<AccountNumber>) -> [Finding] {
    let newest = Self.newest(of: snapshots)
    return faults.sorted { $0.key < $1.key }.map { pack, fault in
      let reach = reach[pack] ?? Reach()
      let touched = snapshots.map(\.entry.run).filter(reach.snapshots.contains)
      let accounts = reach.accounts.subtracting(gone)
      let isNewest = newest.map(reach.snapshots.contains) ?? false
      return Finding(
        isNewest ? .critical : .warning, fault.kind, "packs/\(pack.hex)",
        "\(fault.message). \(Self.extent(touched, accounts, isOpen: reach.isOpen))",
        remedy: Self.remedy(isNewest: isNewest, isNeeded: !touched.isEmpty),
        snapshots: touched.map(\.hex),
        accounts: reach.isOpen ? nil : accounts.subtracting([.server]).count)
    }
  }

  /// The snapshot that a restore takes unless another is named.
  static func newest(of snapshots: [Snapshot]) -> RunID? {
    (snapshots.last { $0.entry.state != .degraded } ?? snapshots.last)?.entry.run
  }

  /// Snapshots that a message names; the others are counted, and the JSON has all.
  private static let namedCount = 6

  static func extent(_ runs: [RunID], _ accounts: Set<AccountNumber>, isOpen: Bool) -> String {
    guard !runs.isEmpty else { return "No kept snapshot needs it" }
    let names = runs.suffix(namedCount).map { String($0.hex.prefix(12)) }.joined(separator: ", ")
    let more = runs.count > namedCount ? " and \(runs.count - namedCount) older" : ""
    let count = accounts.subtracting([.server]).count
    let shared = accounts.contains(.server) ? " and shared data" : ""
    let whom = isOpen ? "a part of their catalogues" : "data of \(count) accounts\(shared)"
    return "\(runs.count) snapshots need it (\(names)\(more)), for \(whom)"
  }

  private static func remedy(isNewest: Bool, isNeeded: Bool) -> String {
    guard isNeeded else { return "nothing need be done; a prune drops it" }
    let copies = "put the object back from the provider's copies if there are any"
    return isNewest
      ? "run `lethe backup`: the next snapshot is whole again, as far as the server still has the "
        + "data; for the snapshots named, \(copies)"
      : "newer snapshots are whole; for those named, \(copies), or let them expire"
  }
}
