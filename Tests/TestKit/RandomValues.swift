package import Format

/// Random values of the format's types, edges of their ranges often among them.
extension SeededRandom {
  /// A number of the range; its ends, and small ones, are much more likely than others.
  package mutating func number(_ range: ClosedRange<Int>) -> Int {
    switch Int.random(in: 0..<6, using: &self) {
    case 0: return range.lowerBound
    case 1: return range.upperBound
    case 2, 3:
      return Int.random(
        in: range.lowerBound...min(range.upperBound, range.lowerBound + 300), using: &self)
    default: return Int.random(in: range, using: &self)
    }
  }

  /// Any signed number, its ends and small ones often.
  package mutating func signed() -> Int64 {
    let edges: [Int64] = [.min, .max, -1, 0, 1, -64, 63, 64]
    if Bool.random(using: &self) { return edges.randomElement(using: &self) ?? 0 }
    return Int64(truncatingIfNeeded: next()) >> Int64.random(in: 0..<64, using: &self)
  }

  /// Any 32-bit number.
  package mutating func word() -> UInt32 { UInt32(number(0...Int(UInt32.max))) }

  /// Sixteen bytes.
  package mutating func identifier<Kind>() -> Identifier<Kind> {
    Identifier(high: next(), low: next())
  }

  /// Thirty-two bytes.
  package mutating func digest() -> Digest { Digest(bytes(Digest.byteCount)) ?? .none }

  /// Text of at most that many bytes, some of it beyond ASCII.
  package mutating func text(_ byteCount: ClosedRange<Int>) -> String {
    let letters = Array("abz09-_.@/ äß€字🙂")
    let wanted = Int.random(in: byteCount, using: &self)
    var text = ""
    while text.utf8.count < wanted { text.append(letters.randomElement(using: &self) ?? "a") }
    while text.utf8.count > byteCount.upperBound { text.removeLast() }
    return text
  }

  /// A list of at most so many values.
  package mutating func list<Value>(
    _ limit: Int, _ make: (inout SeededRandom) -> Value
  ) -> [Value] {
    (0..<Int.random(in: 0...limit, using: &self)).map { _ in make(&self) }
  }

  /// One of the values of an enumeration.
  package mutating func one<Value: CaseIterable>(of type: Value.Type) -> Value {
    guard let value = Value.allCases.randomElement(using: &self) else {
      preconditionFailure("an enumeration with cases")
    }
    return value
  }
}

extension SeededRandom {
  /// Where a chunk lies, in one of the packs.
  package mutating func location(in packs: [PackID]) -> ChunkLocation {
    ChunkLocation(
      pack: packs.randomElement(using: &self) ?? identifier(),
      ordinal: UInt32(number(0...Limits.packEntryCount - 1)))
  }

  /// A keyring object as the log refers to it.
  package mutating func keyringReference() -> KeyringReference {
    KeyringReference(
      epoch: word(), copies: [identifier(), identifier()],
      byteCount: number(0...Limits.keyringByteCount), digest: digest())
  }

  /// A pack as the log lists it.
  package mutating func packSummary() -> PackSummary {
    PackSummary(
      pack: identifier(), contents: one(of: PackContents.self),
      byteCount: number(0...Limits.maximumPackByteCount), digest: digest())
  }

  /// What a log entry says of a snapshot.
  package mutating func snapshotEntry() -> SnapshotEntry {
    SnapshotEntry(
      run: identifier(), state: one(of: SnapshotState.self), started: signed(),
      catalogue: location(in: []), packs: list(4) { $0.packSummary() },
      origins: list(3) { random in
        OriginSummary(
          name: random.text(0...64), rowCount: random.number(0...Limits.tallyCount),
          fileCount: random.number(0...Limits.tallyCount),
          byteCount: random.number(0...Limits.tallyCount))
      }, liveAccountCount: Int(word()))
  }

  /// Different account numbers, ascending; none of them is the server's.
  package mutating func accountNumbers() -> [AccountNumber] {
    Set(list(6) { AccountNumber(max(1, $0.word())) }).sorted()
  }

