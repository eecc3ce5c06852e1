/// One contiguous key range of one or several tables, or one stretch of a tree. [F-CAT-3]
package struct SegmentKey: Hashable, Sendable {
  /// Positions in the origin's list of tables; a segment of a tree has none.
  package let tables: [UInt32]
  /// The lowest row id that belongs here; 0 in a tree, and after the first segment of a table
  /// without row ids.
  package let lower: Int64

  /// A key; `decode` refuses what [F-CAT-3] forbids.
  package init(tables: [UInt32], lower: Int64) {
    self.tables = tables
    self.lower = lower
  }
}

/// A segment as the catalogue's root lists it. [F-CAT-3]
package struct SegmentEntry: Equatable, Sendable {
  /// Which tables it has, and where it begins.
  package let key: SegmentKey
  /// Rows, or file records.
  package let recordCount: Int
  /// Bytes of the rows' values, without key steps and section heads, or of the joined records.
  package let byteCount: Int
  /// The catalogue part with the chunk references.
  package let part: ChunkLocation

  /// An entry; the part need not be on the remote yet.
  package init(key: SegmentKey, recordCount: Int, byteCount: Int, part: ChunkLocation) {
    self.key = key
    self.recordCount = recordCount
    self.byteCount = byteCount
    self.part = part
  }
}

/// One origin in a snapshot. [F-CAT-2]
package struct CatalogueOrigin: Equatable, Sendable {
  /// What an origin is; the raw value is the byte in the catalogue.
  package enum Kind: UInt8, Sendable {
    /// A SQLite database.
    case database = 1
    case directory = 2
    /// 3 was never given.
    case postgresql = 4

    /// Whether it holds rows of tables, and not files.
    package var hasRows: Bool { self != .directory }
  }

  /// What ``isName(_:)`` accepts; no two origins of a root have the same.
  package let name: String
  /// Decides how the description and the chunks of the segments are read.
  package let kind: Kind
  /// Its description: [F-DESC-1], [F-DESC-2] or [F-DESC-3], by its kind.
  package let description: ChunkLocation
  /// At most 131,072, in the order in which a restore must write them. [F-CAT-3]
  package let segments: [SegmentEntry]

  /// An origin, its segments in the order of their keys.
  package init(name: String, kind: Kind, description: ChunkLocation, segments: [SegmentEntry]) {
    self.name = name
    self.kind = kind
    self.description = description
    self.segments = segments
  }
}

extension CatalogueOrigin {
  /// Whether a text can name an origin: it names a directory of the restore's target, so that
  /// nothing but ASCII letters, digits, `-` and `_` can be in it. [F-CAT-2]
  package static func isName(_ name: String) -> Bool {
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let others = Array("-_".utf8)
    return (1...Limits.originNameByteCount).contains(name.utf8.count)
      && name.utf8.allSatisfy {
        letters.contains($0) || capitals.contains($0) || digits.contains($0) || others.contains($0)
      }
  }
}

/// Which segments a snapshot holds. [F-CAT-2]
package struct CatalogueRoot: Equatable, Sendable {
  /// The run that the snapshot's log entry names; whoever reads the catalogue compares them.
  package let run: RunID
  /// At most 256.
  package let origins: [CatalogueOrigin]

  /// A root, its origins in the order in which they are to be listed.
  package init(run: RunID, origins: [CatalogueOrigin]) {
    self.run = run
    self.origins = origins
  }

  /// The plaintext of the chunk: run, pack table, origins.
  package func encode() -> [UInt8] {
    var body = ByteWriter()
    var packs = PackTable()
    body.count(origins.count)
    for origin in origins {
      body.text(origin.name)
      body.byte(origin.kind.rawValue)
      packs.encode(origin.description, to: &body)
      body.count(origin.segments.count)
      for segment in origin.segments {
        body.count(segment.key.tables.count)
        for table in segment.key.tables { body.varint(UInt64(table)) }
        body.signed(segment.key.lower)
        body.count(segment.recordCount)
        body.count(segment.byteCount)
        packs.encode(segment.part, to: &body)
      }
    }
    var writer = ByteWriter()
    writer.identifier(run)
    packs.encodeTable(to: &writer)
    writer.append(body.bytes)
    return writer.bytes
  }

  /// Reads what ``encode()`` gives; what breaks a rule of the tables there is refused.
  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> CatalogueRoot {
    var reader = ByteReader(bytes, subject: "a catalogue root")
    let run: RunID = try reader.identifier()
    var packs = try PackTable(&reader)
    var origins: [CatalogueOrigin] = []
    for _ in 0..<(try reader.count(limit: Limits.originCount)) {
      let name = try reader.text(limit: Limits.nameByteCount)
      guard CatalogueOrigin.isName(name), !origins.contains(where: { $0.name == name }) else {
        throw reader.malformed("the name of an origin is not one, or is there twice")
      }
      guard let kind = CatalogueOrigin.Kind(rawValue: try reader.byte()) else {
        throw reader.malformed("unknown kind of origin")
      }
      let description = try packs.decode(&reader)
      var segments: [SegmentEntry] = []
      for _ in 0..<(try reader.count(limit: Limits.segmentCount, eachAtLeast: 6)) {
        segments.append(try segment(&reader, &packs, of: kind))
      }
      origins.append(
        CatalogueOrigin(name: name, kind: kind, description: description, segments: segments))
    }
    try packs.end(reader)
    return CatalogueRoot(run: run, origins: origins)
  }

  private static func segment(
    _ reader: inout ByteReader, _ packs: inout PackTable, of kind: CatalogueOrigin.Kind
  ) throws(FormatError) -> SegmentEntry {
    var tables: [UInt32] = []
    let tableCount = try reader.count(limit: Limits.schemaObjectCount, eachAtLeast: 1)
    guard (tableCount > 0) == kind.hasRows else {
      throw reader.malformed("a segment of a \(kind) with \(tableCount) tables")
    }
    for _ in 0..<tableCount {
      let table = UInt32(try reader.count(limit: Limits.schemaObjectCount))
      guard tables.last.map({ $0 < table }) ?? true else {
        throw reader.malformed("a segment's tables are not in ascending order")
      }
      tables.append(table)
    }
    let key = SegmentKey(tables: tables, lower: try reader.signed())
    return SegmentEntry(
      key: key, recordCount: try reader.count(limit: Limits.segmentByteCount),
      byteCount: try reader.count(limit: Limits.tallyCount), part: try packs.decode(&reader))
  }
}

