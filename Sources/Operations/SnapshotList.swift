internal import Format

package import Repository
package import Storing

/// The snapshots of a repository; the JSON of `snapshots`.
package struct SnapshotList: Sendable, Codable, Equatable {
  /// A snapshot as its log entry tells it. [F-LOG-5]
  package struct Line: Sendable, Codable, Equatable {
    /// Its id, which is that of its run: 32 hexadecimal digits.
    package let id: String
    /// The number of its log entry, from 1 without gaps. [F-LOG-1]
    package let sequence: UInt64
    /// When its run began, in RFC 3339, UTC, whole seconds.
    package let time: String
    /// `complete`, `partial` or `degraded`.
    package let state: String
    /// Names of the origins that were read, databases first.
    package let origins: [String]
    /// Accounts whose rows and files it keeps.
    package let accounts: Int
    /// Rows of all its databases.
    package let rows: Int
    /// File records of all its directories.
    package let files: Int
    /// Bytes of rows and content as they were read.
    package let bytes_read: Int
    /// Bytes of the packs that this snapshot added.
    package let bytes_stored: Int
  }

  /// Those that have not expired, oldest first.
  package let snapshots: [Line]

  /// Reads the log as the agent; a run may go on meanwhile.
  package init(_ configuration: Configuration, store: any Store) async throws {
    let state = try AgentState(opening: configuration.state)
    self.init(try await Vault.snapshots(state: state, store: store))
  }

  /// A line for each snapshot, in the order given.
  package init(_ snapshots: [Snapshot]) {
    self.snapshots = snapshots.map { snapshot in
      let origins = snapshot.entry.origins
      return Line(
        id: snapshot.entry.run.hex, sequence: snapshot.sequence,
        time: Timestamp.text(snapshot.entry.started), state: snapshot.entry.state.name,
        origins: origins.map(\.name), accounts: snapshot.entry.liveAccountCount,
        rows: origins.reduce(0) { $0 + $1.rowCount },
        files: origins.reduce(0) { $0 + $1.fileCount },
        bytes_read: origins.reduce(0) { $0 + $1.byteCount },
        bytes_stored: snapshot.entry.packs.reduce(0) { $0 + $1.byteCount })
    }
  }
}
