internal import Foundation
internal import GRDB
package import Format

/// A segment as the last snapshot left it.
package struct BaselineSegment: Sendable {
  /// Its key in the agent's state.
  package let id: Int64
  /// Names of its tables; empty in a tree.
  package let tables: [String]
  /// What a run knows it by: its lowest row id, else a hash of what it begins with.
  package let lower: Int64
  /// Rows or file records of all owners.
  package let recordCount: Int
  /// Bytes of values, or of joined file records. [F-CAT-3]
  package let byteCount: Int
  /// What it is recognised by.
  package let traits: SegmentTraits
}

/// What a segment is recognised by in the next run.
package struct SegmentTraits: Equatable, Sendable {
  /// The fingerprint of its rows; nil where no run has taken it yet, and for trees and descriptions.
  package var rows: [UInt8]?
  /// The fingerprint of the database's pages that its rows stand on, and that of whose its addresses are; nil
  /// where its rows have to be read.
  package var pages: [UInt8]?

  /// Both fingerprints, where there are such.
  package init(rows: [UInt8]? = nil, pages: [UInt8]? = nil) {
    self.rows = rows
    self.pages = pages
  }
}

/// A segment of the run in progress.
package struct StagedSegment: Sendable {
  /// The origin's name.
  package let origin: String
  /// Names of its tables; empty in a tree, one empty name for a description.
  package let tables: [String]
  /// What the next run knows it by, which is not always what the catalogue calls so.
  package let lower: Int64
  /// Rows or file records of all owners; 1 for a description.
  package let recordCount: Int
  /// Bytes of values, of joined file records, or of the description.
  package let byteCount: Int
  /// Owner by owner in ascending order, of each the records before the content.
  package let chunks: [KnownChunk]
  /// The agent's number of the pack with its catalogue part; 0 for a description.
  package let partPack: Int64
  /// The ordinal of the part in that pack. [F-CAT-1]
  package let partOrdinal: UInt32
  /// What the next run recognises it by; nothing for trees, descriptions and what an adoption read.
  package let traits: SegmentTraits

  /// A segment whose chunks have their places.
  package init(
    origin: String, tables: [String], lower: Int64, recordCount: Int, byteCount: Int,
    chunks: [KnownChunk], partPack: Int64, partOrdinal: UInt32,
    traits: SegmentTraits = SegmentTraits()
  ) {
    self.origin = origin
    self.tables = tables
    self.lower = lower
    self.recordCount = recordCount
    self.byteCount = byteCount
    self.chunks = chunks
    self.partPack = partPack
    self.partOrdinal = partOrdinal
    self.traits = traits
  }
}

/// A file as the last run that read it left it.
package struct KnownFile: Sendable {
  /// Relative to the root of the tree, in the file system's own bytes. [F-REC-1]
  package let path: [UInt8]
  /// What tells an unchanged file without reading it: the owner's number, then device, inode, size and
  /// times, which are not known after an adoption.
  package let identity: [UInt8]
  /// Ranges of bytes without data, ascending, at most 65,536. [F-REC-1]
  package let holes: [Range<Int>]
  /// The pieces read so far: fewer than the file has when a run was interrupted within it.
  package let pieces: [KnownPiece]

  /// A file as far as it was read.
  ///
  /// `identity` begins with the owner's number; after an adoption there is nothing else in it.
  package init(path: [UInt8], identity: [UInt8], holes: [Range<Int>], pieces: [KnownPiece]) {
    self.path = path
    self.identity = identity
    self.holes = holes
    self.pieces = pieces
  }
}

/// A piece of a known file.
package enum KnownPiece: Equatable, Sendable {
  case hole
  case chunk(name: ChunkName, secret: [UInt8], pack: Int64, ordinal: UInt32)
}

/// Writes that wait for the next pack to become durable with it.
package struct PendingWrites: Sendable {
  /// Segments that are new or not as they were.
  package var segments: [StagedSegment] = []
  private var files: [FileKey: KnownFile] = [:]
  /// Segments and files of the last snapshot that this one keeps.
  package var keptSegments: [(id: Int64, traits: SegmentTraits)] = []
  /// Files that were recognised without being read, by origin and path.
  package var keptFiles: [(origin: String, path: [UInt8])] = []
  let seen: Int64

  private struct FileKey: Hashable {
    let origin: String
    let path: [UInt8]
  }

  /// What is known of a file by now; only the newest is kept.
  package mutating func note(_ file: KnownFile, of origin: String) {
    files[FileKey(origin: origin, path: file.path)] = file
  }

  /// `seen` is the number of the run.
  package init(seen: Int64) { self.seen = seen }

  /// Whether there is nothing to carry out.
  package var isEmpty: Bool {
    segments.isEmpty && files.isEmpty && keptSegments.isEmpty && keptFiles.isEmpty
  }

  /// Forgets what was carried out; the number of the run stays.
  package mutating func removeAll() { self = PendingWrites(seen: seen) }

  func carryOut(_ database: Database) throws {
    for segment in segments { try insert(segment, database) }
    for (key, file) in files {
      try database.execute(
        cached: "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)",
        [
          key.origin, Data(file.path), Data(file.identity), Data(file.encodeContent()), seen,
        ])
    }
    for (id, traits) in keptSegments {
      try database.execute(
        cached: "UPDATE segment SET seen = ?, fingerprint = ?, pages = ? WHERE id = ?",
        [seen, traits.rows.map { Data($0) }, traits.pages.map { Data($0) }, id])
    }
    for (origin, path) in keptFiles {
      try database.execute(
        cached: "UPDATE file SET seen = ? WHERE origin = ? AND path = ?",
        [seen, origin, Data(path)])
    }
  }

  private func insert(_ segment: StagedSegment, _ database: Database) throws {
    try database.execute(
      cached: """
        INSERT INTO segment (origin, tables, lower, recordCount, byteCount, chunks, partPack,
          partOrdinal, isCommitted, seen, fingerprint, pages)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)
        """,
      [
        segment.origin, Data(AgentState.encode(segment.tables)), segment.lower,
        segment.recordCount, segment.byteCount, Data(KnownChunk.encode(segment.chunks)),
        segment.partPack, segment.partOrdinal, seen, segment.traits.rows.map { Data($0) },
        segment.traits.pages.map { Data($0) },
      ])
  }
}

