internal import Foundation
internal import GRDB
package import Format

/// An erasure as the agent remembers it.
package struct ErasureRow: Sendable {
  /// What the log has of it.
  package let erasure: Erasure
  /// Whether an administrator has seen it, so that it no longer counts for the brake.
  package let isConfirmed: Bool
  /// Milliseconds since 1970 of the kit's first advance past every keyring that held the account; nil
  /// until there is one.
  package let beyondKit: Int64?
}

extension AgentState {
  /// Every erasure that the log has and that was not cancelled, by account number.
  package func erasures() throws -> [ErasureRow] {
    try read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM erasure ORDER BY account").map(Self.erasure)
    }
  }

  private static func erasure(_ row: Row) throws -> ErasureRow {
    let (number, cause): (UInt32, UInt8) = (row["account"], row["cause"])
    let (id, address, birth): (Data, Data, Data) = (row["id"], row["addressTag"], row["birthTag"])
    guard let id = AccountID(Array(id)), let cause = ErasureCause(rawValue: cause),
      let addressTag = PersonTag(Array(address)), let birthTag = PersonTag(Array(birth))
    else { throw VaultError(.damaged, "the agent's state holds an erasure it cannot have written") }
    let entry = ErasureEntry(
      account: AccountNumber(number), id: id, cause: cause, reported: row["reported"],
      due: row["due"], addressTag: addressTag, birthTag: birthTag)
    return ErasureRow(
      erasure: Erasure(
        entry: entry, excluded: row["excluded"], destroyed: row["destroyed"], epoch: row["epoch"]),
      isConfirmed: row["isConfirmed"], beyondKit: row["beyondKit"])
  }

  /// Says that an administrator has seen every erasure so far.
  package func confirmErasures() throws {
    try write { try $0.execute(sql: "UPDATE erasure SET isConfirmed = 1") }
  }

  func noteAdvance(to epoch: UInt32, epochKeys: [[UInt8]], time: Int64) throws {
    var writer = ByteWriter()
    writer.fixed32(epoch)
    let number = writer.bytes
    try write { database in
      try Self.set(
        [
          .firstEpoch: number, .epochKeys: epochKeys.flatMap { $0 },
          .kitEpoch: number, .kitAdvanced: Self.timeBytes(time),
        ], database)
      try Self.noteBeyondKit(epoch, time: time, database)
    }
  }

  static func noteBeyondKit(_ epoch: UInt32, time: Int64, _ database: Database) throws {
    try database.execute(
      sql: "UPDATE erasure SET beyondKit = ? WHERE epoch <= ? AND beyondKit IS NULL",
      arguments: [time, epoch])
  }

  /// Takes over what an entry says of erasures; twice is as once.
  static func apply(_ entry: LogEntry, _ database: Database) throws {
    switch entry.event {
    case .genesis, .snapshot, .takeover, .expiry, .drop: break
    case .drill(let drill): try set([.verifiedRestore: drill.encode()], database)
    case .erasure(let items):
      for item in items {
        try insert(item, excluded: entry.time, database)
        guard item.cause != .administrator else { continue }
        // Were it cancelled, the next run must not erase them again for not being listed.
        try database.execute(
          sql: "UPDATE account SET absentSince = coalesce(absentSince, ?) WHERE number = ?",
          arguments: [entry.time, item.account.value])
      }
    case .cancellation(let accounts):
      for account in accounts {
        try database.execute(
          sql: "DELETE FROM erasure WHERE account = ? AND destroyed IS NULL",
          arguments: [account.value])
      }
    case .epoch(let destroyed):
      guard let epoch = entry.keyring.first?.epoch else { return }
      let beyond = ErasureLedger.epoch(epoch, after: try number(.epoch, database) ?? 0)
      var writer = ByteWriter()
      writer.fixed32(epoch)
      try set([.epoch: writer.bytes, .epochBegan: timeBytes(entry.time)], database)
      for account in destroyed {
        try database.execute(
          sql: """
            UPDATE erasure SET destroyed = ?, epoch = ? WHERE account = ? AND destroyed IS NULL
            """, arguments: [entry.time, beyond, account.value])
      }
      try forget(Set(destroyed), database)
      for run in try needlessRuns(database) {
        try database.execute(sql: "DELETE FROM run WHERE id = ?", arguments: [run])
      }
    }
  }

  private static func insert(
    _ item: ErasureEntry, excluded: Int64, _ database: Database
  ) throws {
    try database.execute(
      sql: """
        INSERT INTO erasure (account, id, cause, reported, due, addressTag, birthTag, excluded,
          isConfirmed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (account) DO UPDATE SET cause = excluded.cause, reported = excluded.reported,
          due = excluded.due, excluded = excluded.excluded, isConfirmed = excluded.isConfirmed
        WHERE erasure.destroyed IS NULL
        """,
      arguments: [
        item.account.value, Data(item.id.bytes), item.cause.rawValue, item.reported, item.due,
        Data(item.addressTag.bytes), Data(item.birthTag.bytes), excluded,
        item.cause == .administrator,
      ])
  }

  /// Deletes the keys of accounts, names of their chunks, secrets and paths of their files.
  ///
  /// `secure_delete` leaves none of it in free pages.
  private static func forget(_ accounts: Set<AccountNumber>, _ database: Database) throws {
    guard !accounts.isEmpty else { return }
    for account in accounts {
      try database.execute(
        sql: "DELETE FROM account WHERE number = ?", arguments: [account.value])
      var owner = ByteWriter()
      owner.fixed32(account.value)
      try database.execute(
        sql: "DELETE FROM file WHERE substr(identity, 1, 4) = ?", arguments: [Data(owner.bytes)])
    }
    try forget(accounts, in: "segment", key: "id", column: "chunks", database)
    try forget(accounts, in: "pack", key: "number", column: "entries", database)
  }

  /// Takes the accounts' chunks out of a list of known chunks; what is left of a segment is new to the
  /// next run, which then writes its part of the catalogue anew.
  private static func forget(
    _ accounts: Set<AccountNumber>, in table: String, key: String, column: String,
    _ database: Database
  ) throws {
    let ids = try Int64.fetchAll(
      database, sql: "SELECT \(key) FROM \(table) WHERE \(column) IS NOT NULL")
    for id in ids {
      guard
        let bytes = try Data.fetchOne(
          database, sql: "SELECT \(column) FROM \(table) WHERE \(key) = ?", arguments: [id])
      else { continue }
      let chunks = try KnownChunk.decode(Array(bytes))
      let kept = chunks.filter { !accounts.contains($0.account) }
      guard kept.count < chunks.count else { continue }
      try database.execute(
        sql: "UPDATE \(table) SET \(column) = ? WHERE \(key) = ?",
        arguments: [Data(KnownChunk.encode(kept)), id])
      if table == "segment" {
        try database.execute(
          sql: "UPDATE segment SET partPack = 0, fingerprint = NULL, pages = NULL WHERE id = ?",
          arguments: [id])
      }
    }
  }

  /// Forgets by what destroyed erasures of an address would be recognised, so that whoever is behind
  /// it is a new account to the next run.
  package func readmit(_ addressTag: PersonTag) throws {
    try write { database in
      try database.execute(
        sql: """
          UPDATE erasure SET birthTag = zeroblob(16)
          WHERE addressTag = ? AND destroyed IS NOT NULL AND birthTag <> zeroblob(16)
          """, arguments: [Data(addressTag.bytes)])
    }
  }
}