  /// Different ids, ascending.
  private mutating func identifiers<Kind>() -> [Identifier<Kind>] {
    Set(list(6) { $0.identifier() }).sorted()
  }

  /// What a log entry says of one erased account.
  package mutating func erasure(of account: AccountNumber) -> ErasureEntry {
    ErasureEntry(
      account: account, id: identifier(), cause: one(of: ErasureCause.self), reported: signed(),
      due: signed(), addressTag: identifier(), birthTag: identifier())
  }

  /// How many kinds of log entries there are.
  package static let logEntryKindCount = 9

  /// A log entry of a kind: 0 genesis, 1 snapshot, 2 takeover, 3 erasure, 4 cancellation, 5 epoch,
  /// 6 expiry, 7 drop, 8 drill.
  package mutating func logEntry(kind: Int) -> LogEntry {
    let event: LogEntry.Event
    switch kind {
    case 0: event = .genesis
    case 1: event = .snapshot(snapshotEntry())
    case 2: event = .takeover
    case 3: event = .erasure(accountNumbers().map { erasure(of: $0) })
    case 4: event = .cancellation(accountNumbers())
    case 5: event = .epoch(destroyed: accountNumbers())
    case 6: event = .expiry(identifiers())
    case 7: event = .drop(identifiers())
    default:
      event = .drill(
        DrillEntry(
          run: identifier(), ended: signed(), duration: number(0...Limits.tallyCount),
          rowCount: number(0...Limits.tallyCount), fileCount: number(0...99),
          byteCount: number(0...9)))
    }
    return LogEntry(
      sequence: kind == 0 ? 1 : UInt64(number(2...Int(LogEntry.maximumSequence))),
      previous: digest(), time: signed(), agent: identifier(),
      nextAccount: AccountNumber(word()),
      keyring: kind == 5 ? [keyringReference()] : list(3) { $0.keyringReference() }, event: event)
  }

  /// A pack's header.
  package mutating func packHeader() -> PackHeader {
    let contents = one(of: PackContents.self)
    return PackHeader(
      contents: contents, run: identifier(),
      sealedShare: contents == .catalogue ? [] : bytes(PackHeader.sealedShareByteCount),
      entries: list(6) { random in
        PackEntry(
          kind: ChunkKind.allCases.filter { contents.holds($0) }.randomElement(using: &random)
            ?? .rows,
          account: contents == .catalogue ? .server : AccountNumber(random.word()),
          name: random.identifier(),
          sealedByteCount: random.number(0...Limits.maximumPackByteCount),
          plainByteCount: random.number(0...Limits.chunkByteCount),
          codec: random.one(of: Codec.self))
      })
  }

  /// A keyring.
  package mutating func keyring() -> KeyringContents {
    KeyringContents(
      accounts: list(3) { random in
        KeyringContents.Account(
          number: AccountNumber(random.word()), id: random.identifier(),
          secret: random.bytes(32), namingKey: random.bytes(32), address: random.text(0...40),
          birthMark: random.bytes(random.number(0...30)))
      },
      runs: list(3) { KeyringContents.Run(id: $0.identifier(), secret: $0.bytes(32)) })
  }
}

extension SeededRandom {
  /// A name that an origin may have; different numbers give different names.
  private mutating func originName(_ number: Int) -> String {
    let letters = Array("abzABZ09-_")
    let count = self.number(0...Limits.originNameByteCount - 1)
    let tail = (0..<count).map { _ in letters.randomElement(using: &self) ?? "a" }
    return "\(number)" + String(tail)
  }

  /// Different numbers of tables, ascending; at least one.
  private mutating func tableNumbers() -> [UInt32] {
    let first = UInt32(number(0...Limits.schemaObjectCount))
    return Set([first] + list(2) { UInt32($0.number(0...Limits.schemaObjectCount)) }).sorted()
  }

