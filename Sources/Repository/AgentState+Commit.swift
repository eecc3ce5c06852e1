internal import Foundation
internal import GRDB
package import Format

extension AgentState {
  /// The newest entry that the agent took over; nil where the state was never finished.
  package func head() throws -> LogHead? {
    guard let bytes = try value(.head) else { return nil }
    var reader = ByteReader(bytes, subject: "the log's head in the agent's state")
    return LogHead(sequence: try reader.fixed64(), digest: try reader.digest())
  }

  /// The entry at the head; `damaged` where the state was never finished.
  package func lastEntry() throws -> LogEntry {
    try LogEntry.decode(try required(.lastEntry))
  }

  /// A fact that is an id; `damaged` where it is missing or has not sixteen bytes.
  package func identifier<Kind>(_ fact: Fact) throws -> Identifier<Kind> {
    guard let identifier = Identifier<Kind>(try required(fact)) else {
      throw VaultError(.damaged, "the state's \(fact.rawValue) does not have sixteen bytes")
    }
    return identifier
  }

  /// The number of the run about to begin; no two runs have the same.
  package func beginRun(_ run: KeyringContents.Run) throws -> Int64 {
    var number: Int64 = 1
    if let bytes = try value(.runCounter) {
      var reader = ByteReader(bytes, subject: "the run counter")
      number = Int64(try reader.fixed64()) + 1
    }
    let counted = number
    try write { database in
      // What an interrupted run staged; its packs stay and serve by their entries.
      try database.execute(sql: "DELETE FROM segment WHERE isCommitted = 0")
      try database.execute(
        sql: "INSERT INTO run (id, secret) VALUES (?, ?)",
        arguments: [Data(run.id.bytes), Data(run.secret)])
      var writer = ByteWriter()
      writer.fixed64(UInt64(counted))
      try Self.set([.runCounter: writer.bytes], database)
    }
    return number
  }

  /// Remembers an entry that is about to be appended, in case the answer is lost.
  func note(pending entry: LogEntry) throws { try set([.pendingEntry: entry.encode()]) }

  /// Takes over what a log entry made true; running it twice changes nothing.
  package func commit(_ entry: LogEntry, head: LogHead) throws {
    let isPublished = try lastEntry().keyring != entry.keyring
    let seen = try value(.runCounter).map { bytes in
      var reader = ByteReader(bytes, subject: "the run counter")
      return Int64(try reader.fixed64())
    }
    try write { database in
      if case .snapshot(let snapshot) = entry.event, let seen {
        try Self.commit(snapshot, seen: seen, origins: snapshot.origins.map(\.name), database)
        try Self.note(snapshot, sequence: entry.sequence, database)
      }
      try Self.apply(entry, database)
      try Self.applyPruning(entry, database)
      try Self.setHead(entry, head, database)
      if isPublished {
        try database.execute(sql: "UPDATE account SET isPublished = 1")
        try database.execute(sql: "UPDATE run SET isPublished = 1")
      }
      try Self.remove([.pendingEntry], database)
    }
  }

  private static func commit(
    _ snapshot: SnapshotEntry, seen: Int64, origins: [String], _ database: Database
  ) throws {
    for origin in origins {
      for table in ["segment", "file"] {
        try database.execute(
          sql: "DELETE FROM \(table) WHERE origin = ? AND seen <> ?", arguments: [origin, seen])
      }
      try database.execute(
        sql: "UPDATE segment SET isCommitted = 1 WHERE origin = ?", arguments: [origin])
    }
    // What an origin staged that failed on the way is no baseline.
    try database.execute(sql: "DELETE FROM segment WHERE isCommitted = 0")
    for pack in snapshot.packs {
      try database.execute(
        sql: "UPDATE pack SET state = ?, entries = NULL WHERE id = ?",
        arguments: [PackState.committed.rawValue, Data(pack.pack.bytes)])
    }
  }

  private static func setHead(_ entry: LogEntry, _ head: LogHead, _ database: Database) throws {
    var writer = ByteWriter()
    writer.fixed64(head.sequence)
    writer.digest(head.digest)
    try set([.head: writer.bytes, .lastEntry: entry.encode()], database)
  }

  /// Fills a new state from what `init` made or `adopt` read; `stored` are the packs on the remote, of
  /// which dropped ones are still to be removed.
  package func populate(
    facts: [Fact: [UInt8]], keyring: KeyringContents, entries: [LogEntry], head: LogHead,
    packs: [ListedPack], stored: Set<PackID>
  ) throws {
    guard let entry = entries.last else { throw VaultError(.damaged, "the log has no entries") }
    try write { database in
      var next = ByteWriter()
      next.fixed32(entry.nextAccount.value)
      var counter = ByteWriter()
      counter.fixed64(UInt64(packs.count + 1))
      try Self.set(
        [
          .nextAccount: next.bytes, .packCounter: counter.bytes,
          .epochBegan: Self.timeBytes(entry.time),
        ], database)
      for account in keyring.accounts {
        try Self.insert(
          AccountRow(account: account, firstSeen: entry.time), isPublished: true, database)
      }
      for entry in entries { try Self.apply(entry, database) }
      // The log does not tell who was cancelled for being listed again.
      try database.execute(
        sql: """
          UPDATE account SET absentSince = NULL WHERE number NOT IN (SELECT account FROM erasure)
          """)
      // The present epoch comes after those that led to it.
      try Self.set(facts, database)
      if let kitEpoch = facts[.kitEpoch] {
        var reader = ByteReader(kitEpoch, subject: "the kit's epoch")
        try Self.noteBeyondKit(try reader.fixed32(), time: entry.time, database)
      }
      for run in keyring.runs {
        try database.execute(
          sql: "INSERT INTO run (id, secret, isAdopted, isPublished) VALUES (?, ?, 1, 1)",
          arguments: [Data(run.id.bytes), Data(run.secret)])
      }
      try Self.insert(packs, stored: stored, database)
      try Self.setHead(entry, head, database)
    }
  }

  private static func insert(
    _ packs: [ListedPack], stored: Set<PackID>, _ database: Database
  ) throws {
    for (index, pack) in packs.enumerated()
    where !pack.isDropped || stored.contains(pack.summary.pack) {
      try database.execute(
        sql: """
          INSERT INTO pack (number, id, contents, byteCount, digest, run, sealed, state, changed)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          index + 1, Data(pack.summary.pack.bytes), Int(pack.summary.contents.rawValue),
          pack.summary.byteCount, Data(pack.summary.digest.bytes), Data(), pack.sealed,
          (pack.isDropped ? PackState.dropped : .committed).rawValue, pack.dropped,
        ])
    }
  }

  /// Sets the baseline that `adopt` read from the newest snapshot.
  package func adopt(_ writes: PendingWrites) throws {
    try write { database in
      try writes.carryOut(database)
      try database.execute(sql: "UPDATE segment SET isCommitted = 1")
    }
  }
}
