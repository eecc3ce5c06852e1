package import Format

internal import Compressing
package import Sealing
internal import Synchronization

/// Opens the chunks of packs and proves that each is what its header says.
///
/// A snapshot has millions of chunks of a few kilobytes, so the buffers of one serve the next.
package struct ChunkOpener: ~Copyable {
  private let repository: RepositoryID
  private let decompressor = Decompressor()
  private let packed = ReusedBuffer()
  private let plain = ReusedBuffer()
  private let rowKeys = RowKeys()

  /// The keys of the accounts met so far: all row chunks of an account in a run have the same.
  private final class RowKeys {
    var run: RunID?
    var byNumber: [AccountNumber: [UInt8]] = [:]

    /// Keys that are kept; those of more accounts are derived again.
    static let mostCount = 1 << 16
  }

  /// For the chunks of one repository, whose id is bound into every seal. [F-CHK-3]
  package init(repository: RepositoryID) { self.repository = repository }

  /// Opens the row, record, description or content chunk that something refers to as one of this
  /// kind and owner, and recomputes its name. [F-CHK-1]
  package func open(
    _ ordinal: UInt32, of pack: PackReader, as kind: ChunkKind, share: SharedSecret,
    owner: KeyringContents.Account, secret: OwnerSecret
  ) throws -> [UInt8] {
    let entry = try Self.entry(ordinal, of: pack, as: kind, owner)
    let key = ChunkKeys.chunkKey(
      share: share, repository: repository, run: pack.header.run, owner: owner, secret: secret)
    let plaintext = try open(entry, ordinal, of: pack, key: key, account: owner.id)
    try plaintext.withUnsafeBytes { try prove($0, entry, ordinal, pack, owner.namingKey) }
    return plaintext
  }

  /// As above for a chunk under the run's secret; the plaintext lives until the body returns.
  package func withPlaintext<Result>(
    _ ordinal: UInt32, of pack: PackReader, as kind: ChunkKind, share: SharedSecret,
    owner: KeyringContents.Account, runSecret: [UInt8],
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let entry = try Self.entry(ordinal, of: pack, as: kind, owner)
    let key = rowKey(of: owner, in: pack.header.run, share: share, secret: runSecret)
    let plaintext: UnsafeRawBufferPointer
    do {
      let bytes = try unseal(entry, ordinal, of: pack, key: key, account: owner.id)
      plaintext = try expand(bytes, entry)
    } catch { throw VaultError.damaged("chunk \(ordinal) of \(pack.name)", error) }
    try prove(plaintext, entry, ordinal, pack, owner.namingKey)
    return try body(plaintext)
  }

  private static func entry(
    _ ordinal: UInt32, of pack: PackReader, as kind: ChunkKind, _ owner: KeyringContents.Account
  ) throws -> PackEntry {
    let entry = try pack.entry(ordinal)
    guard entry.kind == kind, entry.account == owner.number else {
      throw VaultError(
        .damaged,
        "chunk \(ordinal) of \(pack.name) is damaged: it is not the \(kind) of account "
          + "\(owner.number.value) that its catalogue says", failure: .malformed)
    }
    return entry
  }

  private func rowKey(
    of owner: KeyringContents.Account, in run: RunID, share: SharedSecret, secret: [UInt8]
  ) -> [UInt8] {
    if rowKeys.run != run || rowKeys.byNumber.count >= RowKeys.mostCount {
      rowKeys.run = run
      rowKeys.byNumber.removeAll(keepingCapacity: true)
    }
    if let known = rowKeys.byNumber[owner.number] { return known }
    let key = ChunkKeys.chunkKey(
      share: share, repository: repository, run: run, owner: owner, secret: .run(secret))
    rowKeys.byNumber[owner.number] = key
    return key
  }

  private func prove(
    _ plaintext: UnsafeRawBufferPointer, _ entry: PackEntry, _ ordinal: UInt32,
    _ pack: PackReader, _ namingKey: [UInt8]
  ) throws {
    guard entry.name == ChunkKeys.name(kind: entry.kind, plaintext: plaintext, namingKey: namingKey)
    else {
      throw VaultError(
        .damaged, "chunk \(ordinal) of \(pack.name) does not have its name", failure: .forged)
    }
  }

  /// Opens a catalogue chunk with the agent's keys.
  package func openCatalogue(
    _ ordinal: UInt32, of pack: PackReader, kind: ChunkKind, keys: MetadataKeys
  ) throws -> [UInt8] {
    let entry = try pack.entry(ordinal)
    guard entry.kind == kind else {
      throw VaultError(
        .damaged, "chunk \(ordinal) of \(pack.name) is not a \(kind)", failure: .malformed)
    }
    let key = ChunkKeys.catalogueKey(run: pack.header.run, keys: keys)
    let plaintext = try open(entry, ordinal, of: pack, key: key, account: nil)
    let namingKey = keys.key(.catalogueName)
    try plaintext.withUnsafeBytes { try prove($0, entry, ordinal, pack, namingKey) }
    return plaintext
  }

  private func open(
    _ entry: PackEntry, _ ordinal: UInt32, of pack: PackReader, key: [UInt8], account: AccountID?
  ) throws -> [UInt8] {
    do {
      if entry.codec == .stored {
        let plaintext = try unsealArray(entry, ordinal, of: pack, key: key, account: account)
        guard plaintext.count == entry.plainByteCount else { throw Self.otherLength }
        return plaintext
      }
      let bytes = try unseal(entry, ordinal, of: pack, key: key, account: account)
      return try decompressor.decompress(
        bytes, byteCount: entry.plainByteCount,
        withDictionary: entry.codec == .zstdDictionary1)
    } catch { throw VaultError.damaged("chunk \(ordinal) of \(pack.name)", error) }
  }

  private static var otherLength: CompressingError {
    CompressingError(message: "it is not as long as its header says")
  }

  /// The bytes that were sealed, in the buffer that the next chunk overwrites.
  private func unseal(
    _ entry: PackEntry, _ ordinal: UInt32, of pack: PackReader, key: [UInt8], account: AccountID?
  ) throws -> UnsafeRawBufferPointer {
    let output = packed.bytes(max(0, entry.sealedByteCount - Seal.tagByteCount))
    try unseal(entry, ordinal, of: pack, key: key, account: account, into: output)
    return UnsafeRawBufferPointer(output)
  }

  /// The bytes that were sealed, as an array of their own.
  private func unsealArray(
    _ entry: PackEntry, _ ordinal: UInt32, of pack: PackReader, key: [UInt8], account: AccountID?
  ) throws -> [UInt8] {
    let byteCount = max(0, entry.sealedByteCount - Seal.tagByteCount)
    return try [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
      let room = UnsafeMutableRawBufferPointer(
        start: output.baseAddress, count: output.baseAddress == nil ? 0 : byteCount)
      try unseal(entry, ordinal, of: pack, key: key, account: account, into: room)
      count = byteCount
    }
  }

  private func unseal(
    _ entry: PackEntry, _ ordinal: UInt32, of pack: PackReader, key: [UInt8], account: AccountID?,
    into output: UnsafeMutableRawBufferPointer
  ) throws {
    let context = ChunkContext(
      repository: repository, kind: entry.kind, account: account, run: pack.header.run,
      name: entry.name, plainByteCount: entry.plainByteCount, codec: entry.codec)
    try pack.withSealedBytes(ordinal) { sealed in
      try context.withBytes { nonce, associated in
        try Seal.open(sealed, into: output, key: key, nonce: nonce, associated: associated)
      }
    }
  }

  private func expand(
    _ bytes: UnsafeRawBufferPointer, _ entry: PackEntry
  ) throws -> UnsafeRawBufferPointer {
    if entry.codec == .stored {
      guard bytes.count == entry.plainByteCount else { throw Self.otherLength }
      return bytes
    }
    let output = plain.bytes(entry.plainByteCount)
    try decompressor.decompress(
      bytes, into: output, withDictionary: entry.codec == .zstdDictionary1)
    return UnsafeRawBufferPointer(output)
  }
}

