import Storing
import TestKit
import Testing

@Suite struct `The test kit breaks what it is told to break` {
  private let one: ObjectName
  private let two: ObjectName

  init() throws {
    one = try StoreContract.object("packs/one")
    two = try StoreContract.object("packs/two")
  }

  @Test func `a failure before, after and from an operation on`() async throws {
    let memory = MemoryStore()
    try await memory.create()
    let store = FaultyStore(memory, plan: .before(2), counting: [.put])
    try await store.put([1], as: one)
    await expect(.transient) { try await store.put([2], as: two) }
    #expect(await memory.contents == [one: [1]])

    await store.set(.after(1), counting: [.put])
    await expect(.transient) { try await store.put([2], as: two) }
    #expect(await memory.contents == [one: [1], two: [2]])
    try await store.put([2], as: two)
    #expect(await store.operationCount == 2)

    await store.set(.from(2))
    _ = try await store.list("packs")
    await expect(.transient) { _ = try await store.list("packs") }
    await expect(.transient) { try await store.remove(one) }
    #expect(await memory.contents.count == 2)
  }

  @Test func `a memory store with a capacity fills up`() async throws {
    let store = MemoryStore(capacity: 4)
    await expect(.missing) { try await store.put([1], as: one) }
    try await store.create()
    try await store.put([1, 2, 3], as: one)
    await expect(.full) { try await store.put([4, 5], as: two) }
    #expect(try await store.freeByteCount() == 1)
    await store.tamper(with: one, [9])
    #expect(try await store.get(one, upTo: 3) == [9])
  }

  @Test func `equal seeds give equal bytes`() {
    var first = SeededRandom(seed: 9)
    var second = SeededRandom(seed: 9)
    var third = SeededRandom(seed: 10)
    let bytes = first.bytes(33)
    #expect(bytes.count == 33)
    #expect(bytes == second.bytes(33))
    #expect(bytes != third.bytes(33))
  }
}
