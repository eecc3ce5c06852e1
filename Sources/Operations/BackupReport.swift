/// What one run did; the JSON of `backup`.
package struct BackupReport: Sendable, Codable, Equatable {
  package struct Origin: Sendable, Codable, Equatable {
    package let name: String
    package let rows: Int
    package let files: Int
    package let bytes_read: Int
  }

  package struct Accounts: Sendable, Codable, Equatable {
    package let live: Int
    package let new: Int
    package let missing: Int
    /// Accounts that no restore brings back from this run on, missing ones included.
    package let erased: Int
    /// Accounts that are excluded and whose keys are still held.
    package let held: Int
    /// Accounts whose keys this run destroyed.
    package let destroyed: Int
  }

  package struct Stored: Sendable, Codable, Equatable {
    package let chunks_new: Int
    package let chunks_total: Int
    package let bytes_uploaded: Int
    package let round_trips: Int
  }

  package let snapshot: String
  package let sequence: UInt64
  package let started: String
  package let finished: String
  package let state: String
  package let origins: [Origin]
  package let accounts: Accounts
  package let stored: Stored
  package let warnings: [String]
}
