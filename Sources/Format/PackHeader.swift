/// One chunk of a pack, as the sealed header lists it. [F-PACK-3]
package struct PackEntry: Equatable, Sendable {
  package let kind: ChunkKind
  package let account: AccountNumber
  package let name: ChunkName
  /// Bytes in the pack, the seal's tag included.
  package let sealedByteCount: Int
  /// Bytes after opening and decompressing.
  package let plainByteCount: Int
  package let codec: Codec

  package init(
    kind: ChunkKind, account: AccountNumber, name: ChunkName, sealedByteCount: Int,
    plainByteCount: Int, codec: Codec
  ) {
    self.kind = kind
    self.account = account
    self.name = name
    self.sealedByteCount = sealedByteCount
    self.plainByteCount = plainByteCount
    self.codec = codec
  }
}

/// What a pack says of itself, under the metadata key. [F-PACK-2]
package struct PackHeader: Equatable, Sendable {
  package let contents: PackContents
  package let run: RunID
  /// The run share, sealed to the recovery key; empty in catalogue packs, which do not use it.
  package let sealedShare: [UInt8]
  package let entries: [PackEntry]

  /// X25519 key, tag, then context, repository, run and share.
  package static let sealedShareByteCount = 32 + 16 + 16 + 16 + 16 + 32

  package init(
    contents: PackContents, run: RunID, sealedShare: [UInt8], entries: [PackEntry]
  ) {
    self.contents = contents
    self.run = run
    self.sealedShare = sealedShare
    self.entries = entries
  }

  package func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.byte(contents.rawValue)
    writer.identifier(run)
    writer.string(sealedShare)
    writer.count(entries.count)
    for entry in entries {
      writer.byte(entry.kind.rawValue << 4 | entry.codec.rawValue)
      writer.varint(UInt64(entry.account.value))
      writer.identifier(entry.name)
      writer.count(entry.sealedByteCount)
      writer.count(entry.plainByteCount)
    }
    return writer.bytes
  }

  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> PackHeader {
    var reader = ByteReader(bytes, subject: "a pack header")
    guard let contents = PackContents(rawValue: try reader.byte()) else {
      throw reader.malformed("unknown contents")
    }
    let run: RunID = try reader.identifier()
    let sealedShare = try reader.string(limit: sealedShareByteCount)
    guard sealedShare.count == (contents == .catalogue ? 0 : sealedShareByteCount) else {
      throw reader.malformed("the sealed share has \(sealedShare.count) bytes")
    }
    var entries: [PackEntry] = []
    let count = try reader.count(limit: Limits.packEntryCount, eachAtLeast: 20)
    entries.reserveCapacity(count)
    for _ in 0..<count { entries.append(try entry(&reader, in: contents)) }
    try reader.end()
    return PackHeader(contents: contents, run: run, sealedShare: sealedShare, entries: entries)
  }

  private static func entry(
    _ reader: inout ByteReader, in contents: PackContents
  ) throws(FormatError) -> PackEntry {
    let bits = try reader.byte()
    guard let kind = ChunkKind(rawValue: bits >> 4), let codec = Codec(rawValue: bits & 15) else {
      throw reader.malformed("unknown chunk kind or codec")
    }
    guard contents.holds(kind) else {
      throw reader.malformed("a \(kind) chunk in a pack of \(contents)")
    }
    let account = AccountNumber(UInt32(try reader.count(limit: Int(UInt32.max))))
    guard contents != .catalogue || account == .server else {
      throw reader.malformed("a catalogue chunk of an account")
    }
    let name: ChunkName = try reader.identifier()
    let sealed = try reader.count(limit: Limits.maximumPackByteCount)
    let plain = try reader.count(limit: Limits.chunkByteCount)
    return PackEntry(
      kind: kind, account: account, name: name, sealedByteCount: sealed, plainByteCount: plain,
      codec: codec)
  }
}

/// The fixed part of a pack, before its sealed header. [F-PACK-1]
package struct PackPrefix: Equatable, Sendable {
  package let pack: PackID
  /// Bytes of the sealed header that follows.
  package let headerByteCount: Int

  package static let byteCount = ObjectKind.prefixByteCount + PackID.byteCount + 4

  package init(pack: PackID, headerByteCount: Int) {
    self.pack = pack
    self.headerByteCount = headerByteCount
  }

  package func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(ObjectKind.pack.prefix)
    writer.identifier(pack)
    writer.fixed32(UInt32(headerByteCount))
    return writer.bytes
  }

  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> PackPrefix {
    try ObjectKind.pack.check(bytes)
    var reader = ByteReader(
      Array(bytes.prefix(byteCount).dropFirst(ObjectKind.prefixByteCount)), subject: "a pack prefix"
    )
    let pack: PackID = try reader.identifier()
    let count = Int(try reader.fixed32())
    guard count <= Limits.maximumPackByteCount else {
      throw FormatError(.overLimit, "a pack header of \(count) bytes")
    }
    return PackPrefix(pack: pack, headerByteCount: count)
  }
}

/// A pack as the log lists it: enough to find it and to check its bytes without any key. [F-LOG-5]
package struct PackSummary: Equatable, Sendable {
  package let pack: PackID
  package let contents: PackContents
  package let byteCount: Int
  /// BLAKE2b-256 of all its bytes.
  package let digest: Digest

  package init(pack: PackID, contents: PackContents, byteCount: Int, digest: Digest) {
    self.pack = pack
    self.contents = contents
    self.byteCount = byteCount
    self.digest = digest
  }

  func encode(to writer: inout ByteWriter) {
    writer.identifier(pack)
    writer.byte(contents.rawValue)
    writer.count(byteCount)
    writer.digest(digest)
  }

  static func decode(_ reader: inout ByteReader) throws(FormatError) -> PackSummary {
    let pack: PackID = try reader.identifier()
    guard let contents = PackContents(rawValue: try reader.byte()) else {
      throw reader.malformed("unknown pack contents")
    }
    let byteCount = try reader.count(limit: Limits.maximumPackByteCount)
    return PackSummary(
      pack: pack, contents: contents, byteCount: byteCount, digest: try reader.digest())
  }
}
