@testable import Repository
import Format
import Synchronization
import TestKit
import Testing

@Suite struct `Packs in memory wait for the network, packs in the spool do not` {
  private func upload(inMemory: Bool) throws -> Upload {
    Upload(
      summary: PackSummary(pack: try identifier(), contents: .files, byteCount: 1, digest: .none),
      source: inMemory ? .memory([1]) : .spool(path: "/nowhere"))
  }

  @Test func `one pack too many waits until one is stored`() async throws {
    let queue = UploadQueue(memoryLimit: 2)
    let uploads = try (0..<3).map { _ in try upload(inMemory: true) }
    await queue.add(uploads[0])
    await queue.add(uploads[1])
    let isAdded = Flag()
    await withTaskGroup { group in
      group.addTask {
        await queue.add(uploads[2])
        isAdded.raise()
      }
      for _ in 0..<1_000 { await Task.yield() }
      #expect(!isAdded.isRaised)
      let first = await queue.next(asHelper: false)
      #expect(first?.summary == uploads[0].summary)
      if let first { await queue.didStore(first) }
      await group.waitForAll()
    }
    #expect(isAdded.isRaised)
    #expect(await queue.next(asHelper: false)?.summary == uploads[1].summary)
    #expect(await queue.next(asHelper: false)?.summary == uploads[2].summary)
  }

  @Test func `packs in the spool never wait`() async throws {
    let queue = UploadQueue(memoryLimit: 1)
    for _ in 0..<100 { await queue.add(try upload(inMemory: false)) }
    for _ in 0..<100 { #expect(await queue.next(asHelper: false) != nil) }
  }

  @Test func `whoever waits to add or to take goes on when the queue is closed`() async throws {
    let queue = UploadQueue(memoryLimit: 1)
    let (first, second) = (try upload(inMemory: true), try upload(inMemory: true))
    await queue.add(first)
    await withTaskGroup { group in
      group.addTask { await queue.add(second) }
      for _ in 0..<100 { await Task.yield() }
      await queue.close()
      await group.waitForAll()
    }
    let empty = UploadQueue(memoryLimit: 1)
    async let taken = empty.next(asHelper: false)
    async let helped = empty.next(asHelper: true)
    for _ in 0..<100 { await Task.yield() }
    await empty.close()
    let answers = await (taken, helped)
    #expect(answers.0 == nil)
    #expect(answers.1 == nil)
  }

  @Test func `a helper is called where the memory for more is full`() async throws {
    let queue = UploadQueue(memoryLimit: 2)
    async let helped = queue.next(asHelper: true)
    for _ in 0..<100 { await Task.yield() }
    let uploads = try (0..<3).map { _ in try upload(inMemory: true) }
    await queue.add(uploads[0])
    await queue.add(uploads[1])
    await withTaskGroup { group in
      group.addTask { await queue.add(uploads[2]) }
      for _ in 0..<100 { await Task.yield() }
      await queue.didStore(uploads[0])
      await group.waitForAll()
    }
    #expect(await helped?.summary == uploads[0].summary)
    await queue.close()
  }

  @Test func `a closed queue still gives what waits in it`() async throws {
    let queue = UploadQueue(memoryLimit: 2)
    await queue.add(try upload(inMemory: true))
    await queue.close()
    #expect(await queue.next(asHelper: false) != nil)
    #expect(await queue.next(asHelper: false) == nil)
  }
}

/// Something that happened, seen from two tasks.
private final class Flag: Sendable {
  private let state = Mutex(false)

  var isRaised: Bool { state.withLock { $0 } }

  func raise() { state.withLock { $0 = true } }
}
