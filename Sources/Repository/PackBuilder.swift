package import Format

internal import Sealing

/// A pack with its name, its summary and all its bytes, ready to be stored.
package struct FinishedPack: Sendable {
  /// What the log is to say of it. [F-LOG-5]
  package let summary: PackSummary
  /// Its chunks, in the order in which they lie. [F-PACK-3]
  package let entries: [PackEntry]
  /// The whole object, padding included. [F-PACK-5]
  package let bytes: [UInt8]
}

/// Fills one pack with sealed chunks. [F-PACK-1]
package struct PackBuilder {
  /// 16 random bytes, new for each builder. [F-ID-1]
  package let pack: PackID
  /// Which kinds of chunks belong in it, as the caller must see to. [F-PACK-2]
  package let contents: PackContents
  private let run: RunID
  private let sealedShare: [UInt8]
  private var entries: [PackEntry] = []
  private var body: [UInt8] = []
  private var headerByteCount: Int

  /// A pack without chunks; a catalogue pack leaves the sealed share out. [F-PACK-2]
  package init(contents: PackContents, run: RunID, sealedShare: [UInt8]) {
    guard let pack = PackID(Random.bytes(PackID.byteCount)) else {
      preconditionFailure("sixteen random bytes")
    }
    self.pack = pack
    self.contents = contents
    self.run = run
    self.sealedShare = contents == .catalogue ? [] : sealedShare
    // Contents, run, share with its length, and the longest entry count.
    headerByteCount = 1 + 16 + 2 + self.sealedShare.count + 4 + MetadataKeys.overheadByteCount
  }

  /// Whether it has no chunk yet; such a pack is never stored.
  package var isEmpty: Bool { entries.isEmpty }

  /// Bytes used so far, the header at its longest included.
  package var byteCount: Int { PackPrefix.byteCount + headerByteCount + body.count }

  /// Whether the chunk can still go in; an empty pack takes any.
  package func fits(_ chunk: SealedChunk, limit: Int) -> Bool {
    isEmpty || byteCount + chunk.bytes.count + Self.entryByteCount <= limit
  }

  /// Adds the chunk and says where it lies.
  package mutating func append(_ chunk: SealedChunk) -> ChunkLocation {
    // Once, and untouched pages cost nothing: growing by doubling would hold the pack twice.
    if body.isEmpty { body.reserveCapacity(max(Limits.packByteCount, chunk.bytes.count)) }
    body.append(contentsOf: chunk.bytes)
    entries.append(chunk.entry)
    headerByteCount += Self.entryByteCount
    return ChunkLocation(pack: pack, ordinal: UInt32(entries.count - 1))
  }

  /// Kind, name, account, and two lengths, at their longest.
  private static let entryByteCount = 1 + 16 + 5 + 4 + 4

  /// Seals the header, pads, and hashes the whole; the builder is of no use afterwards.
  ///
  /// The header goes in front of the chunks where they lie: a second buffer would be as large.
  package mutating func finish(keys: MetadataKeys, isLast: Bool) -> FinishedPack {
    let header = PackHeader(
      contents: contents, run: run, sealedShare: sealedShare, entries: entries)
    let sealedHeader = keys.seal(header.encode(), as: .pack, for: .pack, named: pack.bytes)
    let prefix = PackPrefix(pack: pack, headerByteCount: sealedHeader.count).encode()
    var bytes: [UInt8] = []
    swap(&bytes, &body)
    let used = prefix.count + sealedHeader.count + bytes.count
    let total = Padding.paddedByteCount(used, isLast: isLast)
    bytes.reserveCapacity(total)
    bytes.insert(contentsOf: prefix + sealedHeader, at: 0)
    // Random, so that the padding cannot be told from the chunks.
    bytes += Random.bytes(total - used)
    guard let digest = Digest(Hash.digest(bytes)) else { preconditionFailure("32 bytes of hash") }
    let summary = PackSummary(pack: pack, contents: contents, byteCount: total, digest: digest)
    return FinishedPack(summary: summary, entries: entries, bytes: bytes)
  }
}
