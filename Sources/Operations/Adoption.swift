internal import Foundation

internal import Format
internal import Repository
package import Sealing
package import Storing

/// Makes a blank machine the agent of an existing repository.
package struct Adoption: Sendable {
  private let configuration: Configuration
  private let store: any Store

  /// An adoption of the repository in `store`; ``run(kit:passphrase:time:)`` carries it out.
  package init(_ configuration: Configuration, store: any Store) {
    self.configuration = configuration
    self.store = store
  }

  /// Rebuilds the agent's state from the remote and the kit, so that the next run sends only what
  /// changed, and says in the log that the former agent is no more.
  package func run(kit directory: KitDirectory, passphrase: Passphrase?, time: Int64) async throws
    -> RepositoryReport
  {
    let lock = try StateLock(configuration.state)
    defer { withExtendedLifetime(lock) {} }
    let kit = try directory.open(passphrase: passphrase)
    let archive = try await Archive(store: store, kit: kit)
    let shares = try ShareBook(kit)
    let state = try AgentState(creating: configuration.state)
    do {
      // The baseline comes first: once the log names a new agent, its state must be whole.
      let sizes = try await Baseline.read(archive: archive, shares: shares, into: state)
      var packs = SnapshotPacks(archive)
      try await packs.note(in: state)
      try await Vault.takeOver(
        archive: archive, store: store, state: state, kit: kit, time: time)
      try state.note(sizes: sizes)
    } catch {
      try? FileManager.default.removeItem(atPath: AgentState.path(configuration.state))
      throw error
    }
    return RepositoryReport(
      repository: archive.repository.hex, url: configuration.repository.url, kit: directory.path)
  }
}
