internal import Files
internal import Origins
internal import Repository
internal import Sealing

internal import Format

/// Makes records of entries; reads, recognises and seals the content of files that changed.
struct TreeReader: Sendable {
  struct Record: Sendable {
    let owner: AccountNumber
    let record: FileRecord
    let contents: [KnownChunk]
  }

  struct Result: Sendable {
    var records: [Record] = []
    var byteCount = 0
    var unreadable: [String] = []
    var changed: [String] = []

    mutating func add(_ outcome: Outcome) {
      if let record = outcome.record { records.append(record) }
      byteCount += outcome.byteCount
      if let message = outcome.unreadable { unreadable.append(message) }
      if let message = outcome.changed { changed.append(message) }
    }
  }

  let origin: TreeOrigin
  let sealer: SegmentSealer
  let builder: SnapshotBuilder
  let writer: RunWriter
  let state: AgentState

  /// Pieces in flight, 4 MiB each and twice that while they are compressed: of one large file, or of
  /// as many files of one piece.
  private static let flight = 3

  func read(
    _ entries: [(entry: FileEntry, owner: AccountNumber)], _ links: inout HardLinks
  ) async throws -> Result {
    var outcomes = [Outcome](repeating: Outcome(), count: entries.count)
    try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
      var running = 0
      for (index, item) in entries.enumerated() {
        let isAlone = !item.entry.isSmall
        while running > 0, isAlone || running == Self.flight,
          let (done, outcome) = try await group.next()
        {
          outcomes[done] = outcome
          running -= 1
        }
        if isAlone {
          outcomes[index] = try await outcome(item.entry, item.owner, &links)
        } else {
          group.addTask { (index, try await readFile(item.entry, item.owner)) }
          running += 1
        }
      }
      while let (done, outcome) = try await group.next() { outcomes[done] = outcome }
    }
    return outcomes.reduce(into: Result()) { $0.add($1) }
  }

  /// What one entry gives: a record, or why there is none.
  struct Outcome: Sendable {
    var record: Record?
    var byteCount = 0
    var unreadable: String?
    var changed: String?
  }

  /// An entry that others wait for: a link may be to it, or it fills the flight by itself.
  private func outcome(
    _ entry: FileEntry, _ owner: AccountNumber, _ links: inout HardLinks
  ) async throws -> Outcome {
    let body: FileRecord.Body
    if let earlier = links.earlier(of: entry, owner: owner) {
      body = .hardLink(path: earlier.bytes)
    } else {
      switch entry.kind {
      case .directory: body = .directory
      case .symbolicLink(let target): body = .symbolicLink(target: target)
      case .special: return Outcome()
      case .regular:
        let outcome = try await readFile(entry, owner)
        if outcome.record != nil { links.note(entry, owner: owner) }
        return outcome
      }
    }
    return Outcome(record: Record(owner: owner, record: entry.record(body), contents: []))
  }

  /// The record of a regular file; none where it vanished or could not be read.
  private func readFile(_ entry: FileEntry, _ owner: AccountNumber) async throws -> Outcome {
    var outcome = Outcome()
    guard entry.fitsRecord else {
      outcome.unreadable =
        "origin \(origin.name): \(entry.path) is larger than a snapshot can hold and is left out"
      return outcome
    }
    let identity = entry.identityBytes(owner: owner)
    let known = try state.file(entry.path.bytes, of: origin.name)
    do {
      if let known, known.identity == identity,
        let record = try await unchanged(entry, owner, known)
      {
        let path = entry.path.bytes
        await writer.stage { [name = origin.name] in $0.keptFiles.append((name, path)) }
        outcome.record = record
        return outcome
      }
      let file = try await origin.open(entry)
      let read: Record
      do { read = try await self.read(file, owner, known: known) } catch {
        _ = await origin.close(file)
        throw error
      }
      if !(await origin.close(file)) {
        outcome.changed =
          "origin \(origin.name): \(entry.path) changed while it was read; the next run reads it again"
      }
      outcome.byteCount = file.byteCount
      outcome.record = read
    } catch let error as FileError {
      if error.code != .missing { outcome.unreadable = "origin \(origin.name): \(error.message)" }
    }
    return outcome
  }

  /// The record of a file whose size, times and inode are those of the last run, unread.
  private func unchanged(
    _ entry: FileEntry, _ owner: AccountNumber, _ known: KnownFile
  ) async throws -> Record? {
    guard case .regular(let byteCount) = entry.kind,
      known.pieces.count == FileRecord.pieceCount(of: Int(byteCount))
    else { return nil }
    let chunks = known.chunks(owner: owner)
    guard await builder.knowsPacks(of: chunks) else { return nil }
    return Record(
      owner: owner,
      record: entry.record(
        .regular(
          byteCount: Int(byteCount), holes: known.holes, pieces: known.pieces.map(\.recorded))),
      contents: chunks)
  }

  private enum Read: Sendable {
    case same(KnownPiece)
    case fresh(SealedChunk, secret: [UInt8])
  }

  /// Reads a file piece by piece, a few in flight, and keeps what the agent knows of it up to date,
  /// so that an interrupted run's pieces are not sent again.
  private func read(
    _ file: TreeOrigin.OpenFile, _ owner: AccountNumber, known: KnownFile?
  ) async throws -> Record {
    guard let account = sealer.accounts[owner] else {
      throw OperationError(.failed, "account \(owner.value) lost its keys during the run")
    }
    let count = FileRecord.pieceCount(of: file.byteCount)
    let before = known?.identity.starts(with: FileEntry.ownerBytes(owner)) == true ? known : nil
    var pieces: [KnownPiece] = []
    try await withThrowingTaskGroup(of: (Int, Read).self) { group in
      var finished: [Int: Read] = [:]
      var next = 0
      while pieces.count < count {
        while next < count, next - pieces.count < Self.flight {
          let index = next
          let earlier = before.flatMap { index < $0.pieces.count ? $0.pieces[index] : nil }
          next += 1
          if file.isHole(index) {
            finished[index] = .same(.hole)
            continue
          }
          try Task.checkCancellation()
          let bytes = try await origin.piece(index, of: file)
          let isUsable = await builder.knows(earlier)
          group.addTask { (index, seal(bytes, account, earlier, isUsable: isUsable)) }
        }
        if finished[pieces.count] == nil, let (index, read) = try await group.next() {
          finished[index] = read
        }
        while let read = finished.removeValue(forKey: pieces.count) {
          pieces.append(try await place(read, of: file, owner, after: pieces))
        }
      }
    }
    let known = Self.known(file, owner, pieces)
    await writer.stage { [name = origin.name] in $0.note(known, of: name) }
    return record(of: file, pieces, owner)
  }

  private func record(
    of file: TreeOrigin.OpenFile, _ pieces: [KnownPiece], _ owner: AccountNumber
  ) -> Record {
    let learned = KnownFile(
      path: file.entry.path.bytes, identity: [], holes: file.holes, pieces: pieces)
    return Record(
      owner: owner,
      record: file.entry.record(
        .regular(
          byteCount: file.byteCount, holes: file.holes, pieces: pieces.map(\.recorded))),
      contents: learned.chunks(owner: owner))
  }

  private func seal(
    _ bytes: [UInt8], _ account: KeyringContents.Account, _ earlier: KnownPiece?, isUsable: Bool
  ) -> Read {
    let name = ChunkKeys.name(kind: .content, plaintext: bytes, namingKey: account.namingKey)
    var isSame = false
    if case .chunk(let before, _, _, _) = earlier { isSame = before == name }
    if let earlier, isSame, isUsable { return .same(earlier) }
    let secret = Random.bytes(KeyringContents.secretByteCount)
    var chunk = sealer.pool.withSealer {
      $0.sealContent(bytes, name: name, owner: account, secret: secret)
    }
    chunk.isRenewed = isSame
    return .fresh(chunk, secret: secret)
  }

  /// Places a piece and notes with it all that is known of the file by then.
  private func place(
    _ read: Read, of file: TreeOrigin.OpenFile, _ owner: AccountNumber, after pieces: [KnownPiece]
  ) async throws -> KnownPiece {
    guard case .fresh(let chunk, let secret) = read else {
      guard case .same(let piece) = read else { preconditionFailure("a piece is same or fresh") }
      return piece
    }
    let name = origin.name
    let place = try await writer.place(content: chunk) { writes, place in
      let piece = Self.piece(chunk, secret, place)
      writes.note(Self.known(file, owner, pieces + [piece]), of: name)
    }
    await builder.learn(place)
    return Self.piece(chunk, secret, place)
  }

  private static func piece(
    _ chunk: SealedChunk, _ secret: [UInt8], _ place: RunWriter.Place
  ) -> KnownPiece {
    .chunk(
      name: chunk.entry.name, secret: secret, pack: place.pack, ordinal: place.location.ordinal)
  }

  private static func known(
    _ file: TreeOrigin.OpenFile, _ owner: AccountNumber, _ pieces: [KnownPiece]
  ) -> KnownFile {
    KnownFile(
      path: file.entry.path.bytes, identity: file.entry.identityBytes(owner: owner),
      holes: file.holes, pieces: pieces)
  }
}
