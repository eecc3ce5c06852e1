internal import Foundation
internal import GRDB
package import Format

/// An account as the agent knows it.
package struct AccountRow: Sendable {
  /// What the keyring has of it. [F-KEY-5]
  package let account: KeyringContents.Account
  /// Milliseconds since 1970 of the run that saw it first: what was reported before is about
  /// somebody else.
  package let firstSeen: Int64
  /// Seconds since 1970 before which nothing is this person's, known of those who registered an
  /// address after somebody else; nil for all others.
  package let bornAt: Int64?
  /// Milliseconds since 1970 since when the server does not list it, and is excused by a restore that
  /// was put into service; nil while it is there.
  package let absentSince: Int64?

  /// Describes an account that is known since a time.
  package init(
    account: KeyringContents.Account, firstSeen: Int64, bornAt: Int64? = nil,
    absentSince: Int64? = nil
  ) {
    self.account = account
    self.firstSeen = firstSeen
    self.bornAt = bornAt
    self.absentSince = absentSince
  }
}

extension AgentState {
  /// Every account whose secret is still held, shared data first.
  package func accounts() throws -> [AccountRow] {
    try read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM account ORDER BY number").map(Self.account)
    }
  }

  private static func account(_ row: Row) throws -> AccountRow {
    let number: UInt32 = row["number"]
    let idBytes: Data = row["id"]
    let secret: Data = row["secret"]
    let namingKey: Data = row["namingKey"]
    let birthMark: Data = row["birthMark"]
    guard let id = AccountID(Array(idBytes)) else {
      throw VaultError(.damaged, "the agent's state holds an account id of the wrong length")
    }
    let secretByteCount = KeyringContents.secretByteCount
    guard secret.count == secretByteCount, namingKey.count == secretByteCount else {
      throw VaultError(.damaged, "the agent's state holds an account key of the wrong length")
    }
    return AccountRow(
      account: KeyringContents.Account(
        number: AccountNumber(number), id: id, secret: Array(secret),
        namingKey: Array(namingKey), address: row["address"], birthMark: Array(birthMark)),
      firstSeen: row["firstSeen"], bornAt: row["bornAt"], absentSince: row["absentSince"])
  }

  /// Adds accounts and notes which are absent, before any of their chunks is sealed, and in the same
  /// step which events of the inbox led to that: none of them counts twice.
  package func update(
    added: [AccountRow], absent: [AccountNumber], found: [AccountNumber],
    nextAccount: AccountNumber, drained: [String], time: Int64
  ) throws {
    try write { database in
      for row in added { try Self.insert(row, isPublished: false, database) }
      for number in absent {
        try database.execute(
          sql: "UPDATE account SET absentSince = coalesce(absentSince, ?) WHERE number = ?",
          arguments: [time, number.value])
      }
      for number in found {
        try database.execute(
          sql: "UPDATE account SET absentSince = NULL WHERE number = ?",
          arguments: [number.value])
      }
      var writer = ByteWriter()
      writer.fixed32(nextAccount.value)
      try Self.set([.nextAccount: writer.bytes], database)
      for name in drained {
        try database.execute(
          sql: "INSERT OR IGNORE INTO drained VALUES (?)", arguments: [name])
      }
    }
  }

  /// Notes birth marks that changed with somebody's password, which makes nobody somebody else.
  package func setBirthMarks(_ marks: [AccountNumber: [UInt8]]) throws {
    guard !marks.isEmpty else { return }
    try write { database in
      for (number, mark) in marks {
        try database.execute(
          sql: "UPDATE account SET birthMark = ? WHERE number = ?",
          arguments: [Data(mark), number.value])
      }
    }
  }

  /// Names of inbox files whose events are settled, though the files may still be there.
  package func drained() throws -> Set<String> {
    try read { try String.fetchSet($0, sql: "SELECT name FROM drained") }
  }

  /// Keeps only the names of files that could not be removed.
  package func setDrained(_ names: [String]) throws {
    try write { database in
      try database.execute(sql: "DELETE FROM drained")
      for name in names {
        try database.execute(sql: "INSERT INTO drained VALUES (?)", arguments: [name])
      }
    }
  }

  static func insert(_ row: AccountRow, isPublished: Bool, _ database: Database) throws {
    let account = row.account
    try database.execute(
      cached: """
        INSERT INTO account (number, id, secret, namingKey, address, birthMark, firstSeen, bornAt,
          isPublished) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      [
        account.number.value, Data(account.id.bytes), Data(account.secret),
        Data(account.namingKey), account.address, Data(account.birthMark), row.firstSeen,
        row.bornAt, isPublished,
      ])
  }

  /// The keyring: all of it, or only what no keyring object on the remote holds yet.
  ///
  /// For a new epoch it lacks accounts that are destroyed, and secrets of runs that no row needs.
  package func keyring(
    unpublishedOnly: Bool, without destroyed: Set<AccountNumber>? = nil
  ) throws -> KeyringContents {
    let filter = unpublishedOnly ? "WHERE isPublished = 0" : ""
    return try read { database in
      let accounts = try Row.fetchAll(
        database, sql: "SELECT * FROM account \(filter) ORDER BY number"
      ).map { try Self.account($0).account }.filter { !(destroyed?.contains($0.number) ?? false) }
      let needless = destroyed == nil ? [] : Set(try Self.needlessRuns(database))
      let runs = try Row.fetchAll(database, sql: "SELECT id, secret FROM run \(filter)").compactMap
      {
        row -> KeyringContents.Run? in
        let idBytes: Data = row["id"]
        let secret: Data = row["secret"]
        guard let id = RunID(Array(idBytes)) else {
          throw VaultError(.damaged, "the agent's state holds a run id of the wrong length")
        }
        return needless.contains(idBytes) ? nil : KeyringContents.Run(id: id, secret: Array(secret))
      }
      return KeyringContents(accounts: accounts, runs: runs)
    }
  }
}
