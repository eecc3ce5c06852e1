/// What one run did; the JSON of `backup`.
package struct BackupReport: Sendable, Codable, Equatable {
  /// What the snapshot has of one origin.
  package struct Origin: Sendable, Codable, Equatable {
    /// Its name in the configuration.
    package let name: String
    /// Rows in the snapshot, unchanged ones included; 0 for a directory.
    package let rows: Int
    /// File records of all kinds in the snapshot, unchanged ones included; 0 for a database.
    package let files: Int
    /// Bytes of all values as encoded; of a directory, those of the files that this run read.
    package let bytes_read: Int
  }

  /// Accounts as the run found them; shared data is not counted as one.
  package struct Accounts: Sendable, Codable, Equatable {
    /// Accounts whose rows and files the snapshot keeps.
    package let live: Int
    /// Those of them that this run met first, addresses that were registered anew included.
    package let new: Int
    /// Accounts that this run erases for not being listed, with no report of a deletion.
    package let missing: Int
    /// Accounts that no restore brings back from this run on, missing ones included.
    package let erased: Int
    /// Accounts that are excluded and whose keys are still held.
    package let held: Int
    /// Accounts whose keys this run destroyed.
    package let destroyed: Int
  }

  /// What the snapshot refers to, and what the run sent.
  package struct Stored: Sendable, Codable, Equatable {
    /// Chunks that this run sealed, without those of the catalogue.
    package let chunks_new: Int
    /// Chunks that the snapshot refers to, without those of the catalogue.
    package let chunks_total: Int
    /// Bytes that the whole run sent: on the wire over SFTP, those of objects for `file://`.
    package let bytes_uploaded: Int
    /// Waits of the whole run for the remote's replies; 0 for `file://`.
    package let round_trips: Int
  }

  /// The snapshot's id, which is that of its run: 32 hexadecimal digits.
  package let snapshot: String
  /// The number of its log entry, from 1 without gaps. [F-LOG-1]
  package let sequence: UInt64
  /// When the run began, in RFC 3339, UTC, whole seconds.
  package let started: String
  /// The time of the log entry, likewise; pruning and destruction come after it.
  package let finished: String
  /// `complete`, `partial` or `degraded`. [F-LOG-5]
  package let state: String
  /// What was read, databases first; an origin that could not be read is not there.
  package let origins: [Origin]
  /// Who exists, who is new and who is gone.
  package let accounts: Accounts
  /// What the run took of the remote.
  package let stored: Stored
  /// What the administrator should know, a sentence each; empty for nothing.
  package let warnings: [String]
}
