package import Format

internal import Compressing
internal import Sealing
internal import Synchronization

/// A chunk as it lies in a pack.
package struct SealedChunk: Sendable {
  /// Its line in the pack's header. [F-PACK-3]
  package let entry: PackEntry
  /// The ciphertext and its tag of 16 bytes; the nonce is not stored. [F-CHK-4]
  package let bytes: [UInt8]
  /// Whether it lies in a condemned pack as well: it has rested, and is likely to go on resting.
  package var isRenewed = false
}

/// The second half of a chunk's key, beside the run share. [F-KEY-6]
package enum OwnerSecret: Sendable {
  /// For rows and records: dropped with the run.
  case run([UInt8])
  /// For a piece of a file: dropped with the file's record.
  case file([UInt8])
}

/// Names, compresses and seals the chunks of one run.
package struct ChunkSealer: ~Copyable {
  private let repository: RepositoryID
  private let run: RunKeys
  private let compressor = Compressor()
  private let rowKeys = RowKeys()

  /// The keys of the accounts met so far: all row chunks of an account in a run have the same.
  private final class RowKeys {
    var byNumber: [AccountNumber: [UInt8]] = [:]
  }

  /// For the chunks of one run; keys of accounts are kept once they were needed.
  package init(repository: RepositoryID, run: RunKeys) {
    self.repository = repository
    self.run = run
  }

  /// Seals rows, records or a description, at most 16 MiB, under the run's secret. [F-KEY-6]
  ///
  /// `name` must be that of the plaintext under the owner's naming key. [F-NAME-1]
  package func seal(
    _ plaintext: [UInt8], kind: ChunkKind, name: ChunkName, owner: KeyringContents.Account
  ) -> SealedChunk {
    seal(plaintext, kind: kind, name: name, owner: owner, secret: .run(run.secret))
  }

  /// A piece of a file, under a secret of its own.
  package func sealContent(
    _ plaintext: [UInt8], name: ChunkName, owner: KeyringContents.Account, secret: [UInt8]
  ) -> SealedChunk {
    seal(plaintext, kind: .content, name: name, owner: owner, secret: .file(secret))
  }

  private func seal(
    _ plaintext: [UInt8], kind: ChunkKind, name: ChunkName, owner: KeyringContents.Account,
    secret: OwnerSecret
  ) -> SealedChunk {
    let key = key(of: owner, secret)
    return seal(plaintext, kind: kind, account: owner, name: name, key: key)
  }

  private func key(of owner: KeyringContents.Account, _ secret: OwnerSecret) -> [UInt8] {
    if case .run = secret, let known = rowKeys.byNumber[owner.number] { return known }
    let key = ChunkKeys.chunkKey(
      share: run.share, repository: repository, run: run.id, owner: owner, secret: secret)
    if case .run = secret { rowKeys.byNumber[owner.number] = key }
    return key
  }

  /// A catalogue chunk, which every holder of the metadata key may read.
  package func sealCatalogue(
    _ plaintext: [UInt8], kind: ChunkKind, keys: MetadataKeys
  ) -> SealedChunk {
    let name = ChunkKeys.catalogueName(kind: kind, plaintext: plaintext, keys: keys)
    let key = ChunkKeys.catalogueKey(run: run.id, keys: keys)
    return seal(plaintext, kind: kind, account: nil, name: name, key: key)
  }

  private func seal(
    _ plaintext: [UInt8], kind: ChunkKind, account: KeyringContents.Account?, name: ChunkName,
    key: [UInt8]
  ) -> SealedChunk {
    precondition(plaintext.count <= Limits.chunkByteCount, "a chunk within the format's limit")
    let (codec, packed) = compressed(plaintext, kind: kind)
    let context = ChunkContext(
      repository: repository, kind: kind, account: account?.id, run: run.id, name: name,
      plainByteCount: plaintext.count, codec: codec)
    let bytes = context.withBytes { nonce, associated in
      Seal.seal(packed, key: key, nonce: nonce, associated: associated)
    }
    let entry = PackEntry(
      kind: kind, account: account?.number ?? .server, name: name, sealedByteCount: bytes.count,
      plainByteCount: plaintext.count, codec: codec)
    return SealedChunk(entry: entry, bytes: bytes)
  }

  private func compressed(_ plaintext: [UInt8], kind: ChunkKind) -> (Codec, [UInt8]) {
    let usesDictionary = kind == .rows && plaintext.count <= Self.dictionaryByteCount
    if kind == .content, !looksCompressible(plaintext) { return (.stored, plaintext) }
    guard let frame = compressor.compress(plaintext, withDictionary: usesDictionary) else {
      return (.stored, plaintext)
    }
    return (usesDictionary ? .zstdDictionary1 : .zstd, frame)
  }

  /// Beyond this a chunk's own bytes teach the compressor more than the dictionary does.
  private static let dictionaryByteCount = 128 << 10

  /// Photographs and films are most of the bytes that people upload and never get smaller.
  ///
  /// A sample from the middle tells, at a hundredth of the cost of trying.
  private func looksCompressible(_ plaintext: [UInt8]) -> Bool {
    guard plaintext.count > 4 * Self.sampleByteCount else { return true }
    let middle = plaintext.count / 2
    let sample = Array(plaintext[middle..<middle + Self.sampleByteCount])
    guard let frame = compressor.compress(sample, withDictionary: false) else { return false }
    return frame.count < sample.count * 31 / 32
  }

  private static let sampleByteCount = 16 << 10
}

