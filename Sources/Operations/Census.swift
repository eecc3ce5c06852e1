internal import Origins
internal import Repository

internal import Format

/// Who exists, as the origins say and the keyring remembers.
struct Census: Sendable {
  /// The accounts whose rows and files are kept, by number.
  let accounts: [AccountNumber: KeyringContents.Account]
  let added: [KeyringContents.Account]
  /// Known accounts that no origin lists any more.
  let missing: [AccountNumber]
  let found: [AccountNumber]
  let nextAccount: AccountNumber
  /// Why the listing is not taken at its word; nil in an ordinary run.
  let brake: String?
  /// Whether an account that is not listed is gone.
  let isTrusted: Bool

  /// Compares the listings of all origins with the accounts known so far.
  ///
  /// Unless the listings are whole nobody is missing: whoever was not asked about may well exist.
  init(
    listings: [AccountListing], isWhole: Bool, known rows: [AccountRow], next: AccountNumber,
    brake limits: Configuration.Brake
  ) {
    let current = Self.byAddress(rows)
    // Where two databases list an address, the first tells whose it is.
    let listed = Dictionary(
      listings.flatMap(\.accounts).map { ($0.address, $0.birthMark) },
      uniquingKeysWith: { first, _ in first })
    let live = rows.filter { $0.missingSince == nil && $0.account.number != .server }
    // Gone, or somebody else behind the same address: many at once are neither.
    let gone = live.filter { listed[$0.account.address] != $0.account.birthMark }
    brake = isWhole ? Self.brake(missing: gone.count, known: live.count, limits) : nil
    isTrusted = isWhole && brake == nil
    var accounts = Self.kept(of: rows, gone: isTrusted ? [] : gone)
    var added: [KeyringContents.Account] = []
    var found: [AccountNumber] = []
    var number = next.value
    for (address, birthMark) in listed.sorted(by: { $0.key < $1.key }) {
      if let row = current[address],
        row.account.birthMark == birthMark || !isTrusted && row.missingSince == nil
      {
        accounts[row.account.number] = row.account
        if row.missingSince != nil { found.append(row.account.number) }
        continue
      }
      // Nobody of that address so far, or somebody else behind it: a new instance either way.
      let account = Vault.makeAccount(
        number: AccountNumber(number), address: address, birthMark: birthMark)
      number += 1
      accounts[account.number] = account
      added.append(account)
    }
    missing = isTrusted ? gone.map(\.account.number) : []
    self.accounts = accounts
    self.added = added
    self.found = found
    nextAccount = AccountNumber(number)
  }

  /// Shared data, and whoever is not listed while the listings are not trusted: nobody is taken for
  /// deleted then, and their rows stay theirs.
  private static func kept(
    of rows: [AccountRow], gone: [AccountRow]
  ) -> [AccountNumber: KeyringContents.Account] {
    let kept = rows.filter { $0.account.number == .server } + gone
    return Dictionary(
      kept.map { ($0.account.number, $0.account) }, uniquingKeysWith: { first, _ in first })
  }

  /// The instance that an address stands for: the one that is there, or else the newest.
  private static func byAddress(_ rows: [AccountRow]) -> [String: AccountRow] {
    var current: [String: AccountRow] = [:]
    for row in rows where row.account.number != .server {
      if let other = current[row.account.address], other.missingSince == nil { continue }
      current[row.account.address] = row
    }
    return current
  }

  private static func brake(
    missing: Int, known: Int, _ limits: Configuration.Brake
  ) -> String? {
    guard missing > max(limits.accounts, known * limits.percent / 100) || missing * 2 > known else {
      return nil
    }
    return
      "\(missing) of \(known) accounts are gone since the last run: nobody is taken for deleted "
      + "until that is understood. Is it the right database, whole and at its place?"
  }
}
