package import Format
package import Storing

internal import Sealing

/// Where the log stands: its newest entry and the hash of that object.
package struct LogHead: Equatable, Sendable {
  /// From 1; 0 where there is no entry yet.
  package let sequence: UInt64
  /// `H` of the whole object; 32 zero bytes where there is no entry yet. [F-LOG-3]
  package let digest: Digest

  /// Names an entry by its number and its object's hash.
  package init(sequence: UInt64, digest: Digest) {
    self.sequence = sequence
    self.digest = digest
  }
}

/// The chain of entries that is the repository's only mutable thing. [F-LOG-1]
package struct Log: Sendable {
  let store: any Store
  private let keys: MetadataKeys

  /// The log in a store; `keys` seal and open its entries.
  package init(store: any Store, keys: MetadataKeys) {
    self.store = store
    self.keys = keys
  }

  /// The sequence numbers that the remote lists, ascending and without a gap.
  package func sequences() async throws -> [UInt64] {
    let objects: [StoredObject]
    do { objects = try await store.list("log") } catch {
      throw VaultError(error, doing: "cannot list the log")
    }
    let sequences = try objects.map { object in
      let digits = object.name.path.split(separator: "/").last ?? ""
      guard let sequence = UInt64(digits), LogEntry.name(of: sequence) == digits,
        (1...LogEntry.maximumSequence).contains(sequence)
      else {
        throw VaultError(
          .damaged, "\(object.name) is not the name of a log entry; remove it",
          failure: .malformed)
      }
      return sequence
    }.sorted()
    for (one, next) in zip(sequences, sequences.dropFirst()) where next != one + 1 {
      throw Self.missing(one + 1)
    }
    return sequences
  }

  /// Whether the keys open the newest entry: it is then this repository's, whatever else says.
  func opens() async -> Bool {
    guard let last = try? await sequences().last, let object = try? await object(last) else {
      return false
    }
    return (try? decode(object, last)) != nil
  }

  /// Whether the newest entry is the one that is known, found out in five round trips however many
  /// entries there are; what else is wrong, a listing says.
  func ends(at head: LogHead) async throws -> Bool {
    do {
      guard try await digest(of: head.sequence) == head.digest else { return false }
    } catch let error as VaultError where error.code == .damaged || error.code == .missing {
      return false
    }
    let next = try objectName(head.sequence + 1)
    do { return try await store.byteCount(of: next) == nil } catch {
      throw VaultError(error, doing: "cannot look for \(next)")
    }
  }

  /// Reads the entries that follow `head` and proves that they continue it. [F-LOG-3]
  package func entries(
    after head: LogHead?, through last: UInt64
  ) async throws -> [(entry: LogEntry, head: LogHead)] {
    var previous = head ?? LogHead(sequence: 0, digest: .none)
    var chain: [(entry: LogEntry, head: LogHead)] = []
    let first = previous.sequence + 1
    guard first <= last else { return [] }
    let objects = try await objects(first...last)
    for (sequence, object) in zip(first...last, objects) {
      let entry = try decode(object, sequence)
      guard entry.previous == previous.digest else {
        throw VaultError(
          .damaged,
          "log entry \(sequence) does not continue entry \(previous.sequence): the log was forked or "
            + "rolled back; compare the remote with its provider's snapshots before going on",
          failure: .forged)
      }
      previous = LogHead(sequence: sequence, digest: try digest(object))
      chain.append((entry, previous))
    }
    return chain
  }

  /// Seals and appends an entry; the commit point of whatever it says. [F-LOG-4]
  ///
  /// The store creates exclusively: of two agents that append the same number one fails here.
  package func append(_ entry: LogEntry) async throws -> LogHead {
    let plaintext = entry.encode()
    guard plaintext.count + Self.overheadByteCount <= Limits.logEntryByteCount else {
      throw VaultError(
        .refused,
        "log entry \(entry.sequence) would list more packs than an entry can hold; back up "
          + "fewer origins at first, and add the others to the configuration after that run")
    }
    let object =
      ObjectKind.log.prefix
      + keys.seal(plaintext, as: .log, for: .log, named: Self.binding(entry.sequence))
    let name = try objectName(entry.sequence)
    do { try await Ballast.put(object, as: [name], in: store) } catch  where error.code == .exists {
      throw VaultError(
        .refused,
        "another agent has written \(name); this run is not committed. If another machine runs Lethe "
          + "for this repository, stop one of them; the next run here then goes on, or `lethe adopt`"
      )
    } catch { throw VaultError(error, doing: "cannot commit \(name)") }
    return LogHead(sequence: entry.sequence, digest: try digest(object))
  }

  /// Makes an entry durable that was found: whoever appended it may not have lived to do so.
  func confirm(_ head: LogHead) async throws {
    do { try await store.makeDurable("log") } catch {
      throw VaultError(error, doing: "cannot make the log durable")
    }
    guard try await digest(of: head.sequence) == head.digest else {
      throw VaultError(.damaged, "log entry \(head.sequence) changed while it was read; run again")
    }
  }

  /// The hash of one entry's object as it is now.
  func digest(of sequence: UInt64) async throws -> Digest {
    try digest(try await object(sequence))
  }

  /// A few reads at a time: enough to hide the round trips, few enough to bound memory.
  static let readAhead = 8

  private func objects(_ range: ClosedRange<UInt64>) async throws -> [[UInt8]] {
    try await withThrowingTaskGroup(of: (UInt64, [UInt8]).self) { group in
      var objects: [UInt64: [UInt8]] = [:]
      var next = range.lowerBound
      while objects.count < range.count {
        while next <= range.upperBound, next - range.lowerBound < objects.count + Self.readAhead {
          let sequence = next
          group.addTask { (sequence, try await object(sequence)) }
          next += 1
        }
        if let (sequence, bytes) = try await group.next() { objects[sequence] = bytes }
      }
      return range.compactMap { objects[$0] }
    }
  }

  func object(_ sequence: UInt64) async throws -> [UInt8] {
    let name = try objectName(sequence)
    do { return try await store.get(name, upTo: Limits.logEntryByteCount) } catch
      where error.code == .missing
    {
      throw Self.missing(sequence)
    } catch { throw VaultError(error, doing: "cannot read \(name)") }
  }

  private static func missing(_ sequence: UInt64) -> VaultError {
    VaultError(
      .damaged,
      "log/\(LogEntry.name(of: sequence)) is missing although later entries are there; "
        + "restore it from a copy of the remote, or `lethe adopt` from the kit", failure: .missing)
  }

  func decode(_ object: [UInt8], _ sequence: UInt64) throws -> LogEntry {
    do {
      try ObjectKind.log.check(object)
      let sealed = object.dropFirst(ObjectKind.prefixByteCount)
      let plaintext = try keys.open(
        sealed, as: .log, for: .log, named: Self.binding(sequence))
      return try LogEntry.decode(plaintext, named: sequence)
    } catch { throw VaultError.damaged("log entry \(sequence)", error) }
  }

  private func objectName(_ sequence: UInt64) throws -> ObjectName {
    guard sequence <= LogEntry.maximumSequence,
      let name = ObjectName("log/\(LogEntry.name(of: sequence))")
    else {
      throw VaultError(.refused, "the log is full at entry \(sequence)")
    }
    return name
  }

  func digest(_ object: [UInt8]) throws -> Digest {
    guard let digest = Digest(Hash.digest(object)) else {
      preconditionFailure("a hash has 32 bytes")
    }
    return digest
  }

  /// What an object has besides its entry.
  private static let overheadByteCount =
    ObjectKind.prefixByteCount + MetadataKeys.overheadByteCount

  private static func binding(_ sequence: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.fixed64(sequence)
    return writer.bytes
  }
}
