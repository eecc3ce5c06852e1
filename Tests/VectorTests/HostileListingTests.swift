import Storing
import TestKit
import Testing

@testable import Format
@testable import Repository

@Suite struct `A hostile remote cannot make a reader count` {
  private static let keys = MetadataKeys(
    [UInt8](repeating: 7, count: 32), repository: RepositoryID(high: 1, low: 2))

  @Test(arguments: [
    "log/18446744073709551615", "log/1000000000000", "log/000000000000", "log/1",
    "log/00000000000a",
  ])
  func `a name that no log entry has is damage`(path: String) async throws {
    let store = MemoryStore()
    try await store.create()
    try await store.put([1], as: try #require(ObjectName(path)))
    await #expect {
      _ = try await Log(store: store, keys: Self.keys).sequences()
    } throws: { error in
      (error as? VaultError)?.code == .damaged
    }
  }

  @Test func `a name of the last possible entry ends in a missing object`() async throws {
    let store = MemoryStore()
    try await store.create()
    try await store.put([1], as: try #require(ObjectName("log/999999999999")))
    let log = Log(store: store, keys: Self.keys)
    let last = try #require(try await log.sequences().last)
    await #expect {
      _ = try await log.entries(after: nil, through: last)
    } throws: { error in
      (error as? VaultError)?.code == .damaged
    }
  }

  @Test func `an object of a later version is not called damaged`() {
    let error = VaultError.damaged(
      "pack 00", FormatError(.unknownVersion, "a pack object of format version 2"))
    #expect(error.code == .refused)
    #expect(error.failure == .unknownVersion)
  }
}
