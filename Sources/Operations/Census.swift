internal import Format
internal import Origins
internal import Repository

/// Who exists: what the origins list, compared with what the agent knows.
struct Census: Sendable {
  /// What the agent knew before the run.
  struct Known: Sendable {
    let rows: [AccountRow]
    let erasures: [ErasureRow]
    let next: AccountNumber
    /// Whether an older snapshot was put into service since the last run.
    var isRebased = false
    /// Milliseconds since 1970 of the last run whose listing was taken at its word.
    var listed: Int64?
  }

  struct Rules: Sendable {
    let brake: Configuration.Brake
    /// Milliseconds between exclusion and destruction.
    let hold: Int64
    /// Milliseconds since 1970.
    let now: Int64
  }

  /// The accounts whose rows and files are kept, by number.
  private(set) var accounts: [AccountNumber: KeyringContents.Account] = [:]
  /// Seconds since 1970 before which nothing is an account's, of those who follow somebody else.
  private(set) var bornAt: [AccountNumber: Int64] = [:]
  private(set) var added: [AccountRow] = []
  /// Who is to be erased.
  private(set) var departures: [Departure] = []
  /// Held for not being listed, and listed again.
  private(set) var cancelled: [AccountNumber] = []
  /// Not listed, and excused by a rebase, or by a cancellation if there is one; and listed again after
  /// that.
  private(set) var absent: [AccountNumber] = []
  private(set) var found: [AccountNumber] = []
  /// Birth marks that changed although the person did not.
  private(set) var remarked: [AccountNumber: [UInt8]] = [:]
  /// Erased by the server's or the administrator's word, and still on the server.
  private(set) var lingeringCount = 0
  /// Names of events that are settled by this run.
  private(set) var settled: [String] = []
  /// Events of deletions that the list of accounts contradicted for longer than a hold.
  private(set) var contradictedCount = 0
  private(set) var nextAccount: AccountNumber
  /// Why the listing is not taken at its word; nil in an ordinary run.
  private(set) var brake: Brake?
  /// Whether an account that is not listed is gone.
  private(set) var isTrusted: Bool

  private let known: Known
  private let rules: Rules
  private let reports: Reports
  private let keys: MetadataKeys
  private let listed: [String: AccountListing.Account]
  private let erasures: [PersonTag: Erasure]
  /// The first account of each that was erased.
  private let erasedAddresses: [PersonTag: AccountNumber]
  private let held: [AccountNumber: AccountRow]
  /// Accounts that are neither held nor destroyed, the newest of an address last.
  private let live: [String: [AccountRow]]

