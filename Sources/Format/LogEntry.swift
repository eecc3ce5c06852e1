/// A keyring object as a log entry refers to it. [F-LOG-6]
package struct KeyringReference: Hashable, Sendable {
  package let epoch: UInt32
  /// Two objects with the same bytes, so that one damaged sector cannot take every key.
  package let copies: [KeyringID]
  package let byteCount: Int
  package let digest: Digest

  package static let copyCount = 2

  package init(epoch: UInt32, copies: [KeyringID], byteCount: Int, digest: Digest) {
    self.epoch = epoch
    self.copies = copies
    self.byteCount = byteCount
    self.digest = digest
  }

  func encode(to writer: inout ByteWriter) {
    writer.varint(UInt64(epoch))
    for copy in copies { writer.identifier(copy) }
    writer.count(byteCount)
    writer.digest(digest)
  }

  static func decode(_ reader: inout ByteReader) throws(FormatError) -> KeyringReference {
    let epoch = UInt32(try reader.count(limit: Int(UInt32.max)))
    var copies: [KeyringID] = []
    for _ in 0..<copyCount { copies.append(try reader.identifier()) }
    let byteCount = try reader.count(limit: Limits.keyringByteCount)
    return KeyringReference(
      epoch: epoch, copies: copies, byteCount: byteCount, digest: try reader.digest())
  }
}

/// Where a chunk lies. [F-CAT-1]
package struct ChunkLocation: Hashable, Sendable {
  package let pack: PackID
  /// Position among the entries of the pack's header, from 0.
  package let ordinal: UInt32

  package init(pack: PackID, ordinal: UInt32) {
    self.pack = pack
    self.ordinal = ordinal
  }
}

/// How whole a snapshot is. [F-LOG-5]
package enum SnapshotState: UInt8, Sendable, CaseIterable {
  /// Everything configured was read.
  case complete = 1
  /// Something could not be read; it is named in the run's warnings.
  case partial = 2
  /// A brake stopped it from being taken at its word.
  case degraded = 3
}

/// What one origin contributed to a snapshot. [F-LOG-5]
package struct OriginSummary: Equatable, Sendable {
  package let name: String
  package let rowCount: Int
  package let fileCount: Int
  /// Bytes of values as encoded, or of the file content that the run read.
  package let byteCount: Int

  package init(name: String, rowCount: Int, fileCount: Int, byteCount: Int) {
    self.name = name
    self.rowCount = rowCount
    self.fileCount = fileCount
    self.byteCount = byteCount
  }
}

/// A committed run. [F-LOG-5]
package struct SnapshotEntry: Equatable, Sendable {
  package let run: RunID
  package let state: SnapshotState
  /// Milliseconds since 1970, by the agent's clock.
  package let started: Int64
  package let catalogue: ChunkLocation
  /// Packs that this snapshot is the first to refer to, or that its run left behind.
  package let packs: [PackSummary]
  package let origins: [OriginSummary]
  package let liveAccountCount: Int

  package init(
    run: RunID, state: SnapshotState, started: Int64, catalogue: ChunkLocation,
    packs: [PackSummary], origins: [OriginSummary], liveAccountCount: Int
  ) {
    self.run = run
    self.state = state
    self.started = started
    self.catalogue = catalogue
    self.packs = packs
    self.origins = origins
    self.liveAccountCount = liveAccountCount
  }
}

