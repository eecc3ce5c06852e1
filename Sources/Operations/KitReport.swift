internal import Foundation
internal import Format

package import Repository
package import Storing

/// What `kit show` and `kit verify` say of a kit; never its secrets.
package struct KitReport: Sendable, Codable, Equatable {
  package let repository: String
  package let url: String
  package let host_key: String
  package let epoch: UInt32
  package let has_passphrase: Bool
  /// What the kit was found to open; nil where it was only shown.
  package let opens: Opens?

  package struct Opens: Sendable, Codable, Equatable {
    package let log_entries: Int
    package let accounts: Int
    package let runs: Int
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
