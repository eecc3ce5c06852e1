internal import GRDB

/// What checks found out about packs.
extension AgentState {
  /// Notes that packs were read and have their hashes: whatever was found of them before is mended.
  package func noteVerified(_ packs: [Int64], time: Int64) throws {
    try write { database in
      for pack in packs {
        try database.execute(
          sql: "UPDATE pack SET verified = ?, damaged = NULL WHERE number = ?",
          arguments: [time, pack])
      }
    }
  }

  /// Notes that packs are missing or damaged, and condemns them: the next run sends what the source
  /// still has of them.
  package func noteDamaged(_ packs: [Int64], time: Int64) throws {
    try write { database in
      for pack in packs {
        try database.execute(
          sql: """
            UPDATE pack SET damaged = coalesce(damaged, ?), condemned = coalesce(condemned, ?)
            WHERE number = ?
            """, arguments: [time, time, pack])
      }
    }
  }
}