/// The chunks of one segment, owner by owner. [F-CAT-4]
package struct CataloguePart: Equatable, Sendable {
  /// What one owner has in the segment.
  package struct Group: Equatable, Sendable {
    /// The owner; 0 is the server, for what no account owns. [F-ID-3]
    package let account: AccountNumber
    /// The owner's rows or file records in this segment, in order.
    package let records: ArraySlice<ChunkLocation>
    /// The pieces of the owner's files, in the order in which the records name them.
    package let contents: ArraySlice<ChunkLocation>

    /// A group, its references in the order of the chunks.
    package init(
      account: AccountNumber, records: ArraySlice<ChunkLocation>,
      contents: ArraySlice<ChunkLocation>
    ) {
      self.account = account
      self.records = records
      self.contents = contents
    }
  }

  /// Where the references of an owner end among all; they begin where those of the owner before end.
  private struct Owner: Equatable {
    let account: AccountNumber
    let recordEnd: UInt32
    let end: UInt32
  }

  private var owners: [Owner] = []
  private var locations: [ChunkLocation] = []

  private init() {}

  /// Takes groups in ascending order of account number; encoding traps where one falls.
  package init(groups: [Group]) {
    for group in groups {
      locations += group.records
      let recordEnd = locations.count
      locations += group.contents
      append(group.account, recordEnd: recordEnd)
    }
  }

  /// The owner of what was added last.
  private mutating func append(_ account: AccountNumber, recordEnd: Int) {
    // A part of 16 MiB has 8 million references at most.
    owners.append(
      Owner(account: account, recordEnd: UInt32(recordEnd), end: UInt32(locations.count)))
  }

  /// In ascending order of account number.
  ///
  /// Most owners have a single chunk, so all references are in one array, of which groups are slices: their
  /// indices do not begin at 0.
  package var groups: some RandomAccessCollection<Group> { owners.indices.lazy.map(group) }

  private func group(_ index: Int) -> Group {
    let owner = owners[index]
    let start = index == 0 ? 0 : Int(owners[index - 1].end)
    return Group(
      account: owner.account, records: locations[start..<Int(owner.recordEnd)],
      contents: locations[Int(owner.recordEnd)..<Int(owner.end)])
  }

  /// The plaintext of the chunk: pack table, groups.
  package func encode() -> [UInt8] {
    var body = ByteWriter()
    var packs = PackTable()
    body.count(groups.count)
    var previous: UInt32 = 0
    for group in groups {
      body.varint(UInt64(group.account.value - previous))
      previous = group.account.value
      body.count(group.records.count)
      for location in group.records { packs.encode(location, to: &body) }
      body.count(group.contents.count)
      for location in group.contents { packs.encode(location, to: &body) }
    }
    var writer = ByteWriter()
    packs.encodeTable(to: &writer)
    writer.append(body.bytes)
    return writer.bytes
  }

  /// Reads what ``encode()`` gives; owners that do not ascend are `malformed`.
  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> CataloguePart {
    var reader = ByteReader(bytes, subject: "a catalogue part")
    var packs = try PackTable(&reader)
    var part = CataloguePart()
    var account: UInt64 = 0
    for index in 0..<(try reader.count(limit: Limits.chunkReferenceCount, eachAtLeast: 3)) {
      let step = try reader.varint()
      guard step <= UInt64(UInt32.max) - account, step > 0 || index == 0 else {
        throw reader.malformed("its owners are not in ascending order")
      }
      account += step
      try part.append(&reader, &packs)
      let recordEnd = part.locations.count
      try part.append(&reader, &packs)
      part.append(AccountNumber(UInt32(account)), recordEnd: recordEnd)
    }
    try packs.end(reader)
    return part
  }

  /// Adds a list of references.
  private mutating func append(
    _ reader: inout ByteReader, _ packs: inout PackTable
  ) throws(FormatError) {
    for _ in 0..<(try reader.count(limit: Limits.chunkReferenceCount, eachAtLeast: 2)) {
      locations.append(try packs.decode(&reader))
    }
  }
}
