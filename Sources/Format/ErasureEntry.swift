/// How Lethe learnt that an account was deleted. [F-LOG-7]
package enum ErasureCause: UInt8, Sendable, CaseIterable {
  /// The server reported it, in the inbox.
  case event = 1
  /// `lethe erase`.
  case administrator = 2
  /// The server's list of accounts no longer has it.
  case missing = 3
  /// Somebody else is behind its address.
  case reborn = 4
}

/// One account that must not come back. [F-LOG-7]
///
/// It names nobody: without the metadata key the tags are noise, and with it they only confirm an
/// address that is already known.
package struct ErasureEntry: Equatable, Sendable {
  /// Ascending in an entry, and never the server's.
  package let account: AccountNumber
  /// The account's id in the keyring, which may be shown as the number of a receipt.
  package let id: AccountID
  /// How its deletion became known.
  package let cause: ErasureCause
  /// Milliseconds since 1970, when the deletion was reported or first seen.
  package let reported: Int64
  /// Milliseconds since 1970, before which the account's keys are not destroyed.
  package let due: Int64
  /// Keyed hash of the address, by which mentions in shared data are found.
  package let addressTag: PersonTag
  /// Keyed hash of the address and the birth mark, by which the same person is known again.
  package let birthTag: PersonTag

  /// Makes an entry of its fields.
  package init(
    account: AccountNumber, id: AccountID, cause: ErasureCause, reported: Int64, due: Int64,
    addressTag: PersonTag, birthTag: PersonTag
  ) {
    self.account = account
    self.id = id
    self.cause = cause
    self.reported = reported
    self.due = due
    self.addressTag = addressTag
    self.birthTag = birthTag
  }

  /// Number, id, cause, two times and two tags, each at its shortest: 1 + 16 + 1 + 1 + 1 + 16 + 16.
  static let leastByteCount = 52

  func encode(to writer: inout ByteWriter) {
    writer.varint(UInt64(account.value))
    writer.identifier(id)
    writer.byte(cause.rawValue)
    writer.signed(reported)
    writer.signed(due)
    writer.identifier(addressTag)
    writer.identifier(birthTag)
  }

  static func decodeAll(_ reader: inout ByteReader) throws(FormatError) -> [ErasureEntry] {
    var erasures: [ErasureEntry] = []
    for _ in 0..<(try reader.count(limit: Limits.erasureCount, eachAtLeast: leastByteCount)) {
      let account = try reader.account(after: erasures.last?.account)
      let id: AccountID = try reader.identifier()
      guard let cause = ErasureCause(rawValue: try reader.byte()) else {
        throw reader.malformed("unknown cause of an erasure")
      }
      erasures.append(
        ErasureEntry(
          account: account, id: id, cause: cause, reported: try reader.signed(),
          due: try reader.signed(), addressTag: try reader.identifier(),
          birthTag: try reader.identifier()))
    }
    return erasures
  }
}

extension ByteWriter {
  /// A list of account numbers. [F-LOG-8]
  mutating func accounts(_ accounts: [AccountNumber]) {
    count(accounts.count)
    for account in accounts { varint(UInt64(account.value)) }
  }
}

extension ByteReader {
  mutating func accounts() throws(FormatError) -> [AccountNumber] {
    var accounts: [AccountNumber] = []
    for _ in 0..<(try count(limit: Limits.erasureCount, eachAtLeast: 1)) {
      accounts.append(try account(after: accounts.last))
    }
    return accounts
  }

  /// An account number greater than the one before; shared data is nobody who could be erased.
  fileprivate mutating func account(
    after last: AccountNumber?
  ) throws(FormatError) -> AccountNumber {
    let account = AccountNumber(UInt32(try count(limit: Int(UInt32.max))))
    guard account > last ?? .server else {
      throw malformed("account numbers are not in ascending order, or name shared data")
    }
    return account
  }
}
