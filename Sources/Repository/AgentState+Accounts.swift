internal import Foundation
internal import GRDB
package import Format

/// An account as the agent knows it.
package struct AccountRow: Sendable {
  package let account: KeyringContents.Account
  /// Milliseconds since 1970 of the first run that did not find it; nil while it is there.
  package let missingSince: Int64?
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
      missingSince: row["missingSince"])
  }

  /// Adds accounts and notes which are missing, before any of their chunks is sealed.
  package func update(
    added: [KeyringContents.Account], missing: [AccountNumber], found: [AccountNumber],
    nextAccount: AccountNumber, time: Int64
  ) throws {
    try write { database in
      try Self.insert(added, isPublished: false, database)
      for number in missing {
        try database.execute(
          sql: "UPDATE account SET missingSince = coalesce(missingSince, ?) WHERE number = ?",
          arguments: [time, number.value])
      }
      for number in found {
        try database.execute(
          sql: "UPDATE account SET missingSince = NULL WHERE number = ?",
          arguments: [number.value])
      }
      var writer = ByteWriter()
      writer.fixed32(nextAccount.value)
      try Self.set([.nextAccount: writer.bytes], database)
    }
  }

  static func insert(
    _ accounts: [KeyringContents.Account], isPublished: Bool, _ database: Database
  ) throws {
    for account in accounts {
      try database.execute(
        sql: """
          INSERT INTO account (number, id, secret, namingKey, address, birthMark, isPublished)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          account.number.value, Data(account.id.bytes), Data(account.secret),
          Data(account.namingKey), account.address, Data(account.birthMark), isPublished,
        ])
    }
  }

  /// The keyring: all of it, or only what no keyring object on the remote holds yet.
  package func keyring(unpublishedOnly: Bool) throws -> KeyringContents {
    let filter = unpublishedOnly ? "WHERE isPublished = 0" : ""
    return try read { database in
      let accounts = try Row.fetchAll(
        database, sql: "SELECT * FROM account \(filter) ORDER BY number"
      ).map { try Self.account($0).account }
      let runs = try Row.fetchAll(database, sql: "SELECT id, secret FROM run \(filter)").map {
        row in
        let idBytes: Data = row["id"]
        let secret: Data = row["secret"]
        guard let id = RunID(Array(idBytes)) else {
          throw VaultError(.damaged, "the agent's state holds a run id of the wrong length")
        }
        return KeyringContents.Run(id: id, secret: Array(secret))
      }
      return KeyringContents(accounts: accounts, runs: runs)
    }
  }
}
