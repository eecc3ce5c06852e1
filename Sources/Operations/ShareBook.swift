internal import Format
package import Repository
internal import Sealing
internal import Synchronization

/// The shares of runs, opened with the recovery key, each once.
package final class ShareBook: Sendable {
  private let opener: ShareOpener
  private let shares = Mutex<[RunID: SharedSecret]>([:])

  /// Keeps what it needs of the kit in guarded memory.
  package init(_ kit: borrowing Kit) throws { opener = try ShareOpener(kit) }

  /// The share of the run that sealed a pack.
  func share(for pack: PackReader) throws -> SharedSecret {
    let run = pack.header.run
    if let share = shares.withLock({ $0[run] }) { return share }
    let share = try opener.open(pack)
    shares.withLock { $0[run] = share }
    return share
  }
}
