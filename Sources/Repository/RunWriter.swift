internal import Foundation
package import Format
internal import Sealing
package import Storing

/// Places the sealed chunks of one run in packs and sees them stored.
///
/// Before a pack gets its name on the remote, its hash, its entries and every file secret in it are
/// durable in the agent's state, so that an interrupted run's packs serve the next run. [F-ORD-1]
package actor RunWriter {
  private let store: any Store
  private let state: AgentState
  private let keys: MetadataKeys
  private let run: RunKeys
  private let sealedShare: [UInt8]
  private let started: Int64
  private let queue: UploadQueue
  private var builders: [Kind: [OpenPack]] = [:]
  private var nextNumber: Int64
  /// What the next pack takes along into the agent's state.
  private var writes: PendingWrites
  /// Sealed chunks of rows, records and content; the catalogue's own come on top.
  package private(set) var newChunkCount = 0

  /// Chunks that are sent anew because their pack was condemned are kept from those that are new: the
  /// new ones of a run mostly die within days, the others rested for longer, and a pack can be removed
  /// when the last of its chunks is dead.
  private struct Kind: Hashable {
    let contents: PackContents
    let isRenewed: Bool
  }

  private struct OpenPack {
    let number: Int64
    var builder: PackBuilder
  }

  /// `seen` is the number of the run, `started` its beginning in milliseconds since 1970.
  ///
  /// So many `connections` are to store packs; more of them let more packs of files wait in memory.
  package init(
    store: any Store, state: AgentState, keys: MetadataKeys, run: RunKeys, sealedShare: [UInt8],
    seen: Int64, started: Int64, connections: Int
  ) throws {
    self.started = started
    self.store = store
    self.state = state
    self.keys = keys
    self.run = run
    self.sealedShare = sealedShare
    // Packs of files, 4 MiB each: one that a session sends and one that it will send next.
    queue = UploadQueue(memoryLimit: 2 * connections)
    nextNumber = try state.nextPackNumber()
    writes = PendingWrites(seen: seen)
  }

  /// Content is cut in large pieces, so a second pack stays open for what does not fit the first.
  private static let openPackCount: [PackContents: Int] = [.rows: 1, .files: 2, .catalogue: 1]

  /// A pack of files holds one largest piece, which is about twenty people's files: the fewer share a
  /// pack, the less of what is alive is sent again when a quarter of it went with their accounts.
  private static let filePackByteCount = Limits.filePieceByteCount + 64 << 10

  /// Whether a pack of files was closed: the first of a run may be full, since a few hours' files are in no more
  /// than that, and each pack costs six round trips.
  private var hasFilePack = false

  private func limit(_ contents: PackContents) -> Int {
    contents == .files && hasFilePack ? Self.filePackByteCount : Limits.packByteCount
  }

  /// Where a chunk came to lie.
  package struct Place: Sendable {
    /// The pack's number in the agent's state.
    package let pack: Int64
    /// The pack's id, and the chunk's ordinal in it. [F-CAT-1]
    package let location: ChunkLocation
  }

  /// Puts chunks into packs, in order.
  package func place(
    _ chunks: [SealedChunk], in contents: PackContents
  ) async throws -> [Place] {
    var places: [Place] = []
    places.reserveCapacity(chunks.count)
    for chunk in chunks { places.append(try await place(chunk, in: contents)) }
    if contents != .catalogue { newChunkCount += chunks.count }
    return places
  }

  /// Puts a piece of a file into a pack and notes its secret in the same step, so that no pack can
  /// close between the two and reach the remote without it. [F-ORD-1]
  package func place(
    content chunk: SealedChunk, noting note: @Sendable (inout PendingWrites, Place) -> Void
  ) async throws -> Place {
    newChunkCount += 1
    let place = try await place(chunk, in: .files)
    note(&writes, place)
    return place
  }

  private func place(_ chunk: SealedChunk, in contents: PackContents) async throws -> Place {
    while true {
      if let place = append(chunk, in: contents) { return place }
      // Another task may open or fill packs while this one waits, so room is looked for anew.
      let kind = Kind(contents: contents, isRenewed: chunk.isRenewed)
      let byteCounts = builders[kind, default: []].map(\.builder.byteCount)
      if let fullest = byteCounts.indices.max(by: { byteCounts[$0] < byteCounts[$1] }),
        var pack = builders[kind]?.remove(at: fullest)
      {
        if contents == .files { hasFilePack = true }
        // A large piece that does not fit would leave much of a full size empty.
        try await close(&pack, isLast: contents == .files)
      }
    }
  }

  /// Appends to an open pack with room, or to a new one as long as another may be open.
  private func append(_ chunk: SealedChunk, in contents: PackContents) -> Place? {
    let (kind, limit) = (
      Kind(contents: contents, isRenewed: chunk.isRenewed), limit(contents)
    )
    var index = builders[kind]?.firstIndex { $0.builder.fits(chunk, limit: limit) }
    let openCount = builders[kind]?.count ?? 0
    if index == nil, openCount < Self.openPackCount[contents, default: 1] {
      let builder = PackBuilder(contents: contents, run: run.id, sealedShare: sealedShare)
      builders[kind, default: []].append(OpenPack(number: nextNumber, builder: builder))
      nextNumber += 1
      index = openCount
    }
    // Taken out and put back, so that the bytes are appended in place and not to a copy.
    guard let index, var pack = builders[kind]?.remove(at: index) else { return nil }
    let location = pack.builder.append(chunk)
    builders[kind]?.insert(pack, at: index)
    return Place(pack: pack.number, location: location)
  }

  /// Changes what the next pack to be closed, or ``flush()``, makes durable.
  package func stage(_ change: @Sendable (inout PendingWrites) -> Void) { change(&writes) }

  /// Closes the open packs of a kind.
  package func closePacks(of contents: PackContents) async throws {
    for isRenewed in [true, false] {
      let kind = Kind(contents: contents, isRenewed: isRenewed)
      while builders[kind]?.isEmpty == false, var pack = builders[kind]?.removeFirst() {
        if !pack.builder.isEmpty { try await close(&pack, isLast: true) }
      }
    }
  }

  /// Makes durable what no further pack takes along.
  package func flush() throws {
    try state.flush(writes)
    writes.removeAll()
  }

  /// Takes the pack's bytes, of which there is no other copy.
  private func close(_ pack: inout OpenPack, isLast: Bool) async throws {
    let finished = pack.builder.finish(keys: keys, isLast: isLast)
    let source: Upload.Source =
      finished.summary.contents == .files
      ? .memory(finished.bytes) : .spool(path: try spool(finished))
    try state.note(
      finished, number: pack.number, next: nextNumber, run: run.id, sealed: started,
      with: writes)
    writes.removeAll()
    await queue.add(Upload(summary: finished.summary, source: source))
  }

  private func spool(_ pack: FinishedPack) throws -> String {
    try AgentState.makeDirectory(state.spool)
    let path = "\(state.spool)/\(pack.summary.pack.hex)"
    do { try SpoolFile.write(pack.bytes, to: path) } catch {
      try? FileManager.default.removeItem(atPath: path)
      throw VaultError(
        .failed,
        "cannot spool a pack to \(path): \(error.localizedDescription); free space there or put "
          + "`state` on a larger disk")
    }
    return path
  }

  /// Stores packs until ``finishUploads()``; run one of these, and helpers for further sessions.
  package nonisolated func upload(asHelper: Bool) async throws {
    do {
      var isHelper = asHelper
      while let upload = await queue.next(asHelper: isHelper) {
        // It is logged in now, and as good as the first.
        isHelper = false
        try Task.checkCancellation()
        try await put(upload)
        await queue.didStore(upload)
      }
    } catch {
      // Whoever waits to add a pack must not wait for a worker that is gone.
      await queue.close()
      throw error
    }
  }

  /// After this the uploads end when the queue is empty.
  package nonisolated func finishUploads() async { await queue.close() }

  private nonisolated func put(_ upload: Upload) async throws {
    let bytes: [UInt8]
    switch upload.source {
    case .memory(let held): bytes = held
    case .spool(let path): bytes = try Self.read(path)
    }
    guard let name = ObjectName("packs/\(upload.summary.pack.hex)") else {
      preconditionFailure("hexadecimal digits make an object name")
    }
    do { try await store.put(bytes, as: name) } catch {
      throw VaultError(error, doing: "cannot store \(name)")
    }
    try state.setState(.stored, of: upload.summary.pack)
    if case .spool(let path) = upload.source { try? FileManager.default.removeItem(atPath: path) }
  }

  private static func read(_ path: String) throws -> [UInt8] {
    do { return try SpoolFile.read(path) } catch {
      throw VaultError(
        .failed, "the spooled pack \(path) is gone: \(error.localizedDescription); run again")
    }
  }
}
