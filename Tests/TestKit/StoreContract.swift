package import Storing

/// What every store keeps to, as promises that can be tried on any of them.
///
/// Each promise is tried on a store of its own that was just created and is empty.
package enum StoreContract {
  /// One promise.
  package struct Promise: Sendable, CustomStringConvertible {
    /// The sentence.
    package let description: String
    /// Tries it; throws a ``Breach`` when it is not kept.
    package let check: @Sendable (any Store) async throws -> Void
  }

  /// How a promise was broken.
  package struct Breach: Error, CustomStringConvertible {
    /// What should have been true.
    package let description: String
  }

  /// All promises.
  package static let promises: [Promise] = wholes + parts + exclusions + listings + endings

  private static let wholes = [
    Promise(description: "an object comes back as it was put") { store in
      var random = SeededRandom(seed: 1)
      for byteCount in [0, 1, 29_999, 30_000, 30_001, 100_000, 3 << 20] {
        let bytes = random.bytes(byteCount)
        let name = try object("packs/p\(byteCount)")
        try await store.put(bytes, as: name)
        try expect(try await store.get(name, upTo: byteCount) == bytes, "\(byteCount) bytes return")
        try expect(try await store.byteCount(of: name) == byteCount, "\(byteCount) are reported")
      }
    },
    Promise(description: "a pack of 16 MiB and 3 bytes comes back as it was put") { store in
      var random = SeededRandom(seed: 2)
      let bytes = random.bytes(16 << 20 + 3)
      let name = try object("packs/large")
      try await store.put(bytes, as: name)
      try expect(try await store.get(name, upTo: bytes.count) == bytes, "the pack returns")
    },
    Promise(description: "one object under two names is there under both, also when put again") {
      store in
      let names = [try object("keyring/one"), try object("keyring/two")]
      for _ in 0..<2 {
        try await store.put([1, 2, 3], as: names)
        for name in names {
          try expect(try await store.get(name, upTo: 9) == [1, 2, 3], "\(name) returns")
        }
      }
      try await expect(.exists) {
        try await store.put([4], as: [try object("keyring/three"), names[1]])
      }
      try expect(try await store.get(names[1], upTo: 9) == [1, 2, 3], "it is untouched")
    },
    Promise(description: "names of one part work like the others") { store in
      let name = try object("format")
      try await store.put([1, 2, 3], as: name)
      try expect(try await store.get(name, upTo: 9) == [1, 2, 3], "the object returns")
      try await store.remove(name)
      try expect(try await store.byteCount(of: name) == nil, "it is gone")
    },
    Promise(description: "an object longer than the limit is damaged") { store in
      let name = try object("log/000000000001")
      try await store.put([UInt8](repeating: 7, count: 100), as: name)
      try await expect(.oversized) { _ = try await store.get(name, upTo: 99) }
      try expect(try await store.get(name, upTo: 100).count == 100, "the limit itself is allowed")
    },
  ]

  private static let parts = [
    Promise(description: "a range returns exactly its bytes") { store in
      var random = SeededRandom(seed: 3)
      let bytes = random.bytes(1_000_000)
      let name = try object("packs/ranged")
      try await store.put(bytes, as: name)
      for range in [0..<1, 999_999..<1_000_000, 0..<1_000_000, 12_345..<678_901, 500..<500] {
        let part = try await store.get(name, range: range)
        try expect(part == Array(bytes[range]), "the range \(range) returns")
      }
    },
    Promise(description: "a range beyond the end finds the object short") { store in
      let name = try object("packs/short")
      try await store.put([1, 2, 3, 4], as: name)
      for range in [3..<5, 4..<5, 100..<200] {
        try await expect(.short) { _ = try await store.get(name, range: range) }
      }
      try await expect(.damaged) { _ = try await store.get(name, range: -1..<2) }
    },
    Promise(description: "an absent object is missing") { store in
      let name = try object("packs/none")
      try await expect(.missing) { _ = try await store.get(name, upTo: 10) }
      try await expect(.missing) { _ = try await store.get(name, range: 0..<10) }
      try expect(try await store.byteCount(of: name) == nil, "it has no length")
    },
  ]

  private static let exclusions = [
    Promise(description: "putting the same bytes again succeeds") { store in
      let name = try object("log/000000000001")
      try await store.put([1, 2, 3], as: name)
      try await store.put([1, 2, 3], as: name)
      try expect(try await store.list("log").count == 1, "there is one object")
      try expect(try await store.list("tmp").isEmpty, "nothing is left in tmp")
    },
    Promise(description: "putting other bytes under a taken name is refused as existing") { store in
      let name = try object("log/000000000001")
      try await store.put([1, 2, 3], as: name)
      for other: [UInt8] in [[1, 2, 4], [1, 2], [], [1, 2, 3, 4]] {
        try await expect(.exists) { try await store.put(other, as: name) }
      }
      try expect(try await store.get(name, upTo: 9) == [1, 2, 3], "the first bytes remain")
      try expect(try await store.list("tmp").isEmpty, "nothing is left in tmp")
    },
    Promise(description: "of eight who create one name, one wins") { store in
      let name = try object("log/000000000001")
      let winners = try await withThrowingTaskGroup(of: UInt8?.self) { group in
        for racer in UInt8(0)..<8 {
          group.addTask {
            do {
              try await store.put([racer, racer], as: name)
              return racer
            } catch let error as StoreError where error.code == .exists {
              return nil
            }
          }
        }
        return try await group.reduce(into: [UInt8]()) { winners, winner in
          if let winner { winners.append(winner) }
        }
      }
      try expect(winners.count == 1, "one of \(winners) won")
      let bytes = try await store.get(name, upTo: 9)
      try expect(bytes == winners + winners, "the object is the winner's")
    },
    Promise(description: "objects put at the same time all arrive") { store in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<6 {
          group.addTask {
            var random = SeededRandom(seed: UInt64(index))
            let name = try object("packs/parallel-\(index)")
            let bytes = random.bytes(300_000 + index)
            try await store.put(bytes, as: name)
            try expect(try await store.get(name, upTo: 1 << 20) == bytes, "\(name) returns")
          }
        }
        try await group.waitForAll()
      }
      try expect(try await store.list("packs").count == 6, "all are listed")
    },
  ]

  private static let listings = [
    Promise(description: "a listing is sorted and has the lengths") { store in
      for (index, letter) in ["c", "a", "b"].enumerated() {
        try await store.put(
          [UInt8](repeating: 0, count: index), as: try object("keyring/\(letter)"))
      }
      try await store.put([1], as: try object("log/000000000001"))
      let expected = [
        StoredObject(name: try object("keyring/a"), byteCount: 1),
        StoredObject(name: try object("keyring/b"), byteCount: 2),
        StoredObject(name: try object("keyring/c"), byteCount: 0),
      ]
      try expect(try await store.list("keyring") == expected, "the listing is right")
      try expect(try await store.list("packs").isEmpty, "other directories are apart")
    },
    Promise(description: "a listing of many names has them all") { store in
      for index in 0..<250 { try await store.put([], as: try object("packs/many-\(index)")) }
      try expect(try await store.list("packs").count == 250, "250 objects are listed")
    },
    Promise(description: "only a store's own directories can be listed") { store in
      for name in ["", "..", "packs/x", "home"] {
        try await expect(.refused) { _ = try await store.list(name) }
      }
    },
    Promise(description: "only a store's own directories can be made durable") { store in
      for name in StoreLayout.directories { try await store.makeDurable(name) }
      for name in ["", "..", "packs/x", "home"] {
        try await expect(.refused) { try await store.makeDurable(name) }
      }
    },
    Promise(description: "a removed object is gone, and removing it again succeeds") { store in
      let name = try object("packs/gone")
      try await store.put([1], as: name)
      try await store.remove(name)
      try await store.remove(name)
      try await expect(.missing) { _ = try await store.get(name, upTo: 1) }
      try expect(try await store.list("packs").isEmpty, "the listing is empty")
      try await store.put([2], as: name)
      try expect(try await store.get(name, upTo: 1) == [2], "the name is free again")
    },
    Promise(description: "many objects of several directories are removed at once") { store in
      let names = try ["packs/a", "log/000000000001", "packs/b", "packs/none"].map(object)
      for name in names.dropLast() + [try object("packs/c")] { try await store.put([1], as: name) }
      try await store.remove(names)
      try await store.remove([])
      try expect(try await store.list("log").isEmpty, "the log is empty")
      try expect(try await store.list("packs").count == 1, "what was not named is there")
    },
  ]

  private static let endings = [
    Promise(description: "an empty store can be created again, one in use cannot") { store in
      try await store.create()
      try await store.put([1], as: try object("packs/one"))
      try await expect(.refused) { try await store.create() }
      try expect(try await store.list("packs").count == 1, "what is there remains")
    },
    Promise(description: "free space is a positive number or unknown") { store in
      if let byteCount = try await store.freeByteCount() {
        try expect(byteCount > 0, "\(byteCount) bytes are free")
      }
    },
    Promise(description: "a cancelled task gets no further") { store in
      let task = Task {
        while !Task.isCancelled { await Task.yield() }
        try await store.put([1], as: try object("packs/late"))
      }
      task.cancel()
      try await expect(.cancelled) { try await task.value }
      try expect(try await store.list("packs").isEmpty, "nothing was put")
    },
    Promise(description: "a closed store refuses everything") { store in
      await store.close()
      try await expect(.refused) { try await store.put([1], as: try object("packs/late")) }
      try await expect(.refused) { _ = try await store.list("packs") }
    },
  ]

  /// Makes a name; a malformed one is a mistake in the test.
  package static func object(_ path: String) throws -> ObjectName {
    guard let name = ObjectName(path) else { throw Breach(description: "\(path) is a name") }
    return name
  }

  private static func expect(_ isTrue: Bool, _ sentence: String) throws {
    guard isTrue else { throw Breach(description: sentence) }
  }

  private static func expect(_ code: StoreError.Code, _ body: () async throws -> Void) async throws
  {
    do {
      try await body()
    } catch let error as StoreError {
      guard error.code == code else {
        throw Breach(description: "\(code), not \(error.code): \(error.message)")
      }
      return
    }
    throw Breach(description: "an error \(code), not success")
  }
}