/// One entry of the log, the repository's only mutable thing. [F-LOG-2]
package struct LogEntry: Equatable, Sendable {
  package enum Event: Equatable, Sendable {
    /// The repository was made; always entry 1.
    case genesis
    case snapshot(SnapshotEntry)
    /// Another state directory became the agent; entries of the former are refused from here on.
    case takeover
  }

  package let sequence: UInt64
  /// BLAKE2b-256 of the object before this one.
  package let previous: Digest
  /// Milliseconds since 1970, by the agent's clock.
  package let time: Int64
  package let agent: AgentID
  /// The lowest account number never used so far.
  package let nextAccount: AccountNumber
  /// All keyring objects in force after this entry.
  package let keyring: [KeyringReference]
  package let event: Event

  package init(
    sequence: UInt64, previous: Digest, time: Int64, agent: AgentID, nextAccount: AccountNumber,
    keyring: [KeyringReference], event: Event
  ) {
    self.sequence = sequence
    self.previous = previous
    self.time = time
    self.agent = agent
    self.nextAccount = nextAccount
    self.keyring = keyring
    self.event = event
  }

  /// The last sequence number that twelve digits can say: a run a second for 31,000 years.
  package static let maximumSequence: UInt64 = 999_999_999_999

  /// Twelve decimal digits: the name of the object below `log/`. [F-LOG-1]
  package static func name(of sequence: UInt64) -> String {
    let digits = String(sequence)
    return String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }

  package func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.fixed64(sequence)
    writer.digest(previous)
    writer.signed(time)
    writer.identifier(agent)
    writer.varint(UInt64(nextAccount.value))
    writer.count(keyring.count)
    for reference in keyring { reference.encode(to: &writer) }
    switch event {
    case .genesis: writer.byte(1)
    case .snapshot(let snapshot):
      writer.byte(2)
      snapshot.encode(to: &writer)
    case .takeover: writer.byte(3)
    }
    return writer.bytes
  }

  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> LogEntry {
    var reader = ByteReader(bytes, subject: "a log entry")
    let sequence = try reader.fixed64()
    guard (1...maximumSequence).contains(sequence) else {
      throw reader.malformed("its number \(sequence) is out of range")
    }
    let previous = try reader.digest()
    let time = try reader.signed()
    let agent: AgentID = try reader.identifier()
    let nextAccount = AccountNumber(UInt32(try reader.count(limit: Int(UInt32.max))))
    var keyring: [KeyringReference] = []
    for _ in 0..<(try reader.count(limit: Limits.runCount, eachAtLeast: 66)) {
      keyring.append(try KeyringReference.decode(&reader))
    }
    let event: Event
    switch try reader.byte() {
    case 1: event = .genesis
    case 2: event = .snapshot(try SnapshotEntry.decode(&reader))
    case 3: event = .takeover
    default: throw FormatError(.unknownVersion, "a log entry of a kind unknown to this program")
    }
    try reader.end()
    guard (event == .genesis) == (sequence == 1) else {
      throw reader.malformed("entry 1 and no other is the genesis")
    }
    return LogEntry(
      sequence: sequence, previous: previous, time: time, agent: agent, nextAccount: nextAccount,
      keyring: keyring, event: event)
  }
}

extension SnapshotEntry {
  func encode(to writer: inout ByteWriter) {
    writer.identifier(run)
    writer.byte(state.rawValue)
    writer.signed(started)
    writer.identifier(catalogue.pack)
    writer.varint(UInt64(catalogue.ordinal))
    writer.count(packs.count)
    for pack in packs { pack.encode(to: &writer) }
    writer.count(origins.count)
    for origin in origins {
      writer.text(origin.name)
      writer.count(origin.rowCount)
      writer.count(origin.fileCount)
      writer.count(origin.byteCount)
    }
    writer.count(liveAccountCount)
  }

  static func decode(_ reader: inout ByteReader) throws(FormatError) -> SnapshotEntry {
    let run: RunID = try reader.identifier()
    guard let state = SnapshotState(rawValue: try reader.byte()) else {
      throw reader.malformed("unknown snapshot state")
    }
    let started = try reader.signed()
    let catalogue = ChunkLocation(
      pack: try reader.identifier(),
      ordinal: UInt32(try reader.count(limit: Limits.packEntryCount - 1)))
    var packs: [PackSummary] = []
    for _ in 0..<(try reader.count(limit: Limits.logEntryByteCount, eachAtLeast: 50)) {
      packs.append(try PackSummary.decode(&reader))
    }
    var origins: [OriginSummary] = []
    for _ in 0..<(try reader.count(limit: Limits.originCount)) {
      origins.append(
        OriginSummary(
          name: try reader.text(limit: Limits.nameByteCount),
          rowCount: try reader.count(limit: Limits.tallyCount),
          fileCount: try reader.count(limit: Limits.tallyCount),
          byteCount: try reader.count(limit: Limits.tallyCount)))
    }
    return SnapshotEntry(
      run: run, state: state, started: started, catalogue: catalogue, packs: packs,
      origins: origins, liveAccountCount: try reader.count(limit: Int(UInt32.max)))
  }
}