  /// The root of a catalogue.
  package mutating func catalogueRoot() -> CatalogueRoot {
    let packs: [PackID] = (0..<4).map { _ in identifier() }
    return CatalogueRoot(
      run: identifier(),
      origins: (0..<Int.random(in: 0...3, using: &self)).map { index in
        let kind: CatalogueOrigin.Kind = Bool.random(using: &self) ? .database : .directory
        return CatalogueOrigin(
          name: originName(index), kind: kind,
          description: location(in: packs),
          segments: list(4) { random in
            SegmentEntry(
              key: SegmentKey(
                tables: kind == .database ? random.tableNumbers() : [],
                lower: random.signed()),
              recordCount: random.number(0...Limits.segmentByteCount),
              byteCount: random.number(0...Limits.tallyCount),
              part: random.location(in: packs))
          })
      })
  }

  /// The chunks of one segment.
  package mutating func cataloguePart() -> CataloguePart {
    let packs: [PackID] = (0..<4).map { _ in identifier() }
    let accounts = Set(list(5) { $0.word() }).sorted()
    return CataloguePart(
      groups: accounts.map { account in
        CataloguePart.Group(
          account: AccountNumber(account), records: list(3) { $0.location(in: packs) }[...],
          contents: list(3) { $0.location(in: packs) }[...])
      })
  }

  /// The head of a row chunk.
  package mutating func chunkHeader() -> ChunkHeader {
    ChunkHeader(
      origin: text(0...64), table: text(0...255), lower: signed(),
      part: UInt32(number(0...Limits.segmentByteCount)))
  }

  /// A file's record.
  package mutating func fileRecord() -> FileRecord {
    let body: FileRecord.Body =
      switch Int.random(in: 0..<5, using: &self) {
      case 0: .directory
      case 1: .symbolicLink(target: bytes(number(0...40)))
      case 2: .hardLink(path: bytes(number(0...40)))
      default: regularFile()
      }
    return FileRecord(
      path: bytes(number(0...60)), mode: UInt16(number(0...0o7777)), owner: word(), group: word(),
      modified: signed(), modifiedNanoseconds: UInt32(number(0...999_999_999)), body: body)
  }

  private mutating func regularFile() -> FileRecord.Body {
    let byteCount = number(0...5 * Limits.filePieceByteCount)
    var holes: [Range<Int>] = []
    var end = 0
    for _ in 0..<Int.random(in: 0...3, using: &self) {
      let start = holes.isEmpty ? number(0...byteCount) : end + 1 + number(0...1000)
      let upper = start + 1 + number(0...1000)
      guard upper <= byteCount else { break }
      holes.append(start..<upper)
      end = upper
    }
    // A piece is a hole exactly where a hole covers it; some holes are made to.
    if holes.isEmpty, byteCount > 0, Bool.random(using: &self) {
      let piece = Int.random(in: 0..<FileRecord.pieceCount(of: byteCount), using: &self)
      holes = [piece * Limits.filePieceByteCount..<byteCount]
    }
    let pieces = (0..<FileRecord.pieceCount(of: byteCount)).map { index -> FileRecord.Piece in
      let start = index * Limits.filePieceByteCount
      let upper = min(start + Limits.filePieceByteCount, byteCount)
      return holes.contains { $0.lowerBound <= start && $0.upperBound >= upper }
        ? .hole : .chunk(name: identifier(), secret: bytes(32))
    }
    return .regular(byteCount: byteCount, holes: holes, pieces: pieces)
  }

  /// One half of a kit, as a text.
  package mutating func kitFile() -> KitFile {
    KitFile(
      half: one(of: KitFile.Half.self), repository: identifier(),
      wrap: Bool.random(using: &self)
        ? .none
        : .argon2id(
          memoryByteCount: number(
            KitFile.minimumMemoryByteCount...KitFile.maximumMemoryByteCount),
          passes: number(1...KitFile.maximumPasses), salt: bytes(KitFile.saltByteCount)),
      sealed: bytes(Int.random(in: 0...140, using: &self)))
  }
}
