internal import Files
internal import Foundation
internal import Format
internal import Origins
internal import Repository

/// Rebuilds one directory tree: names first, then content, pack by pack, each read once.
///
/// What damage takes is left out and told; all else of the tree is restored.
struct TreeRestore: Sendable {
  let plan: RestorePlan
  let origin: RestorePlan.Origin
  let shelf: PackShelf
  let turn: Turn
  let target: RestoreTarget
  let progress: Progress.Report

  private var name: String { origin.catalogue.name }

  /// A piece of content that waits for its pack.
  private struct Piece: Sendable {
    let ordinal: UInt32
    let account: AccountNumber
    let secret: [UInt8]
    let name: ChunkName
    let file: TreeWriter.File
    let index: Int
    let holes: [Range<Int>]
    let byteCount: Int
    /// The path of a shared file that may mention erased people.
    let mentioning: [UInt8]?
  }

  func run(_ tally: inout RestoreTally) async throws {
    let (rebuild, losses) = try await turn.run { try await fill() }
    if !losses.isEmpty {
      let gone = try await rebuild.discard(losses.files)
      tally.losses.append(losses.message(origin: name, gone: gone))
    }
    let report = try await rebuild.finish()
    record(report, &tally)
    tally.scrubbedCount += await rebuild.scrubbedCount
    let leftovers = await rebuild.leftovers
    guard !leftovers.isEmpty else { return }
    tally.nextSteps.append(
      "origin \(name): these shared files cannot be searched for people who were erased; look at them and "
        + "take out who is named there and has no account: " + leftovers.joined(separator: ", "))
  }

  /// Creates the entries and writes their content.
  private func fill() async throws -> (TreeRebuild, TreeLosses) {
    let fetcher = ChunkFetcher(plan: plan, shelf: shelf)
    let description: TreeDescription
    do {
      description = try TreeDescription.decode(
        try await fetcher.description(origin.catalogue.description))
    } catch let error as FormatError {
      throw OperationError(.damaged, "origin \(name): its description is damaged: \(error.message)")
    }
    let rebuild = try TreeRebuild(
      origin: name, target: target.directory(of: name), root: description.attributes,
      isErased: plan.erasedAddresses())
    var waiting: [PackID: [Piece]] = [:]
    var order: [PackID] = []
    var losses = TreeLosses()
    for segment in origin.catalogue.segments {
      try Task.checkCancellation()
      try await create(segment, rebuild, fetcher, &waiting, &order, &losses)
    }
    try await fill(order, waiting, rebuild, &losses)
    return (rebuild, losses)
  }

  /// Creates the entries of one segment and notes which pieces its files wait for.
  private func create(
    _ segment: SegmentEntry, _ rebuild: TreeRebuild, _ fetcher: ChunkFetcher,
    _ waiting: inout [PackID: [Piece]], _ order: inout [PackID], _ losses: inout TreeLosses
  ) async throws {
    let part = try await plan.catalogue.part(segment.part)
    for group in part.groups where plan.includes(group.account) {
      let records: [FileRecord]
      do { records = try await self.records(of: group, in: segment, fetcher) } catch {
        try losses.lose(recordsOf: group.account, error)
        for piece in group.contents { await shelf.release(piece.pack) }
        continue
      }
      var contents = group.contents[...]
      for record in records {
        guard let file = try await create(record, rebuild, &losses) else { continue }
        let isShared = group.account == .server && TreeRebuild.mayMention(record.path)
        if isShared, record.pieceCount > 1 { await rebuild.noteLeftover(record.path) }
        for (pack, piece) in try pieces(
          of: record, file, group.account, isShared: isShared, &contents)
        {
          if waiting[pack] == nil { order.append(pack) }
          waiting[pack, default: []].append(piece)
        }
      }
      guard contents.isEmpty else { throw mismatch }
    }
  }

  /// The pieces of a file that have content, with the packs they wait for.
  private func pieces(
    of record: FileRecord, _ file: TreeWriter.File, _ account: AccountNumber, isShared: Bool,
    _ contents: inout ArraySlice<ChunkLocation>
  ) throws -> [(PackID, Piece)] {
    guard case .regular(let byteCount, let holes, let pieces) = record.body else { return [] }
    let mentioning = isShared && pieces.count == 1 && holes.isEmpty ? record.path : nil
    return try pieces.enumerated().compactMap { index, piece in
      guard case .chunk(let chunkName, let secret) = piece else { return nil }
      guard let location = contents.popFirst() else { throw mismatch }
      return (
        location.pack,
        Piece(
          ordinal: location.ordinal, account: account, secret: secret, name: chunkName, file: file,
          index: index, holes: holes, byteCount: byteCount, mentioning: mentioning)
      )
    }
  }

