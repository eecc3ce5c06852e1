/// What a check found; the JSON of `check`.
package struct CheckReport: Sendable, Codable, Equatable {
  /// The pack whose bytes were proved the longest time ago.
  package struct Oldest: Sendable, Codable, Equatable {
    /// Its object.
    package let pack: String
    /// When it was read last, or sealed if it never was, in RFC 3339.
    package let since: String
  }

  /// The worst first.
  package let findings: [Finding]
  /// Packs that the log lists and did not drop.
  package let packs: Int
  /// Packs whose bytes were compared with their hashes by this check.
  package let packs_read: Int
  /// Bytes of objects read from the remote.
  package let bytes_read: Int
  /// Kept snapshots.
  package let snapshots: Int
  /// Entries of the log.
  package let log_entries: Int
  /// Nil where there is no pack.
  package let oldest_unverified: Oldest?

  /// Whether there is damage, or anything else that somebody must look at.
  package var isClean: Bool { findings.allSatisfy { $0.severity == .info } }
}
