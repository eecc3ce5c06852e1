internal import Foundation
internal import GRDB
package import Format

/// A snapshot that is kept, and the packs it needs.
package struct KeptSnapshot: Sendable, Equatable {
  /// Its id.
  package let run: RunID
  /// The number of its log entry.
  package let sequence: UInt64
  /// How whole it is.
  package let state: SnapshotState
  /// Milliseconds since 1970.
  package let started: Int64
  /// The agent's numbers of all packs that its catalogue or its chunks lie in.
  package let packs: Set<Int64>

  /// Describes a kept snapshot.
  package init(
    run: RunID, sequence: UInt64, state: SnapshotState, started: Int64, packs: Set<Int64>
  ) {
    self.run = run
    self.sequence = sequence
    self.state = state
    self.started = started
    self.packs = packs
  }
}

/// What the agent knows of one pack on the remote.
package struct PackRow: Sendable, Equatable {
  /// The agent's own number of it.
  package let number: Int64
  /// What the log says of it.
  package let summary: PackSummary
  /// Milliseconds since 1970 of the run that sealed it.
  package let sealed: Int64
  /// How far it has come.
  package let state: PackState
  /// Bytes of the chunks in it; nil where an adopted agent has not read its header.
  package let chunkByteCount: Int?
  /// Those of them that the newest complete snapshot refers to; nil until there was one.
  package let aliveByteCount: Int?
  /// Milliseconds since 1970, since when nothing new refers to it; nil while it is good.
  package let condemned: Int64?
  /// Milliseconds since 1970 when the log dropped it.
  package let dropped: Int64?
  /// Milliseconds since 1970 when its bytes were last read and had their hash; nil if never.
  package let verified: Int64?
  /// Milliseconds since 1970 since when it is known to be missing or damaged; nil while it is not.
  package let damaged: Int64?
}

extension AgentState {
  /// The packs that the snapshot about to be committed refers to, durable before its entry.
  package func notePending(packs: Set<Int64>) throws {
    try set([.pendingPacks: Self.encode(packs)])
  }

  static func note(
    _ snapshot: SnapshotEntry, sequence: UInt64, _ database: Database
  ) throws {
    let packs = try Data.fetchOne(
      database, sql: "SELECT value FROM meta WHERE key = ?",
      arguments: [Fact.pendingPacks.rawValue])
    guard let packs else {
      let isKnown = try Bool.fetchOne(
        database, sql: "SELECT EXISTS (SELECT 1 FROM snapshot WHERE run = ?)",
        arguments: [Data(snapshot.run.bytes)])
      // Taken over before. Otherwise one that is taken to need nothing would lose everything.
      if isKnown == true { return }
      throw VaultError(
        .damaged,
        "the agent's state does not know which packs a snapshot needs; move it away and run "
          + "`lethe adopt`")
    }
    try insert(snapshot, sequence: sequence, packs: packs, database)
    try remove([.pendingPacks], database)
  }

  private static func insert(
    _ snapshot: SnapshotEntry, sequence: UInt64, packs: Data, _ database: Database
  ) throws {
    try database.execute(
      sql: "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?)",
      arguments: [
        Data(snapshot.run.bytes), Int64(sequence), Int(snapshot.state.rawValue), snapshot.started,
        packs,
      ])
  }

  /// Adds a kept snapshot that an adoption read from the remote.
  package func adopt(_ snapshot: SnapshotEntry, sequence: UInt64, packs: Set<Int64>) throws {
    try write {
      try Self.insert(
        snapshot, sequence: sequence, packs: Data(Self.encode(packs)), $0)
    }
  }

