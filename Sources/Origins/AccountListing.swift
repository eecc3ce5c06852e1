internal import Format

/// What an origin says of its accounts at the moment of the snapshot.
package struct AccountListing: Sendable, Equatable {
  /// Somebody who has an account.
  package struct Account: Sendable, Equatable {
    /// The bare address.
    package let address: String
    /// What tells this person from another of the same address.
    package let birthMark: [UInt8]
    /// Seconds since 1970 of the registration, where the server remembers it.
    package let registered: Int64?
    /// Seconds since 1970 of the oldest thing that the server dated itself and that a deletion takes
    /// along: where it is older than the last listing, this is still the person listed then.
    package let oldest: Int64?

    /// Somebody with this address, who may be known by more.
    package init(
      address: String, birthMark: [UInt8], registered: Int64? = nil, oldest: Int64? = nil
    ) {
      self.address = address
      self.birthMark = birthMark
      self.registered = registered
      self.oldest = oldest
    }

    /// Whether a keyring can hold it: one that is too long would keep all of it from being read.
    var isKeepable: Bool {
      address.utf8.count <= Limits.addressByteCount
        && birthMark.count <= Limits.birthMarkByteCount
    }
  }

  /// Everybody who exists.
  package let accounts: [Account]
  /// The hosts whose unknown addresses are remains.
  package let localHosts: [String]

  /// A listing of these accounts.
  package init(accounts: [Account], localHosts: [String]) {
    self.accounts = accounts
    self.localHosts = localHosts
  }

  /// Largest answer to the question who exists: ten times the largest server Lethe is specified for.
  static let maximumAccountCount = 4_000_000

  /// Why an account that is not keepable refuses the listing.
  static func oversized(number: Int) -> String {
    "account \(number) has an address over \(Limits.addressByteCount) bytes or a birth mark over "
      + "\(Limits.birthMarkByteCount), which no server makes; correct it, or the profile's query."
  }
}