/// Memory that grows to the largest use and stays.
private final class ReusedBuffer {
  private var storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

  deinit { storage.deallocate() }

  /// Room for so many bytes, which hold anything; the room given before becomes invalid.
  func bytes(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    if storage.count < byteCount {
      storage.deallocate()
      storage = .allocate(byteCount: byteCount, alignment: 16)
    }
    return UnsafeMutableRawBufferPointer(rebasing: storage[..<byteCount])
  }
}

/// Openers for tasks that run side by side; making one costs more than opening a small chunk.
package final class OpenerPool: Sendable {
  /// An opener that one task at a time has taken out of the pool.
  private final class Box: @unchecked Sendable {
    // Only the task that took the box from the pool touches it, until it puts it back.
    let opener: ChunkOpener

    init(_ opener: consuming ChunkOpener) { self.opener = opener }
  }

  private let idle = Mutex<[Box]>([])
  private let repository: RepositoryID

  /// Makes an empty pool for the chunks of one repository.
  package init(repository: RepositoryID) { self.repository = repository }

  /// Lends an opener to the body.
  package func withOpener<Result>(_ body: (borrowing ChunkOpener) throws -> Result) rethrows
    -> Result
  {
    let box = idle.withLock { $0.popLast() } ?? Box(ChunkOpener(repository: repository))
    defer { idle.withLock { $0.append(box) } }
    return try body(box.opener)
  }
}
