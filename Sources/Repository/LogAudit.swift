package import Format
internal import Sealing
package import Storing

/// A log read whole, whatever is wrong with it. [F-LOG-3]
package struct LogAudit: Sendable {
  /// The entries that open, ascending.
  package private(set) var entries: [LogEntry] = []
  /// What is wrong, in the order of the entries.
  package private(set) var faults: [LogFault] = []

  private let head: LogHead
  private let agent: AgentID
  private let pending: [UInt8]?
  /// The entry before, where it is there: its number and the hash of its object.
  private var previous: LogHead?
  private var consistency = LogConsistency()

  /// Reads the log of a repository and compares it with what its agent has seen; nothing but a store
  /// that does not answer is an error.
  package init(state: AgentState, store: any Store) async throws {
    guard let head = try state.head() else {
      throw VaultError(.damaged, "the state in \(state.directory) was never finished")
    }
    self.head = head
    agent = try state.identifier(.agent)
    pending = try state.value(.pendingEntry)
    let repository: RepositoryID = try state.identifier(.repository)
    let log = Log(
      store: store,
      keys: MetadataKeys(try state.required(.metadataKey), repository: repository))
    let sequences = try await list(log)
    findGaps(sequences)
    for start in stride(from: 0, to: sequences.count, by: Log.readAhead) {
      let batch = sequences[start..<min(start + Log.readAhead, sequences.count)]
      let objects = try await log.objects(batch)
      for sequence in batch { take(sequence, objects[sequence], log) }
    }
  }

  private mutating func list(_ log: Log) async throws -> [UInt64] {
    do {
      let names = try await log.names()
      for name in names where Log.sequence(of: name) == nil { faults.append(.strange(name)) }
      return names.compactMap(Log.sequence).sorted()
    } catch  where error.code == .damaged || error.code == .missing {
      faults.append(.strange(error.message))
      return Array(1...head.sequence)
    } catch { throw VaultError(error, doing: "cannot list the log") }
  }

  private mutating func findGaps(_ sequences: [UInt64]) {
    var next: UInt64 = 1
    for sequence in sequences {
      if sequence > next { faults.append(.missing(next...sequence - 1)) }
      next = sequence + 1
    }
    if next <= head.sequence {
      faults.append(.rolledBack(last: next - 1, seen: head.sequence))
    }
  }

  /// Judges one entry by itself, by the one before it and by what the agent knows.
  private mutating func take(_ sequence: UInt64, _ object: [UInt8]?, _ log: Log) {
    guard let object else {
      if !faults.contains(.missing(sequence...sequence)) {
        faults.append(.missing(sequence...sequence))
      }
      return
    }
    let entry: LogEntry
    let digest: Digest
    do {
      entry = try log.decode(object, sequence)
      digest = try log.digest(object)
    } catch {
      faults.append(.damaged(sequence, (error as? VaultError)?.message ?? "\(error)"))
      previous = nil
      return
    }
    let before = sequence == 1 ? LogHead(sequence: 0, digest: .none) : previous
    let isWhole = before?.sequence == sequence - 1
    if let before, isWhole, before.digest != entry.previous { faults.append(.unlinked(sequence)) }
    for message in consistency.take(entry, isWhole: isWhole) {
      faults.append(.contradiction(sequence, message))
    }
    compare(entry, digest)
    entries.append(entry)
    previous = LogHead(sequence: sequence, digest: digest)
  }

  /// What the agent has not written itself is told once.
  private mutating func compare(_ entry: LogEntry, _ digest: Digest) {
    let sequence = entry.sequence
    if sequence == head.sequence, digest != head.digest { faults.append(.forked(sequence)) }
    guard sequence > head.sequence else { return }
    let isTold = faults.contains { fault in
      switch fault {
      case .otherAgent, .unknownToState: true
      default: false
      }
    }
    guard !isTold else { return }
    if entry.agent != agent {
      faults.append(.otherAgent(sequence))
    } else if sequence > head.sequence + 1 || entry.encode() != pending {
      faults.append(.unknownToState(sequence))
    }
  }
}

extension Log {
  /// The names of the objects of the log, whatever they are.
  fileprivate func names() async throws(StoreError) -> [String] {
    try await store.list("log").map(\.name.path)
  }

  /// The number of an entry's object; nil for a name that no entry has.
  fileprivate static func sequence(of name: String) -> UInt64? {
    let digits = name.split(separator: "/").last ?? ""
    guard let sequence = UInt64(digits), LogEntry.name(of: sequence) == digits,
      (1...LogEntry.maximumSequence).contains(sequence)
    else { return nil }
    return sequence
  }

  /// A few entries' objects at a time; what is not there is left out, what is too long is nothing.
  ///
  /// Each task gives a plain array, and the results are collected by hand: with optional arrays as the
  /// tasks' results and a `reduce`, optimised builds of Swift 6.3 were seen to lose them.
  fileprivate func objects(_ sequences: ArraySlice<UInt64>) async throws -> [UInt64: [UInt8]] {
    try await withThrowingTaskGroup(of: (sequence: UInt64, objects: [[UInt8]]).self) { group in
      for sequence in sequences {
        group.addTask { (sequence, try await readable(sequence)) }
      }
      var objects: [UInt64: [UInt8]] = [:]
      while let (sequence, found) = try await group.next() { objects[sequence] = found.first }
      return objects
    }
  }

  /// The object, or none if it is not there; nothing in place of one that is too long.
  private func readable(_ sequence: UInt64) async throws -> [[UInt8]] {
    do { return [try await object(sequence)] } catch let error as VaultError {
      guard error.code == .damaged else { throw error }
      return error.failure == .missing ? [] : [[]]
    }
  }
}
