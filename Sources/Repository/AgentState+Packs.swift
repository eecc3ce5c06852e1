internal import Foundation
internal import GRDB
package import Format

/// How far a pack has come.
package enum PackState: Int, Sendable {
  /// Its hash and entries are durable here; it may or may not have reached the remote.
  case pending = 1
  /// On the remote under its name.
  case stored = 2
  /// A snapshot in the log refers to it.
  case committed = 3
  /// The log says that it is about to be removed.
  case dropped = 4
}

/// A chunk as the agent recognises it: by owner and name, and where it lies.
package struct KnownChunk: Hashable, Sendable {
  /// What its plaintext is. [F-CHK-1]
  package let kind: ChunkKind
  /// Whose it is; 0 for shared data and catalogues. [F-ID-3]
  package let account: AccountNumber
  /// The keyed hash of its kind and plaintext. [F-NAME-1]
  package let name: ChunkName
  /// The agent's own number of the pack, from 1.
  package let pack: Int64
  /// Its position among the entries of the pack, from 0. [F-PACK-3]
  package let ordinal: UInt32

  /// A chunk at a place in a numbered pack.
  package init(
    kind: ChunkKind, account: AccountNumber, name: ChunkName, pack: Int64, ordinal: UInt32
  ) {
    self.kind = kind
    self.account = account
    self.name = name
    self.pack = pack
    self.ordinal = ordinal
  }

  /// Kind, account, name, pack, ordinal: 1 + 4 + 16 + 4 + 4.
  static let byteCount = 29

  static func encode(_ chunks: [KnownChunk]) -> [UInt8] {
    var writer = ByteWriter()
    for chunk in chunks {
      writer.byte(chunk.kind.rawValue)
      writer.fixed32(chunk.account.value)
      writer.identifier(chunk.name)
      writer.fixed32(UInt32(chunk.pack))
      writer.fixed32(chunk.ordinal)
    }
    return writer.bytes
  }

  static func decode(_ bytes: [UInt8]) throws -> [KnownChunk] {
    var reader = ByteReader(bytes, subject: "a baseline")
    var chunks: [KnownChunk] = []
    chunks.reserveCapacity(bytes.count / byteCount)
    while reader.remaining > 0 {
      guard let kind = ChunkKind(rawValue: try reader.byte()) else {
        throw reader.malformed("unknown chunk kind")
      }
      chunks.append(
        KnownChunk(
          kind: kind, account: AccountNumber(try reader.fixed32()),
          name: try reader.identifier(), pack: Int64(try reader.fixed32()),
          ordinal: try reader.fixed32()))
    }
    return chunks
  }
}

extension AgentState {
  /// Makes a finished pack's facts durable, and whatever needs it, before it gets its name.
  ///
  /// `next` is the lowest number not handed out so far: what is written along may name packs that
  /// are still open, and their numbers must never be given to others.
  package func note(
    _ pack: FinishedPack, number: Int64, next: Int64, run: RunID, sealed: Int64,
    with writes: PendingWrites
  ) throws {
    let entries = pack.entries.enumerated().map { ordinal, entry in
      KnownChunk(
        kind: entry.kind, account: entry.account, name: entry.name, pack: number,
        ordinal: UInt32(ordinal))
    }
    try write { database in
      try database.execute(
        sql: """
          INSERT INTO pack (number, id, contents, byteCount, digest, run, sealed, state, entries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          number, Data(pack.summary.pack.bytes), Int(pack.summary.contents.rawValue),
          pack.summary.byteCount, Data(pack.summary.digest.bytes), Data(run.bytes), sealed,
          PackState.pending.rawValue, Data(KnownChunk.encode(entries)),
        ])
      try Self.note(sizes: pack.entries.map { UInt32($0.sealedByteCount) }, of: number, database)
      var counter = ByteWriter()
      counter.fixed64(UInt64(next))
      try Self.set([.packCounter: counter.bytes], database)
      try writes.carryOut(database)
    }
  }

  /// Carries out writes that no further pack will take along.
  package func flush(_ writes: PendingWrites) throws {
    guard !writes.isEmpty else { return }
    try write { try writes.carryOut($0) }
  }

  /// The lowest local pack number never used.
  package func nextPackNumber() throws -> Int64 {
    guard let bytes = try value(.packCounter) else { return 1 }
    var reader = ByteReader(bytes, subject: "the pack counter")
    return Int64(try reader.fixed64())
  }

  /// Notes how far a pack has come; one that is unknown is passed over.
  package func setState(_ state: PackState, of pack: PackID) throws {
    try write { database in
      try database.execute(
        sql: "UPDATE pack SET state = ? WHERE id = ?",
        arguments: [state.rawValue, Data(pack.bytes)])
    }
  }

  /// Packs in a state, by local number.
  package func packs(in states: Set<PackState>) throws -> [Int64: PackSummary] {
    try read { database in
      var packs: [Int64: PackSummary] = [:]
      let cursor = try Row.fetchCursor(
        database, sql: "SELECT number, id, contents, byteCount, digest, state FROM pack")
      while let row = try cursor.next() {
        guard let state = PackState(rawValue: row["state"]), states.contains(state) else {
          continue
        }
        packs[row["number"]] = try Self.summary(row)
      }
      return packs
    }
  }

  static func summary(_ row: Row) throws -> PackSummary {
    let id: Data = row["id"]
    let digest: Data = row["digest"]
    let contents: UInt8 = row["contents"]
    guard let pack = PackID(Array(id)), let digest = Digest(Array(digest)),
      let contents = PackContents(rawValue: contents)
    else { throw VaultError(.damaged, "the agent's state holds a pack it cannot have written") }
    return PackSummary(
      pack: pack, contents: contents, byteCount: row["byteCount"], digest: digest)
  }

  /// Chunks in packs that reached the remote in a run which then did not commit.
  package func orphans() throws -> [KnownChunk] {
    try read { database in
      let blobs = try Data.fetchAll(
        database, sql: "SELECT entries FROM pack WHERE state = ? AND entries IS NOT NULL",
        arguments: [PackState.stored.rawValue])
      return try blobs.flatMap { try KnownChunk.decode(Array($0)) }
    }
  }

  /// Forgets packs that never reached the remote or were removed from it.
  package func forget(_ packs: [Int64]) throws {
    try write { database in
      for pack in packs {
        try database.execute(sql: "DELETE FROM pack WHERE number = ?", arguments: [pack])
        try database.execute(sql: "DELETE FROM chunkSizes WHERE pack = ?", arguments: [pack])
      }
    }
  }
}
