/// What a keyring object holds: whole, or what a run added. [F-KEY-5]
///
/// The bytes of this value are secrets; they exist sealed, in guarded memory while they are sealed
/// or opened, and in the agent's state.
package struct KeyringContents: Equatable, Sendable {
  /// One account instance, with the halves of its keys.
  package struct Account: Equatable, Sendable {
    /// What stands for the account in catalogues and pack headers; 0 is the server. [F-ID-3]
    package let number: AccountNumber
    /// What stands for the account in its chunks' keys and seals. [F-KEY-6] [F-CHK-3]
    package let id: AccountID
    /// 32 bytes; destroyed, the account's chunks are noise.
    package let secret: [UInt8]
    /// 32 bytes, from which the names of the account's chunks are made.
    package let namingKey: [UInt8]
    /// The bare address, UTF-8; empty for shared data.
    package let address: String
    /// What tells this person from the next one behind the same address.
    package let birthMark: [UInt8]

    /// Makes an account's line; `secret` and `namingKey` have 32 bytes each.
    package init(
      number: AccountNumber, id: AccountID, secret: [UInt8], namingKey: [UInt8], address: String,
      birthMark: [UInt8]
    ) {
      self.number = number
      self.id = id
      self.secret = secret
      self.namingKey = namingKey
      self.address = address
      self.birthMark = birthMark
    }
  }

  /// One run that a kept snapshot still needs.
  package struct Run: Equatable, Sendable {
    /// The run whose share the headers of its packs carry. [F-KEY-4]
    package let id: RunID
    /// 32 bytes; destroyed, the rows that this run sealed are noise.
    package let secret: [UInt8]

    /// Makes a run's line; `secret` has 32 bytes.
    package init(id: RunID, secret: [UInt8]) {
      self.id = id
      self.secret = secret
    }
  }

  /// At most 808,540 in one object; of two lines with one number, the later counts.
  package var accounts: [Account]
  /// At most 65,536 in one object; of two lines with one id, the later counts.
  package var runs: [Run]

  /// Bytes of every secret here, of a naming key, and of a file secret. [F-REC-1]
  package static let secretByteCount = 32

  /// Makes the contents of one object, or begins the union of several.
  package init(accounts: [Account], runs: [Run]) {
    self.accounts = accounts
    self.runs = runs
  }

  /// What the inner layer of a keyring object seals.
  package func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.count(accounts.count)
    for account in accounts {
      writer.varint(UInt64(account.number.value))
      writer.identifier(account.id)
      writer.append(account.secret)
      writer.append(account.namingKey)
      writer.text(account.address)
      writer.string(account.birthMark)
    }
    writer.count(runs.count)
    for run in runs {
      writer.identifier(run.id)
      writer.append(run.secret)
    }
    return writer.bytes
  }

  /// Reads what the inner layer sealed; no count can ask for more room than its bytes have.
  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> KeyringContents {
    var reader = ByteReader(bytes, subject: "a keyring")
    var accounts: [Account] = []
    for _
      in 0..<(try reader.count(
        limit: Limits.keyringAccountCount, eachAtLeast: Limits.keyringAccountByteCount))
    {
      accounts.append(
        Account(
          number: AccountNumber(UInt32(try reader.count(limit: Int(UInt32.max)))),
          id: try reader.identifier(), secret: Array(try reader.take(secretByteCount)),
          namingKey: Array(try reader.take(secretByteCount)),
          address: try reader.text(limit: Limits.addressByteCount),
          birthMark: try reader.string(limit: Limits.birthMarkByteCount)))
    }
    var runs: [Run] = []
    for _ in 0..<(try reader.count(limit: Limits.runCount, eachAtLeast: 48)) {
      runs.append(
        Run(id: try reader.identifier(), secret: Array(try reader.take(secretByteCount))))
    }
    try reader.end()
    return KeyringContents(accounts: accounts, runs: runs)
  }
}