  /// Compares the listings of all origins with the accounts known so far.
  ///
  /// Unless the listings are whole nobody is missing: whoever was not asked about may well exist, and
  /// stays whose rows and files are theirs.
  init(
    listings: [AccountListing], isWhole: Bool, known: Known, events: [AccountEvent], rules: Rules,
    keys: MetadataKeys
  ) {
    self.known = known
    self.rules = rules
    self.keys = keys
    reports = Reports(events)
    // Where two databases list an address, the first tells whose it is.
    listed = Dictionary(
      listings.flatMap(\.accounts).map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first }
    )
    let entries = known.erasures.map(\.erasure.entry)
    let erased = Set(entries.map(\.account))
    erasures = Dictionary(
      known.erasures.map { ($0.erasure.entry.birthTag, $0.erasure) },
      uniquingKeysWith: { _, later in later })
    erasedAddresses = Dictionary(entries.map { ($0.addressTag, $0.account) }, uniquingKeysWith: min)
    held = Dictionary(
      known.rows.filter { erased.contains($0.account.number) }.map { ($0.account.number, $0) },
      uniquingKeysWith: { first, _ in first })
    live = Dictionary(
      grouping: known.rows.filter {
        $0.account.number != .server && !erased.contains($0.account.number)
      }, by: \.account.address)
    nextAccount = known.next
    isTrusted = isWhole
    let unlisted = gone()
    let gone = isWhole ? unlisted : []
    if !known.isRebased { brake = self.brake(gone) }
    isTrusted = isWhole && brake == nil
    if isTrusted, known.isRebased {
      absent = gone.map(\.row.account.number)
    } else if isTrusted {
      departures = gone
    }
    if isTrusted { absent += absentHeld }
    settleAccounts(kept: isTrusted ? [] : isWhole ? gone : unlisted.filter { !isNamed($0) })
    if isTrusted { settle(events) }
  }

  private func isNamed(_ departure: Departure) -> Bool {
    listed[departure.row.account.address] != nil
  }

  /// Whoever is not listed, or is somebody else than the one listed.
  private func gone() -> [Departure] {
    live.values.joined().compactMap { row in
      guard !isListed(row) else { return nil }
      let report = reports.deletion(of: row)
      // Excused from being listed, until it is reported deleted after that.
      if let absent = row.absentSince {
        guard let report, report.time + Reports.second >= absent,
          live[row.account.address]?.last?.account.number == row.account.number
        else { return nil }
      }
      let cause: ErasureCause =
        if report != nil { .event } else if listed[row.account.address] != nil { .reborn } else {
          .missing
        }
      return Departure(row: row, cause: cause, reported: min(report?.time ?? rules.now, rules.now))
    }.sorted { $0.row.account.number < $1.row.account.number }
  }

  /// Held accounts that the server does not list: were their erasure cancelled, they would be excused.
  private var absentHeld: [AccountNumber] {
    held.values.filter {
      $0.absentSince == nil && listed[$0.account.address]?.birthMark != $0.account.birthMark
    }.map(\.account.number).sorted()
  }

  /// Whether the person behind a row is the one whom the server lists.
  private func isListed(_ row: AccountRow) -> Bool {
    let address = row.account.address
    guard let person = listed[address],
      person.birthMark == row.account.birthMark || isContinued(person),
      // An interrupted run may have left the one before beside the newest.
      live[address]?.last?.account.number == row.account.number
    else { return false }
    guard let deletion = reports.deletion(of: row) else { return true }
    // Who registered before the deletion is not who registered after it, whatever is reported.
    if let registered = listed[address]?.registered, registered < deletion.time / 1000 {
      return true
    }
    // Deleted and registered again, too fast for the birth mark or on a server that has none.
    return reports.registration(of: address, since: deletion.time) == nil
  }

  /// Whether somebody has something older than the last listing, which a deletion would have taken along:
  /// then only the password is another one.
  private func isContinued(_ person: AccountListing.Account) -> Bool {
    guard let oldest = person.oldest, let listed = known.listed else { return false }
    return oldest < listed / 1000
  }

  private func brake(_ gone: [Departure]) -> Brake? {
    guard !gone.isEmpty else { return nil }
    let earlier = known.erasures.filter {
      !$0.isConfirmed && $0.erasure.entry.cause != .administrator
        && ($0.erasure.isHeld || $0.erasure.excluded > rules.now - rules.hold)
    }.count
    let present = live.values.joined().filter { $0.absentSince == nil }.count
    let (count, total) = (gone.count + earlier, present + earlier)
    let limit = max(rules.brake.accounts, total * rules.brake.percent / 100)
    guard count > limit || count * 2 > total else { return nil }
    return Brake(
      cause: Self.cause(gone, count: count, total: total, isEmpty: listed.isEmpty),
      goneCount: count, knownCount: total, since: rules.now,
      proposals: gone.map {
        Brake.Proposal(
          account: $0.row.account.number.value, cause: $0.cause.rawValue, reported: $0.reported)
      })
  }

  private static func cause(
    _ gone: [Departure], count: Int, total: Int, isEmpty: Bool
  ) -> Brake.Cause {
    if isEmpty { return .accountsEmpty }
    let reborn = gone.filter { $0.cause == .reborn }.count
    let reported = gone.filter { $0.cause == .event }.count
    if reborn * 2 > gone.count { return .tooManyReborn }
    if reported * 2 > gone.count { return .tooManyReported }
    return count * 2 > total ? .accountsHalved : .tooManyGone
  }

  /// Decides for every listed address whose it is.
  ///
  /// Accounts that are kept although they are not listed keep their address.
  private mutating func settleAccounts(kept: [Departure]) {
    for row in known.rows where row.account.number == .server { keep(row) }
    for departure in kept { keep(departure.row) }
    let keptAddresses = Set(kept.map(\.row.account.address))
    for (address, person) in listed.sorted(by: { $0.key < $1.key })
    where !keptAddresses.contains(address) {
      if let row = live[address]?.last, isListed(row) || !isTrusted {
        if row.absentSince != nil { found.append(row.account.number) }
        if isTrusted, row.account.birthMark != person.birthMark {
          remarked[row.account.number] = person.birthMark
        }
        keep(row)
        bornAt[row.account.number] = row.bornAt ?? birth(of: person, row)
      } else {
        settle(person)
      }
    }
  }

  private mutating func keep(_ row: AccountRow) {
    accounts[row.account.number] = row.account
    bornAt[row.account.number] = row.bornAt
  }

  /// An agent that was adopted knows by the log alone who follows somebody else.
  private func birth(of person: AccountListing.Account, _ row: AccountRow) -> Int64? {
    let formers = [
      erasedAddresses[keys.addressTag(person.address)], live[person.address]?.first?.account.number,
    ]
    let isFollowing = formers.compactMap { $0 }.contains { $0 < row.account.number }
    return isFollowing ? person.registered : nil
  }

  /// Decides on somebody who is no live account.
  private mutating func settle(_ person: AccountListing.Account) {
    let tag = keys.birthTag(person.address, person.birthMark)
    guard let erasure = erasures[tag] else { return add(person) }
    switch erasure.entry.cause {
    case .missing, .reborn:
      guard erasure.isHeld, let row = held[erasure.entry.account] else { return add(person) }
      cancelled.append(row.account.number)
      if row.absentSince != nil { found.append(row.account.number) }
      keep(row)
    case .event, .administrator:
      let since = min(erasure.entry.reported, erasure.excluded)
      // Who registered before that is who was erased, whatever is reported.
      let isOlder = person.registered.map { $0 < since / 1000 } ?? false
      guard !isOlder, reports.registration(of: person.address, since: since) != nil else {
        lingeringCount += 1
        if held[erasure.entry.account]?.absentSince != nil { found.append(erasure.entry.account) }
        return
      }
      add(person)
    }
  }

  /// A new instance; where somebody had the address before, nothing older than it is theirs.
  private mutating func add(_ person: AccountListing.Account) {
    let account = Vault.makeAccount(
      number: nextAccount, address: person.address, birthMark: person.birthMark)
    nextAccount = AccountNumber(nextAccount.value + 1)
    let isFollowing =
      live[person.address] != nil || erasedAddresses[keys.addressTag(person.address)] != nil
    let registered = reports.registration(of: person.address, since: 0).map { $0.time / 1000 }
    let row = AccountRow(
      account: account, firstSeen: rules.now,
      bornAt: isFollowing ? person.registered ?? registered : nil)
    added.append(row)
    keep(row)
  }

  /// Every event but those of deletions that the list contradicts: these wait, for a hold at most.
  private mutating func settle(_ events: [AccountEvent]) {
    for event in events {
      if event.kind == .deleted, let row = live[event.address]?.last, isListed(row),
        let deletion = reports.deletion(of: row), deletion.time == event.time
      {
        // One from beyond the hold, in the past or by a clock that was ahead, waits no longer.
        guard abs(rules.now - event.time) > rules.hold else { continue }
        contradictedCount += 1
      }
      settled.append(event.name)
    }
  }
}
