/// One chunk of a pack, as the sealed header lists it. [F-PACK-3]
package struct PackEntry: Equatable, Sendable {
  /// One that the contents of the pack may hold. [F-PACK-2]
  package let kind: ChunkKind
  /// The owner; 0 for shared data, and in catalogue packs.
  package let account: AccountNumber
  /// Recomputed from the plaintext by whoever opens the chunk. [F-NAME-1]
  package let name: ChunkName
  /// Bytes in the pack, the seal's tag included.
  package let sealedByteCount: Int
  /// Bytes after opening and decompressing.
  package let plainByteCount: Int
  /// How the plaintext became the packed bytes, and how it comes back. [F-CHK-2]
  package let codec: Codec

  /// Makes an entry of its fields.
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
  /// Decides which kinds of chunks there can be, and whether there is a sealed share.
  package let contents: PackContents
  /// The run that sealed every chunk of the pack; their keys depend on it. [F-KEY-6]
  package let run: RunID
  /// The run share, sealed to the recovery key; empty in catalogue packs, which do not use it.
  package let sealedShare: [UInt8]
  /// In the order of the chunks, at most 455,209; the position of one is its ordinal. [F-PACK-3]
  package let entries: [PackEntry]

  /// X25519 key, tag, then context, repository, run and share.
  package static let sealedShareByteCount = 32 + 16 + 16 + 16 + 16 + 32

  /// Makes a header of its fields.
  package init(
    contents: PackContents, run: RunID, sealedShare: [UInt8], entries: [PackEntry]
  ) {
    self.contents = contents
    self.run = run
    self.sealedShare = sealedShare
    self.entries = entries
  }

  /// What is sealed between the prefix and the chunks. [F-PACK-1]
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

  /// Reads an opened header; a chunk that its contents cannot hold is `malformed`.
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
  /// The pack's id; the reader compares it with the object's name.
  package let pack: PackID
  /// Bytes of the sealed header that follows.
  package let headerByteCount: Int

  /// Prefix, pack id, and the byte count of the header: 8 + 16 + 4.
  package static let byteCount = ObjectKind.prefixByteCount + PackID.byteCount + 4

  /// Takes the header's bytes with nonce and tag; encoding traps from 2^32 on.
  package init(pack: PackID, headerByteCount: Int) {
    self.pack = pack
    self.headerByteCount = headerByteCount
  }

  /// The first 28 bytes of the pack.
  package func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(ObjectKind.pack.prefix)
    writer.identifier(pack)
    writer.fixed32(UInt32(headerByteCount))
    return writer.bytes
  }

  /// Reads the first 28 bytes, whatever follows; a header over 18 MiB is `over-limit`.
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
  /// The pack's id, which is its name below `packs/`.
  package let pack: PackID
  /// What its header must say too. [F-PACK-4]
  package let contents: PackContents
  /// Bytes of the whole object, padding included; at most 18,874,368.
  package let byteCount: Int
  /// BLAKE2b-256 of all its bytes.
  package let digest: Digest

  /// Makes a summary of its fields.
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
