import Testing
import Storing
import TestKit

/// The stores there are, each made afresh for one test.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
  case memory, directory, faulty, sftp

  var testDescription: String { rawValue }

  /// Makes a store, hands it over once it is created and empty, and clears up.
  func withStore(_ body: (any Store) async throws -> Void) async throws {
    switch self {
    case .memory:
      try await use(MemoryStore(), body)
    case .faulty:
      try await use(FaultyStore(MemoryStore()), body)
    case .directory:
      let directory = try TemporaryDirectory()
      try await use(DirectoryStore(root: directory.path + "/root"), body)
    case .sftp:
      let server = try LoopbackSSHD()
      try await use(SFTPStore(try server.settings()), body)
    }
  }

  private func use(_ store: any Store, _ body: (any Store) async throws -> Void) async throws {
    try await store.create()
    try await body(store)
    await store.close()
  }
}
