package import Format

internal import Compressing
package import Sealing

/// A pack that was read whole, its bytes and its header proved. [F-PACK-4]
package struct PackReader: Sendable {
  package let header: PackHeader
  private let bytes: [UInt8]
  private let offsets: [Int]
  /// The object's name, for messages.
  package let name: String

  /// Proves the bytes against the log's hash, then opens the header.
  package init(_ bytes: [UInt8], summary: PackSummary, keys: MetadataKeys) throws {
    let name = "pack \(summary.pack.hex)"
    guard bytes.count == summary.byteCount, Hash.digest(bytes) == summary.digest.bytes else {
      throw VaultError(
        .damaged, "\(name) is damaged: its bytes do not have the hash that the log has of it",
        failure: .forged)
    }
    try self.init(bytes, pack: summary.pack, keys: keys)
    guard header.contents == summary.contents else {
      throw VaultError(
        .damaged, "\(name) is damaged: it is not of the kind that the log says", failure: .malformed
      )
    }
  }

  /// Opens the header of a pack of which nothing but the name is known.
  package init(_ bytes: [UInt8], pack: PackID, keys: MetadataKeys) throws {
    name = "pack \(pack.hex)"
    do {
      let prefix = try PackPrefix.decode(bytes)
      guard prefix.pack == pack else {
        throw FormatError(.malformed, "it carries the name of pack \(prefix.pack.hex)")
      }
      let body = PackPrefix.byteCount + prefix.headerByteCount
      guard body <= bytes.count else { throw FormatError(.truncated, "its header is cut off") }
      let sealed = bytes[PackPrefix.byteCount..<body]
      header = try PackHeader.decode(
        try keys.open(sealed, as: .pack, for: .pack, named: pack.bytes))
      offsets = try Self.offsets(of: header, from: body, in: bytes.count)
    } catch { throw VaultError.damaged(name, error) }
    self.bytes = bytes
  }

  private static func offsets(
    of header: PackHeader, from start: Int, in byteCount: Int
  ) throws(FormatError) -> [Int] {
    var offsets: [Int] = []
    offsets.reserveCapacity(header.entries.count + 1)
    var offset = start
    for entry in header.entries {
      offsets.append(offset)
      offset += entry.sealedByteCount
    }
    guard offset <= byteCount else { throw FormatError(.truncated, "its last chunks are cut off") }
    offsets.append(offset)
    return offsets
  }

  package func entry(_ ordinal: UInt32) throws -> PackEntry {
    guard Int(ordinal) < header.entries.count else {
      throw VaultError(
        .damaged, "\(name) has no chunk \(ordinal), which a catalogue refers to",
        failure: .malformed)
    }
    return header.entries[Int(ordinal)]
  }

  /// The whole object, as it came.
  package var allBytes: [UInt8] { bytes }

  func sealedBytes(_ ordinal: UInt32) -> ArraySlice<UInt8> {
    bytes[offsets[Int(ordinal)]..<offsets[Int(ordinal) + 1]]
  }
}

/// Opens the chunks of packs and proves that each is what its header says.
package struct ChunkOpener: ~Copyable {
  private let repository: RepositoryID
  private let decompressor = Decompressor()

  package init(repository: RepositoryID) { self.repository = repository }

  /// Opens the row, record, description or content chunk that something refers to as one of this
  /// kind and owner, and recomputes its name. [F-CHK-1]
  package func open(
    _ ordinal: UInt32, of pack: PackReader, as kind: ChunkKind, share: SharedSecret,
    owner: KeyringContents.Account, secret: OwnerSecret
  ) throws -> [UInt8] {
    let entry = try pack.entry(ordinal)
    guard entry.kind == kind, entry.account == owner.number else {
      throw VaultError(
        .damaged,
        "chunk \(ordinal) of \(pack.name) is damaged: it is not the \(kind) of account "
          + "\(owner.number.value) that its catalogue says", failure: .malformed)
    }
    let key = ChunkKeys.chunkKey(
      share: share, repository: repository, run: pack.header.run, owner: owner, secret: secret)
    let plaintext = try open(ordinal, of: pack, key: key, account: owner.id)
    let name = ChunkKeys.name(
      kind: entry.kind, plaintext: plaintext, namingKey: owner.namingKey)
    try prove(name, of: ordinal, in: pack)
    return plaintext
  }

  private func prove(_ name: ChunkName, of ordinal: UInt32, in pack: PackReader) throws {
    guard try pack.entry(ordinal).name == name else {
      throw VaultError(
        .damaged, "chunk \(ordinal) of \(pack.name) does not have its name", failure: .forged)
    }
  }

  /// Opens a catalogue chunk with the agent's keys.
  package func openCatalogue(
    _ ordinal: UInt32, of pack: PackReader, kind: ChunkKind, keys: MetadataKeys
  ) throws -> [UInt8] {
    guard try pack.entry(ordinal).kind == kind else {
      throw VaultError(
        .damaged, "chunk \(ordinal) of \(pack.name) is not a \(kind)", failure: .malformed)
    }
    let key = ChunkKeys.catalogueKey(run: pack.header.run, keys: keys)
    let plaintext = try open(ordinal, of: pack, key: key, account: nil)
    try prove(
      ChunkKeys.catalogueName(kind: kind, plaintext: plaintext, keys: keys), of: ordinal, in: pack)
    return plaintext
  }

  private func open(
    _ ordinal: UInt32, of pack: PackReader, key: [UInt8], account: AccountID?
  ) throws -> [UInt8] {
    let entry = try pack.entry(ordinal)
    let context = ChunkContext(
      repository: repository, kind: entry.kind, account: account, run: pack.header.run,
      name: entry.name, plainByteCount: entry.plainByteCount, codec: entry.codec)
    do {
      let packed = try Seal.open(
        pack.sealedBytes(ordinal), key: key, nonce: context.nonce, associated: context.associated)
      return try expanded(packed, entry)
    } catch { throw VaultError.damaged("chunk \(ordinal) of \(pack.name)", error) }
  }

  private func expanded(_ packed: [UInt8], _ entry: PackEntry) throws -> [UInt8] {
    switch entry.codec {
    case .stored:
      guard packed.count == entry.plainByteCount else {
        throw CompressingError(message: "it is not as long as its header says")
      }
      return packed
    case .zstd, .zstdDictionary1:
      return try decompressor.decompress(
        packed, byteCount: entry.plainByteCount, withDictionary: entry.codec == .zstdDictionary1)
    }
  }
}
