/// Where a chunk lies. [F-CAT-1]
package struct ChunkLocation: Hashable, Sendable {
  /// The pack that holds the chunk.
  package let pack: PackID
  /// Position among the entries of the pack's header, from 0.
  package let ordinal: UInt32

  /// Names a chunk by its place.
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
  /// The name of the configuration.
  package let name: String
  /// Rows in the snapshot; 0 for a tree.
  package let rowCount: Int
  /// File records of all kinds; 0 for a database.
  package let fileCount: Int
  /// Bytes of values as encoded, or of the file content that the run read.
  package let byteCount: Int

  /// Sums up one origin.
  package init(name: String, rowCount: Int, fileCount: Int, byteCount: Int) {
    self.name = name
    self.rowCount = rowCount
    self.fileCount = fileCount
    self.byteCount = byteCount
  }
}

/// A committed run. [F-LOG-5]
package struct SnapshotEntry: Equatable, Sendable {
  /// The run that committed it, and the snapshot's id.
  package let run: RunID
  /// How whole it is.
  package let state: SnapshotState
  /// Milliseconds since 1970, by the agent's clock.
  package let started: Int64
  /// Where its catalogue's root lies.
  package let catalogue: ChunkLocation
  /// Packs that this snapshot is the first to refer to, or that its run left behind.
  package let packs: [PackSummary]
  /// What each origin contributed: databases before trees, each in the order of the configuration.
  package let origins: [OriginSummary]
  /// Accounts that existed at its moment.
  package let liveAccountCount: Int

  /// Describes a committed run.
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