  /// The records of one owner in a segment.
  private func records(
    of group: CataloguePart.Group, in segment: SegmentEntry, _ fetcher: ChunkFetcher
  ) async throws -> [FileRecord] {
    let alone = CataloguePart(groups: [group])
    let body = try await fetcher.body(of: segment, part: alone, origin: name, table: "")
    do { return try FileRecord.decodeAll(body) } catch {
      throw OperationError(.damaged, "origin \(name): file records are damaged: \(error.message)")
    }
  }

  /// Creates one entry; one more name of a file that is lost is lost with it.
  private func create(
    _ record: FileRecord, _ rebuild: TreeRebuild, _ losses: inout TreeLosses
  ) async throws -> TreeWriter.File? {
    do { return try await rebuild.create(record) } catch let error as OriginError {
      guard case .hardLink = record.body, error.code == .missing, !losses.isEmpty else {
        throw error
      }
      losses.loseLink()
      return nil
    }
  }

  private var mismatch: OperationError {
    OperationError(
      .damaged, "origin \(name): file records and the catalogue's contents do not match")
  }

  /// Fetches each pack and writes its pieces wherever they belong.
  private func fill(
    _ order: [PackID], _ waiting: [PackID: [Piece]], _ rebuild: TreeRebuild,
    _ losses: inout TreeLosses
  ) async throws {
    let total = waiting.values.joined().reduce(0) { $0 + length(of: $1) }
    var done = 0
    for (position, id) in order.enumerated() {
      try Task.checkCancellation()
      for ahead in order[position...].prefix(3) { await shelf.prefetch(ahead) }
      let pieces = waiting[id] ?? []
      do {
        try await write(pieces, from: try await shelf.pack(id), to: rebuild)
      } catch { try losses.lose(pieces.map(\.file), error) }
      await shelf.release(id, count: pieces.count)
      done += pieces.reduce(0) { $0 + length(of: $1) }
      progress(
        Progress(phase: .contents, subject: name, done: done, total: total, isBytes: true))
    }
  }

  private func length(of piece: Piece) -> Int {
    min(Limits.filePieceByteCount, piece.byteCount - piece.index * Limits.filePieceByteCount)
  }

  /// Opens pieces two at a time, one for each core.
  private func write(
    _ pieces: [Piece], from pack: PackReader, to rebuild: TreeRebuild
  ) async throws {
    let share = try plan.shares.share(for: pack)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, piece) in pieces.enumerated() {
        if index >= 2 { try await group.next() }
        group.addTask {
          guard let owner = plan.archive.accounts[piece.account] else { throw mismatch }
          let entry = try pack.entry(piece.ordinal)
          guard entry.name == piece.name, entry.kind == .content, entry.account == piece.account,
            entry.plainByteCount == length(of: piece)
          else { throw mismatch }
          let bytes = try ChunkOpener(repository: plan.archive.repository).open(
            piece.ordinal, of: pack, as: .content, share: share, owner: owner,
            secret: .file(piece.secret))
          if let path = piece.mentioning {
            return try await rebuild.write(shared: bytes, of: path, to: piece.file)
          }
          try await rebuild.write(
            bytes, to: piece.file, at: piece.index * Limits.filePieceByteCount,
            holes: piece.holes)
        }
      }
      try await group.waitForAll()
    }
  }

  private func record(_ report: Files.RestoreReport, _ tally: inout RestoreTally) {
    tally.fileCount +=
      report.directoryCount + report.fileCount + report.symbolicLinkCount
      + report.hardLinkCount
    tally.byteCount += Int(report.writtenByteCount)
    if report.withoutSetID.count > 0 {
      tally.warnings.append(
        "origin \(name): set-user-ID and set-group-ID bits of \(report.withoutSetID.count) files are left "
          + "out; set them by hand if they are wanted")
    }
    tally.nextSteps.append(
      "move \(target.directory(of: name)) to its place and give it to the server's user: "
        + "chown -R USER:GROUP")
  }
}

extension FileRecord {
  /// Pieces of a regular file; 0 for all else.
  fileprivate var pieceCount: Int {
    if case .regular(_, _, let pieces) = body { pieces.count } else { 0 }
  }
}
