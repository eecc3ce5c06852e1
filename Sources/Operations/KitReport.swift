internal import Foundation
internal import Format

package import Repository
package import Storing

/// What `kit show` and `kit verify` say of a kit; never its secrets.
package struct KitReport: Sendable, Codable, Equatable {
  /// The repository's id: 32 hexadecimal digits.
  package let repository: String
  /// Where the repository was when the kit was made.
  package let url: String
  /// The host key that was pinned then; empty for `file://`.
  package let host_key: String
  /// The epoch that the kit stands at, from 1: it opens this one and later ones. [F-KEY-7]
  package let epoch: UInt32
  /// Whether a half is wrapped with a passphrase; else whoever holds the kit restores.
  package let has_passphrase: Bool
  /// What the kit was found to open; nil where it was only shown.
  package let opens: Opens?

  /// What the kit opened.
  package struct Opens: Sendable, Codable, Equatable {
    /// Entries of the log, from the first to the newest.
    package let log_entries: Int
    /// Accounts whose keys are there, held ones included; shared data is not counted.
    package let accounts: Int
    /// Runs whose secrets are in the keyring.
    package let runs: Int
    /// Snapshots that have not expired; the newest of them was looked into.
    package let snapshots: Int
  }

  /// Reads the kit alone.
  package init(_ kit: borrowing Kit, hasPassphrase: Bool) {
    self.init(kit, hasPassphrase: hasPassphrase, opens: nil)
  }

  /// Proves that the kit opens the repository as it is now: log, keyring, newest catalogue, a pack's
  /// run share.
  package init(verifying kit: borrowing Kit, hasPassphrase: Bool, store: any Store) async throws {
    let archive = try await Archive(store: store, kit: kit)
    if let newest = archive.snapshots.last {
      let request = RestoreRequest(
        target: "", snapshot: newest.entry.run.hex, origins: [], accounts: [])
      let plan = try await RestorePlan(request, archive: archive, shares: ShareBook(kit))
      try await PackShelf.use(archive, scratch: "", uses: [:]) { shelf in
        let fetcher = ChunkFetcher(plan: plan, shelf: shelf)
        for origin in plan.origins {
          _ = try await fetcher.description(origin.catalogue.description)
        }
      }
    }
    self.init(
      kit, hasPassphrase: hasPassphrase,
      opens: Opens(
        log_entries: archive.entries.count, accounts: archive.accounts.count - 1,
        runs: archive.runSecrets.count, snapshots: archive.snapshots.count))
  }

  private init(_ kit: borrowing Kit, hasPassphrase: Bool, opens: Opens?) {
    repository = kit.repository.hex
    url = kit.url
    host_key = kit.hostKey
    epoch = kit.epoch
    has_passphrase = hasPassphrase
    self.opens = opens
  }
}