  /// Snapshots that have not expired, oldest first.
  package func snapshots() throws -> [KeptSnapshot] {
    try read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM snapshot ORDER BY sequence").map { row in
        let (run, packs): (Data, Data) = (row["run"], row["packs"])
        let sequence: Int64 = row["sequence"]
        guard let run = RunID(Array(run)), let state = SnapshotState(rawValue: row["state"]) else {
          throw VaultError(.damaged, "the agent's state holds a snapshot it cannot have written")
        }
        return KeptSnapshot(
          run: run, sequence: UInt64(sequence), state: state, started: row["started"],
          packs: try Self.decodePacks(packs))
      }
    }
  }

  /// Every pack that is not forgotten, by number.
  package func packRows() throws -> [PackRow] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT number, id, contents, byteCount, digest, sealed, state, chunkByteCount,
            aliveByteCount, condemned, changed, verified, damaged FROM pack ORDER BY number
          """
      ).map { row in
        guard let state = PackState(rawValue: row["state"]) else {
          throw VaultError(.damaged, "the agent's state holds a pack it cannot have written")
        }
        return PackRow(
          number: row["number"], summary: try Self.summary(row), sealed: row["sealed"],
          state: state, chunkByteCount: row["chunkByteCount"],
          aliveByteCount: row["aliveByteCount"], condemned: row["condemned"],
          dropped: state == .dropped ? row["changed"] : nil,
          verified: row["verified"], damaged: row["damaged"])
      }
    }
  }

  /// Numbers of packs that nothing new may refer to.
  package func condemnedPacks() throws -> Set<Int64> {
    try read {
      try Int64.fetchSet($0, sql: "SELECT number FROM pack WHERE condemned IS NOT NULL")
    }
  }

  /// Stops the use of packs; those that are condemned already stay so since when they were.
  package func condemn(_ packs: [Int64], time: Int64) throws {
    try write { database in
      for pack in packs {
        try database.execute(
          sql: "UPDATE pack SET condemned = coalesce(condemned, ?) WHERE number = ?",
          arguments: [time, pack])
      }
    }
  }

  /// Takes over what an expiry or a drop says.
  static func applyPruning(_ entry: LogEntry, _ database: Database) throws {
    switch entry.event {
    case .genesis, .snapshot, .takeover, .erasure, .cancellation, .epoch, .drill: break
    case .expiry(let runs):
      for run in runs {
        try database.execute(
          sql: "DELETE FROM snapshot WHERE run = ?", arguments: [Data(run.bytes)])
      }
    case .drop(let packs):
      for pack in packs {
        try database.execute(
          sql: "UPDATE pack SET state = ?, changed = ?, entries = NULL WHERE id = ?",
          arguments: [PackState.dropped.rawValue, entry.time, Data(pack.bytes)])
      }
    }
  }

  /// Runs whose secrets no row that is kept needs: their packs of rows are all dropped or gone.
  ///
  /// An adopted agent does not know which run sealed the packs it found, so it keeps the secrets it
  /// found as long as there is any of these packs.
  static func needlessRuns(_ database: Database) throws -> [Data] {
    let kept = "contents = \(PackContents.rows.rawValue) AND state <> \(PackState.dropped.rawValue)"
    return try Data.fetchAll(
      database,
      sql: """
        SELECT id FROM run WHERE id NOT IN (SELECT run FROM pack WHERE \(kept))
          AND (isAdopted = 0 OR NOT EXISTS (SELECT 1 FROM pack WHERE \(kept) AND run = x''))
        """)
  }

  private static func encode(_ packs: Set<Int64>) -> [UInt8] {
    var writer = ByteWriter()
    var last: Int64 = 0
    for pack in packs.sorted() {
      writer.varint(UInt64(pack - last))
      last = pack
    }
    return writer.bytes
  }

  private static func decodePacks(_ bytes: Data) throws -> Set<Int64> {
    var reader = ByteReader(Array(bytes), subject: "the packs of a snapshot")
    var packs: Set<Int64> = []
    var last: Int64 = 0
    while reader.remaining > 0 {
      last += Int64(try reader.count(limit: Int(UInt32.max)))
      packs.insert(last)
    }
    return packs
  }
}
