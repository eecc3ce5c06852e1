internal import Format

package import Repository
package import Storing

/// The snapshots of a repository; the JSON of `snapshots`.
package struct SnapshotList: Sendable, Codable, Equatable {
  package struct Line: Sendable, Codable, Equatable {
    package let id: String
    package let sequence: UInt64
    package let time: String
    package let state: String
    package let origins: [String]
    package let accounts: Int
    package let rows: Int
    package let files: Int
    /// Bytes of rows and content as they were read.
    package let bytes_read: Int
    /// Bytes of the packs that this snapshot added.
    package let bytes_stored: Int
  }

  package let snapshots: [Line]

  /// Reads the log as the agent; a run may go on meanwhile.
  package init(_ configuration: Configuration, store: any Store) async throws {
    let state = try AgentState(opening: configuration.state)
    self.init(try await Vault.snapshots(state: state, store: store))
  }

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