extension KnownFile {
  fileprivate func encodeContent() -> [UInt8] {
    var writer = ByteWriter()
    writer.count(holes.count)
    for hole in holes {
      writer.count(hole.lowerBound)
      writer.count(hole.count)
    }
    for piece in pieces {
      switch piece {
      case .hole: writer.byte(0)
      case .chunk(let name, let secret, let pack, let ordinal):
        writer.byte(1)
        writer.identifier(name)
        writer.append(secret)
        writer.fixed32(UInt32(pack))
        writer.fixed32(ordinal)
      }
    }
    return writer.bytes
  }

  fileprivate static func decode(
    path: [UInt8], identity: [UInt8], content: [UInt8]
  ) throws -> KnownFile {
    var reader = ByteReader(content, subject: "a known file")
    var holes: [Range<Int>] = []
    for _ in 0..<(try reader.count(limit: Limits.holeCount)) {
      let start = try reader.count(limit: Int.max >> 1)
      holes.append(start..<start + (try reader.count(limit: Int.max >> 1)))
    }
    var pieces: [KnownPiece] = []
    while reader.remaining > 0 {
      guard try reader.flag() else {
        pieces.append(.hole)
        continue
      }
      pieces.append(
        .chunk(
          name: try reader.identifier(),
          secret: Array(try reader.take(KeyringContents.secretByteCount)),
          pack: Int64(try reader.fixed32()), ordinal: try reader.fixed32()))
    }
    return KnownFile(path: path, identity: identity, holes: holes, pieces: pieces)
  }
}

extension AgentState {
  static func encode(_ tables: [String]) -> [UInt8] {
    var writer = ByteWriter()
    for table in tables { writer.text(table) }
    return writer.bytes
  }

  private static func decodeTables(_ bytes: Data) throws -> [String] {
    var reader = ByteReader(Array(bytes), subject: "a baseline")
    var tables: [String] = []
    while reader.remaining > 0 { tables.append(try reader.text(limit: Limits.nameByteCount)) }
    return tables
  }

  /// The last snapshot's segments of an origin, in ascending order of their bounds.
  package func baseline(of origin: String) throws -> [BaselineSegment] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT id, tables, lower, recordCount, byteCount, fingerprint, pages FROM segment
          WHERE origin = ? AND isCommitted = 1 ORDER BY tables, lower
          """, arguments: [origin]
      ).map { row in
        let rows: Data? = row["fingerprint"]
        let pages: Data? = row["pages"]
        return BaselineSegment(
          id: row["id"], tables: try Self.decodeTables(row["tables"]), lower: row["lower"],
          recordCount: row["recordCount"], byteCount: row["byteCount"],
          traits: SegmentTraits(rows: rows.map { Array($0) }, pages: pages.map { Array($0) }))
      }
    }
  }

  /// The chunks of one of them, and the catalogue part that lists them.
  package func chunks(
    ofSegment id: Int64
  ) throws -> (chunks: [KnownChunk], partPack: Int64, partOrdinal: UInt32) {
    let found = try lookup(
      "SELECT chunks, partPack, partOrdinal FROM segment WHERE id = ?", [id]
    ) { row -> (chunks: [KnownChunk], partPack: Int64, partOrdinal: UInt32) in
      let bytes: Data = row["chunks"]
      return (try KnownChunk.decode(Array(bytes)), row["partPack"], row["partOrdinal"])
    }
    guard let found else {
      throw VaultError(.damaged, "the agent's state lost a baseline during the run")
    }
    return found
  }

  /// A file of an origin by its path; nil where nothing is known of it.
  package func file(_ path: [UInt8], of origin: String) throws -> KnownFile? {
    try lookup(
      "SELECT identity, pieces FROM file WHERE origin = ? AND path = ?", [origin, Data(path)]
    ) { row in
      let identity: Data = row["identity"]
      let pieces: Data = row["pieces"]
      return try KnownFile.decode(
        path: path, identity: Array(identity), content: Array(pieces))
    }
  }
}
