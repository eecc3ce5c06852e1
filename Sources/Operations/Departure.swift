internal import Format
internal import Origins
internal import Repository

/// An account that a run finds gone.
struct Departure: Sendable {
  let row: AccountRow
  let cause: ErasureCause
  /// Milliseconds since 1970, when it was reported, or else seen.
  let reported: Int64

  /// The log's words for it; the keys are destroyed `hold` milliseconds from now at the earliest.
  func entry(keys: MetadataKeys, now: Int64, hold: Int64) -> ErasureEntry {
    ErasureEntry(
      account: row.account.number, id: row.account.id, cause: cause, reported: reported,
      due: now + hold, addressTag: keys.addressTag(row.account.address),
      birthTag: keys.birthTag(row.account.address, row.account.birthMark))
  }
}

/// What the inbox says of each address.
struct Reports: Sendable {
  private var byAddress: [String: [AccountEvent]] = [:]

  init(_ events: [AccountEvent]) {
    byAddress = Dictionary(grouping: events, by: \.address)
      .mapValues { $0.sorted { $0.time < $1.time } }
  }

  /// The second an event happened in ends so many milliseconds after its time.
  static let second: Int64 = 999

  /// The last deletion that can be about an account; what was reported before it was first seen is
  /// about somebody else.
  func deletion(of row: AccountRow) -> AccountEvent? {
    byAddress[row.account.address]?.last {
      $0.kind == .deleted && $0.time + Self.second >= row.firstSeen
    }
  }

  /// The last registration of an address at a time or after it.
  func registration(of address: String, since time: Int64) -> AccountEvent? {
    byAddress[address]?.last { $0.kind == .registered && $0.time + Self.second >= time }
  }
}
