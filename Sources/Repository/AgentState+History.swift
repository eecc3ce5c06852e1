internal import Format
internal import GRDB

/// How a run ended; the raw value is the word for people and machines.
package enum RunOutcome: String, Sendable, CaseIterable {
  /// It goes on, or its process ended without a word.
  case running
  /// It committed a snapshot that is whole.
  case complete
  /// It committed a snapshot that lacks something.
  case partial
  /// It committed a snapshot while the brake was on.
  case degraded
  /// The administrator, or the system that went down, stopped it.
  case interrupted
  /// Its process ended without a word.
  case died
  /// The repository is missing or does not answer.
  case unreachable
  /// Going on could have lost something.
  case refused
  /// Something is not what was written.
  case damaged
  /// No space, no permission, no answer.
  case failed

  /// Whether it committed a snapshot.
  package var isCommitted: Bool { [.complete, .partial, .degraded].contains(self) }
}

/// One run as the agent remembers it; nothing in it names anybody.
///
/// What is not known of a run is nil.
package struct RunRecord: Sendable, Equatable {
  /// Milliseconds since 1970.
  package let started: Int64
  /// Milliseconds since 1970.
  package var finished: Int64?
  /// How it ended.
  package var outcome: RunOutcome
  /// The id of the snapshot that it committed, in hexadecimal digits.
  package var snapshot: String?
  /// Bytes sent to the remote.
  package var bytesSent: Int?
  /// Bytes of rows and content that it read from the origins.
  package var bytesRead: Int?
  /// Waits for the remote's answers.
  package var roundTrips: Int?
  /// How many warnings it gave.
  package var warningCount: Int?
  /// Why it failed, where that can be told without naming anybody.
  package var message: String?
  /// Bytes of all packs on the remote when it ended.
  package var storedByteCount: Int?
  /// Bytes free on the remote when it ended.
  package var freeByteCount: Int?

  /// Describes a run that begins.
  package init(started: Int64, outcome: RunOutcome = .running) {
    self.started = started
    self.outcome = outcome
  }
}

/// What the packs on the remote amount to.
package struct PackTally: Sendable, Equatable {
  /// How many there are, dropped ones included until they are removed.
  package let count: Int
  /// Their bytes.
  package let byteCount: Int
  /// Milliseconds since 1970 of the run that sealed the oldest rows; nil where there are none.
  package let oldestRows: Int64?
  /// Milliseconds since 1970 when the pack was last proved, by a check or by being written, that waits longest for
  /// the next proof; nil where there is none.
  package let oldestProof: Int64?
}

extension AgentState {
  /// How many runs are remembered: half a year of one every four hours.
  private static let historyCount = 1000

  /// Remembers that a run begins, gives its number, and takes those that never ended for dead.
  ///
  /// Whoever calls this holds the lock of the state: no other run can be going on.
  package func beginHistory(started: Int64) throws -> Int64 {
    try write { database in
      try database.execute(
        sql: "UPDATE history SET outcome = ? WHERE outcome = ?",
        arguments: [RunOutcome.died.rawValue, RunOutcome.running.rawValue])
      try database.execute(
        sql: "INSERT INTO history (started, outcome) VALUES (?, ?)",
        arguments: [started, RunOutcome.running.rawValue])
      let number = database.lastInsertedRowID
      try database.execute(
        sql: "DELETE FROM history WHERE number <= ?", arguments: [number - Int64(Self.historyCount)]
      )
      return number
    }
  }

  /// Remembers how a run ended.
  package func endHistory(_ number: Int64, _ record: RunRecord) throws {
    try write { database in
      try database.execute(
        sql: """
          UPDATE history SET finished = ?, outcome = ?, snapshot = ?, bytesSent = ?, bytesRead = ?,
            roundTrips = ?, warningCount = ?, message = ?, storedByteCount = ?, freeByteCount = ?
          WHERE number = ?
          """,
        arguments: [
          record.finished, record.outcome.rawValue, record.snapshot, record.bytesSent,
          record.bytesRead, record.roundTrips, record.warningCount, record.message,
          record.storedByteCount, record.freeByteCount, number,
        ])
    }
  }

  /// Remembers why the last run did not believe the clock; nil where it did.
  package func note(objection: String?) throws {
    if let objection {
      try set([.objection: Array(objection.utf8)])
    } else {
      try remove([.objection])
    }
  }

  /// The last runs, oldest first, at most so many.
  package func history(last count: Int) throws -> [RunRecord] {
    try read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM history ORDER BY number DESC LIMIT ?", arguments: [count]
      ).reversed().map { row in
        guard let outcome = RunOutcome(rawValue: row["outcome"]) else {
          throw VaultError(.damaged, "the agent's state holds a run it cannot have written")
        }
        var record = RunRecord(started: row["started"], outcome: outcome)
        record.finished = row["finished"]
        record.snapshot = row["snapshot"]
        record.bytesSent = row["bytesSent"]
        record.bytesRead = row["bytesRead"]
        record.roundTrips = row["roundTrips"]
        record.warningCount = row["warningCount"]
        record.message = row["message"]
        record.storedByteCount = row["storedByteCount"]
        record.freeByteCount = row["freeByteCount"]
        return record
      }
    }
  }

  /// What is on the remote, as far as the agent knows.
  package func packTally() throws -> PackTally {
    try read { database in
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT count(*) AS count, coalesce(sum(byteCount), 0) AS byteCount,
            min(CASE WHEN contents = ? AND state <> ? THEN sealed END) AS oldestRows,
            min(CASE WHEN state = ? AND damaged IS NULL THEN coalesce(verified, sealed) END)
              AS oldestProof
          FROM pack WHERE state <> ?
          """,
        arguments: [
          Int(PackContents.rows.rawValue), PackState.dropped.rawValue,
          PackState.committed.rawValue, PackState.pending.rawValue,
        ])
      return PackTally(
        count: row?["count"] ?? 0, byteCount: row?["byteCount"] ?? 0,
        oldestRows: row?["oldestRows"], oldestProof: row?["oldestProof"])
    }
  }
}