/// Sealers for tasks that run side by side; making one costs more than sealing a small chunk.
package final class SealerPool: Sendable {
  /// A sealer that one task at a time has taken out of the pool.
  private final class Box: @unchecked Sendable {
    // Only the task that took the box from the pool touches it, until it puts it back.
    let sealer: ChunkSealer

    init(_ sealer: consuming ChunkSealer) { self.sealer = sealer }
  }

  private let idle = Mutex<[Box]>([])
  private let repository: RepositoryID
  private let run: RunKeys

  /// Makes an empty pool for the chunks of one run.
  package init(repository: RepositoryID, run: RunKeys) {
    self.repository = repository
    self.run = run
  }

  /// Lends a sealer to the body.
  package func withSealer<Result>(_ body: (borrowing ChunkSealer) throws -> Result) rethrows
    -> Result
  {
    let box =
      idle.withLock { $0.popLast() } ?? Box(ChunkSealer(repository: repository, run: run))
    defer { idle.withLock { $0.append(box) } }
    return try body(box.sealer)
  }
}

/// Everything a sealed chunk means, bound to its bytes. [F-CHK-3]
struct ChunkContext {
  let repository: RepositoryID
  let kind: ChunkKind
  /// Nil for catalogue chunks.
  let account: AccountID?
  let run: RunID
  let name: ChunkName
  let plainByteCount: Int
  let codec: Codec

  private static let associatedByteCount = 12 + 16 + 1 + 16 + 16 + 16 + 4 + 1

  /// Lends the nonce and the associated data, which live on the stack: every chunk has its own.
  ///
  /// A name stands for one plaintext, and a run compresses it one way: under one chunk key a nonce
  /// never meets two different messages. [F-CHK-4]
  ///
  /// One way, because what decides about the codec is the plaintext alone, and zstd's frame depends on
  /// nothing but the plaintext, the level, the dictionary and the library that the process loaded.
  func withBytes<Result, Failure: Error>(
    _ body: (_ nonce: UnsafeRawBufferPointer, _ associated: UnsafeRawBufferPointer)
      throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let byteCount = Seal.nonceByteCount + Self.associatedByteCount
    return try withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 8) {
      (room: UnsafeMutableRawBufferPointer) throws(Failure) -> Result in
      write(to: room)
      let bytes = UnsafeRawBufferPointer(room)
      return try body(
        UnsafeRawBufferPointer(rebasing: bytes[..<Seal.nonceByteCount]),
        UnsafeRawBufferPointer(rebasing: bytes[Seal.nonceByteCount...]))
    }
  }

  private func write(to room: UnsafeMutableRawBufferPointer) {
    var writer = FixedWriter(room: room)
    writer.identifier(name)
    writer.fixed32(UInt32(plainByteCount))
    writer.bytes([codec.rawValue, kind.rawValue, 0, 0])
    precondition(writer.offset == Seal.nonceByteCount, "a nonce is filled")
    writer.bytes(Self.prefix)
    writer.identifier(repository)
    writer.byte(kind.rawValue)
    writer.identifier(account ?? AccountID(high: 0, low: 0))
    writer.identifier(run)
    writer.identifier(name)
    writer.fixed32(UInt32(plainByteCount))
    writer.byte(codec.rawValue)
    precondition(writer.offset == room.count, "associated data is filled")
  }

  private static let prefix = Array("lethe1 chunk".utf8)
}

/// Writes numbers into room that is there.
private struct FixedWriter {
  let room: UnsafeMutableRawBufferPointer
  private(set) var offset = 0

  init(room: UnsafeMutableRawBufferPointer) { self.room = room }

  mutating func byte(_ value: UInt8) {
    room[offset] = value
    offset += 1
  }

  mutating func bytes(_ values: [UInt8]) { for value in values { byte(value) } }

  mutating func fixed32(_ value: UInt32) {
    room.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
    offset += 4
  }

  mutating func identifier<Kind>(_ value: Identifier<Kind>) {
    room.storeBytes(of: value.high.bigEndian, toByteOffset: offset, as: UInt64.self)
    room.storeBytes(of: value.low.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
    offset += 16
  }
}
