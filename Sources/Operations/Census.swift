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

  /// Compares the listings of all origins with the accounts known so far.
  ///
  /// Unless the listings are whole nobody is missing: whoever was not asked about may well exist.
  init(
    listings: [AccountListing], isWhole: Bool, known rows: [AccountRow], next: AccountNumber,
    brake limits: Configuration.Brake
  ) {
    let current = Self.byAddress(rows)
    var accounts: [AccountNumber: KeyringContents.Account] = [:]
    for row in rows where row.account.number == .server { accounts[.server] = row.account }
    var added: [KeyringContents.Account] = []
    var found: [AccountNumber] = []
    var number = next.value
    var listedAddresses: Set<String> = []
    for listed in listings.flatMap(\.accounts) {
      // Where two databases list an address, the first tells whose it is.
      guard listedAddresses.insert(listed.address).inserted else { continue }
      if let row = current[listed.address], row.account.birthMark == listed.birthMark {
        accounts[row.account.number] = row.account
        if row.missingSince != nil { found.append(row.account.number) }
        continue
      }
      // Nobody of that address so far, or somebody else behind it: a new instance either way.
      let account = Vault.makeAccount(
        number: AccountNumber(number), address: listed.address, birthMark: listed.birthMark)
      number += 1
      accounts[account.number] = account
      added.append(account)
    }
    let live = rows.filter { $0.missingSince == nil && $0.account.number != .server }
    let missing = live.filter { accounts[$0.account.number] == nil }
    brake = isWhole ? Self.brake(missing: missing.count, known: live.count, limits) : nil
    let isTrusted = isWhole && brake == nil
    // Otherwise nobody is taken for deleted: their rows stay theirs.
    for row in missing where !isTrusted { accounts[row.account.number] = row.account }
    self.missing = isTrusted ? missing.map(\.account.number) : []
    self.accounts = accounts
    self.added = added
    self.found = found
    nextAccount = AccountNumber(number)
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
