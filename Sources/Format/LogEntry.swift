/// One entry of the log, the repository's only mutable thing. [F-LOG-2]
package struct LogEntry: Equatable, Sendable {
  /// What happened; the kinds are numbered in this order, from 1.
  package enum Event: Equatable, Sendable {
    /// The repository was made; always entry 1.
    case genesis
    case snapshot(SnapshotEntry)
    /// Another state directory became the agent; entries of the former are refused from here on.
    case takeover
    /// Accounts that no restore may bring back from here on.
    case erasure([ErasureEntry])
    /// Accounts whose erasure was taken back while their keys were still there, ascending.
    case cancellation([AccountNumber])
    /// The keyring was written anew under another epoch, without the keys of these accounts, which
    /// are destroyed by that; ascending, and often none. [F-LOG-9]
    case epoch(destroyed: [AccountNumber])
    /// Snapshots that no restore may bring back from here on, ascending by id.
    case expiry([RunID])
    /// Packs that are about to be removed, ascending by id.
    case drop([PackID])
    /// A restore of everything was proved; nothing else changes. [F-LOG-11]
    case drill(DrillEntry)
  }

  /// Its number in the log, from 1 without gaps. [F-LOG-1]
  package let sequence: UInt64
  /// BLAKE2b-256 of the object before this one.
  package let previous: Digest
  /// Milliseconds since 1970, by the agent's clock.
  package let time: Int64
  /// The agent that appended it: that of the newest genesis or takeover. [F-LOG-4]
  package let agent: AgentID
  /// The lowest account number never used so far.
  package let nextAccount: AccountNumber
  /// All keyring objects in force after this entry.
  package let keyring: [KeyringReference]
  /// What happened, besides the state that every entry carries.
  package let event: Event

  /// Makes an entry of its fields; their rules are checked where it is decoded.
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

  /// What the object seals behind its prefix. [F-LOG-1]
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
    case .erasure(let erasures):
      writer.byte(4)
      writer.count(erasures.count)
      for erasure in erasures { erasure.encode(to: &writer) }
    case .cancellation(let accounts):
      writer.byte(5)
      writer.accounts(accounts)
    case .epoch(let accounts):
      writer.byte(6)
      writer.accounts(accounts)
    case .expiry(let runs):
      writer.byte(7)
      writer.identifiers(runs)
    case .drop(let packs):
      writer.byte(8)
      writer.identifiers(packs)
    case .drill(let drill):
      writer.byte(9)
      writer.append(drill.encode())
    }
    return writer.bytes
  }

  /// Reads an entry, which must have the number of its object's name where that is known.
  package static func decode(
    _ bytes: [UInt8], named name: UInt64? = nil
  ) throws(FormatError) -> LogEntry {
    var reader = ByteReader(bytes, subject: "a log entry")
    let sequence = try reader.fixed64()
    guard (1...maximumSequence).contains(sequence), sequence == name ?? sequence else {
      throw reader.malformed("it carries the number \(sequence)")
    }
    let previous = try reader.digest()
    let time = try reader.signed()
    let agent: AgentID = try reader.identifier()
    let nextAccount = AccountNumber(UInt32(try reader.count(limit: Int(UInt32.max))))
    var keyring: [KeyringReference] = []
    for _ in 0..<(try reader.count(limit: Limits.runCount, eachAtLeast: 66)) {
      keyring.append(try KeyringReference.decode(&reader))
    }
    let event = try Event.decode(&reader, isFirst: sequence == 1, keyringCount: keyring.count)
    try reader.end()
    return LogEntry(
      sequence: sequence, previous: previous, time: time, agent: agent, nextAccount: nextAccount,
      keyring: keyring, event: event)
  }
}

extension LogEntry.Event {
  private static let genesisKind: UInt8 = 1
  private static let epochKind: UInt8 = 6
  private static let lastKind: UInt8 = 9

  /// Reads the kind and the body; what the kind forbids is found before the body is looked at.
  fileprivate static func decode(
    _ reader: inout ByteReader, isFirst: Bool, keyringCount: Int
  ) throws(FormatError) -> LogEntry.Event {
    let kind = try reader.byte()
    guard (genesisKind...lastKind).contains(kind) else {
      throw FormatError(.unknownVersion, "a log entry of a kind unknown to this program")
    }
    guard (kind == genesisKind) == isFirst else {
      throw reader.malformed("entry 1 and no other is the genesis")
    }
    guard kind != epochKind || keyringCount == 1 else {
      throw reader.malformed("an epoch begins with \(keyringCount) keyring objects, not with one")
    }
    return switch kind {
    case genesisKind: .genesis
    case 2: .snapshot(try SnapshotEntry.decode(&reader))
    case 3: .takeover
    case 4: .erasure(try ErasureEntry.decodeAll(&reader))
    case 5: .cancellation(try reader.accounts())
    case epochKind: .epoch(destroyed: try reader.accounts())
    case 7: .expiry(try reader.identifiers(limit: Limits.runCount))
    case 8: .drop(try reader.identifiers(limit: Limits.droppedPackCount))
    default: .drill(try DrillEntry.decode(&reader))
    }
  }
}

extension ByteWriter {
  /// A list of ids. [F-LOG-10]
  fileprivate mutating func identifiers<Kind>(_ identifiers: [Identifier<Kind>]) {
    count(identifiers.count)
    for identifier in identifiers { self.identifier(identifier) }
  }
}

extension ByteReader {
  fileprivate mutating func identifiers<Kind>(
    limit: Int
  ) throws(FormatError) -> [Identifier<Kind>] {
    var identifiers: [Identifier<Kind>] = []
    for _ in 0..<(try count(limit: limit, eachAtLeast: Identifier<Kind>.byteCount)) {
      let next: Identifier<Kind> = try identifier()
      guard identifiers.last.map({ $0 < next }) ?? true else {
        throw malformed("ids are not in ascending order")
      }
      identifiers.append(next)
    }
    return identifiers
  }
}
