internal import Format
internal import Repository
package import Sealing
package import Storing

/// Moves the kit to the present epoch and destroys its old seed, so that no keyring of the past opens
/// any more, whoever kept it.
package struct KitAdvance: Sendable {
  private let configuration: Configuration
  private let store: any Store

  /// For the repository of a configuration.
  package init(_ configuration: Configuration, store: any Store) {
    self.configuration = configuration
    self.store = store
  }

  /// Proves first that the kit opens the present keyring, and then that the advanced one does.
  package func run(
    kit directory: KitDirectory, passphrase: Passphrase?, time: Int64
  ) async throws -> KitAdvanceReport {
    let lock = try StateLock(configuration.state)
    defer { withExtendedLifetime(lock) {} }
    let state = try AgentState(opening: configuration.state)
    // Finishes what an interrupted run left of an epoch.
    let vault = try await Vault(state: state, store: store)
    let kit = try directory.open(passphrase: passphrase)
    let before = kit.epoch
    _ = try await Archive(store: store, kit: kit)
    let epoch = try vault.presentEpoch
    if epoch > before {
      let advanced = try kit.advanced(to: epoch)
      _ = try await Archive(store: store, kit: advanced)
      try directory.replaceEpochHalf(
        with: try advanced.text(.epoch, passphrase: passphrase))
      try vault.noteAdvance(of: advanced, time: time)
    } else {
      // An advance that was cut off after its last write is noted now.
      try vault.noteAdvance(of: kit, time: time)
    }
    let beyond = try state.erasures().filter { $0.beyondKit == time }.count
    return KitAdvanceReport(
      repository: kit.repository.hex, kit: directory.path, epoch_before: before,
      epoch: max(before, epoch), erasures_beyond_kit: beyond)
  }
}

/// What `kit advance` did; its JSON.
package struct KitAdvanceReport: Sendable, Codable, Equatable {
  /// The repository's id.
  package let repository: String
  /// The directory of the kit.
  package let kit: String
  /// Where the kit stood.
  package let epoch_before: UInt32
  /// Where it stands now.
  package let epoch: UInt32
  /// Erasures whose keys not even this kit reaches any more, since this advance.
  package let erasures_beyond_kit: Int
}
