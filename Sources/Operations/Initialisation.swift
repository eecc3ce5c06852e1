internal import Foundation
internal import Format
package import Sealing

internal import Repository
package import Storing

/// Makes a new repository, the agent's state for it, and its kit.
package struct Initialisation: Sendable {
  private let configuration: Configuration
  private let store: any Store

  /// A repository to be made in `store`, which ``run(kit:passphrase:time:)`` does.
  package init(_ configuration: Configuration, store: any Store) {
    self.configuration = configuration
    self.store = store
  }

  /// The kit is durable before the repository is: a repository without a kit is of no use.
  package func run(kit directory: KitDirectory, passphrase: Passphrase?, time: Int64) async throws
    -> RepositoryReport
  {
    let lock = try StateLock(configuration.state)
    defer { withExtendedLifetime(lock) {} }
    try directory.checkEmpty()
    guard let repository = RepositoryID(Random.bytes(RepositoryID.byteCount)) else {
      preconditionFailure("sixteen random bytes")
    }
    let kit = try Kit(
      newFor: repository, url: configuration.repository.url,
      hostKey: configuration.repository.hostKey ?? "")
    let state = try AgentState(creating: configuration.state)
    do {
      try directory.write(kit, passphrase: passphrase)
      try await Vault.create(store: store, state: state, kit: kit, time: time)
    } catch {
      // Nothing half-made stays behind to be taken for a repository's.
      try? FileManager.default.removeItem(atPath: AgentState.path(configuration.state))
      directory.removeHalves(of: repository)
      throw error
    }
    return RepositoryReport(
      repository: repository.hex, url: configuration.repository.url, kit: directory.path)
  }
}

/// What `init` and `adopt` print.
package struct RepositoryReport: Sendable, Codable, Equatable {
  /// The repository's id: 32 hexadecimal digits.
  package let repository: String
  /// The address in the configuration.
  package let url: String
  /// The directory that holds both halves of the kit, as it was named.
  package let kit: String
}

extension KitDirectory {
  /// Removes a kit that was just written for a repository that could not be made.
  fileprivate func removeHalves(of repository: RepositoryID) {
    for half in KitFile.Half.allCases {
      let file = "\(path)/\(half.fileName)"
      guard let data = FileManager.default.contents(atPath: file),
        let found = try? KitFile.decode(String(decoding: data, as: UTF8.self)),
        found.repository == repository
      else { continue }
      try? FileManager.default.removeItem(atPath: file)
    }
  }
}
