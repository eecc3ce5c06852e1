internal import Files
internal import Origins
internal import Repository
internal import Sealing

internal import Format

/// Reads one directory tree: records of what is there, content of what changed.
struct TreeBackup: Sendable {
  let source: Sources.TreeSource
  let builder: SnapshotBuilder
  let sealer: SegmentSealer
  let writer: RunWriter
  let state: AgentState
  let census: Census
  let sources: Sources
  let progress: Progress.Report

  /// Entries taken from the walk at a time; a segment ends at a boundary or after as many.
  private static let batchCount = 512

  private var name: String { source.origin.name }

  func run() async throws -> OriginResult {
    _ = try await builder.loadBaseline(of: name)
    let owners = TreeOwners(
      profile: source.profile, accounts: owningAccounts, localHosts: sources.localHosts,
      survey: source.survey, bornAt: census.bornAt)
    let root = try await source.origin.open(owners: owners)
    let description = try await builder.describe(name, TreeDescription(root).encode())
    var tally = TreeTally()
    var segments: [SegmentEntry] = []
    var draft: [(entry: FileEntry, owner: AccountNumber)] = []
    var (mark, weight) = (Int64.min, 0)
    var links = HardLinks()
    while true {
      let events = try await source.origin.next(Self.batchCount)
      for event in events {
        guard let (entry, owner) = tally.take(event) else { continue }
        let boundary =
          Self.boundary(of: entry.path)
          ?? (weight >= Limits.segmentSplitByteCount ? Self.mark(of: entry.path) : nil)
        if let boundary, !draft.isEmpty {
          segments += try await close(&draft, mark, &tally, &links)
          (mark, weight) = (boundary, 0)
        }
        draft.append((entry, owner))
        weight += Self.weight(of: entry)
      }
      progress(
        Progress(
          phase: .files, subject: name, done: tally.byteCount, total: nil, isBytes: true))
      guard events.count == Self.batchCount else { break }
      try Task.checkCancellation()
    }
    segments += try await close(&draft, mark, &tally, &links)
    if owners.ambiguousCount > 0 {
      tally.warnings.append(
        "origin \(name): \(owners.ambiguousCount) names stand for more than one account; what lies "
          + "there is kept as shared data (jid_in_url: sha1 tells them apart)")
    }
    return result(description, segments, tally)
  }

  private var owningAccounts: [(address: String, number: AccountNumber)] {
    let listed = Set(sources.accounts(of: source.accountOrigins).map(\.address))
    return census.accounts.values.filter { account in
      account.number != .server && (listed.contains(account.address) || !census.isTrusted)
    }.map { ($0.address, $0.number) }
  }

  private func result(
    _ description: ChunkLocation, _ segments: [SegmentEntry], _ tally: TreeTally
  ) -> OriginResult {
    OriginResult(
      catalogue: CatalogueOrigin(
        name: name, kind: .directory, description: description, segments: segments),
      summary: OriginSummary(
        name: name, rowCount: 0, fileCount: tally.fileCount, byteCount: tally.byteCount),
      warnings: tally.allWarnings(origin: name), isPartial: tally.isPartial,
      remainsCount: tally.remainsCount)
  }

  /// The mark of an entry that begins a segment: about one in 256, whatever comes before it, so
  /// that a new file moves no other boundary.
  ///
  /// It stays in the agent's state.
  static func boundary(of path: RelativePath) -> Int64? {
    let mark = mark(of: path)
    return mark & 0xff == 0 ? mark : nil
  }

  /// About what an entry's record will take: a segment that no boundary ends must end all the same.
  private static func weight(of entry: FileEntry) -> Int {
    let own = 64 + entry.path.bytes.count
    switch entry.kind {
    case .regular(let byteCount):
      return own + Int(clamping: byteCount / UInt64(Limits.filePieceByteCount) + 1) * 49
    case .symbolicLink(let target): return own + target.count
    case .directory, .special: return own
    }
  }

  private static func mark(of path: RelativePath) -> Int64 {
    var hash = FNV1a()
    hash.mix(path.bytes)
    return hash.mark
  }

  /// Reads what changed of the entries and adds them as a segment.
  private func close(
    _ entries: inout [(entry: FileEntry, owner: AccountNumber)], _ mark: Int64,
    _ tally: inout TreeTally, _ links: inout HardLinks
  ) async throws -> [SegmentEntry] {
    guard !entries.isEmpty else { return [] }
    defer { entries = [] }
    let reader = TreeReader(
      origin: source.origin, sealer: sealer, builder: builder, writer: writer, state: state)
    let files = try await reader.read(entries, &links)
    tally.add(files)
    let known = try await builder.known([], mark, of: name)
    var draft = sealer.begin(.records, known: known)
    var cutter = ChunkCutter(origin: name, table: "", lower: 0)
    var byteCount = 0
    for (owner, owned) in Dictionary(grouping: files.records, by: \.owner).sorted(by: {
      $0.key < $1.key
    }) {
      let add = { (plaintext: UnsafeRawBufferPointer) in try draft.add(plaintext, of: owner) }
      for file in owned {
        let bytes = file.record.encode()
        byteCount += bytes.count
        try bytes.withUnsafeBytes { try cutter.append($0, add) }
      }
      try cutter.finish(add)
      draft.add(owned.flatMap(\.contents))
    }
    let segment = Segment(
      origin: name, tables: [], tableNumbers: [], lower: 0, mark: mark,
      recordCount: files.records.count, byteCount: byteCount)
    return [try await builder.add(draft.placements, segment: segment, known: known)]
  }
}

/// What a walk met besides what it keeps.
struct TreeTally: Sendable {
  private(set) var fileCount = 0
  private(set) var byteCount = 0
  private(set) var remainsCount = 0
  private var specialCount = 0
  private(set) var isPartial = false
  var warnings: [String] = []

  /// Enough to see what is wrong; the rest is counted.
  private static let warningCount = 20
  private var unreadableCount = 0

  /// An entry to keep, with its owner.
  mutating func take(_ event: TreeOrigin.Event) -> (FileEntry, AccountNumber)? {
    switch event {
    case .entry(let entry, let owner):
      if case .special = entry.kind {
        specialCount += 1
        return nil
      }
      switch owner {
      case .remains:
        remainsCount += 1
        return nil
      case .server: return (entry, .server)
      case .account(let number): return (entry, number)
      }
    case .unreadable(let message):
      addUnreadable(message)
      return nil
    case .remains:
      remainsCount += 1
      return nil
    case .vanished: return nil
    }
  }

  mutating func add(_ files: TreeReader.Result) {
    fileCount += files.records.count
    byteCount += files.byteCount
    for message in files.unreadable { addUnreadable(message) }
    warnings += files.changed
  }

  private mutating func addUnreadable(_ message: String) {
    isPartial = true
    unreadableCount += 1
    if unreadableCount <= Self.warningCount { warnings.append(message) }
  }

  func allWarnings(origin: String) -> [String] {
    var all = warnings
    if unreadableCount > Self.warningCount {
      all.append("origin \(origin): \(unreadableCount) files in all could not be read")
    }
    if remainsCount > 0 {
      all.append(
        "origin \(origin): \(remainsCount) files and directories of accounts that no longer exist are "
          + "left out")
    }
    if specialCount > 0 {
      all.append(
        "origin \(origin): \(specialCount) sockets, pipes or devices have no content to keep")
    }
    return all
  }
}

/// The names that one file has, to store its content once.
struct HardLinks: Sendable {
  struct Key: Hashable {
    let identity: FileIdentity
    let owner: AccountNumber
  }

  private var first: [Key: RelativePath] = [:]

  /// The earlier name of the same file of the same owner; another owner's must not be needed for it.
  mutating func earlier(of entry: FileEntry, owner: AccountNumber) -> RelativePath? {
    guard entry.linkCount > 1, case .regular = entry.kind else { return nil }
    return first[Key(identity: entry.identity, owner: owner)]
  }

  /// Called once the file's content is certain to be in the snapshot.
  mutating func note(_ entry: FileEntry, owner: AccountNumber) {
    guard entry.linkCount > 1 else { return }
    first[Key(identity: entry.identity, owner: owner)] = entry.path
  }
}

/// The root of a tree, as its description chunk holds it. [F-DESC-2]
struct TreeDescription: Sendable, Equatable {
  let attributes: FileAttributes

  init(_ attributes: FileAttributes) { self.attributes = attributes }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.varint(UInt64(attributes.mode))
    writer.varint(UInt64(attributes.owner))
    writer.varint(UInt64(attributes.group))
    writer.signed(attributes.modificationTime.seconds)
    writer.varint(UInt64(attributes.modificationTime.nanoseconds))
    return writer.bytes
  }

  static func decode(_ bytes: [UInt8]) throws(FormatError) -> TreeDescription {
    var reader = ByteReader(bytes, subject: "a tree's description")
    let mode = UInt16(try reader.count(limit: 0o7777))
    let owner = UInt32(try reader.count(limit: Int(UInt32.max)))
    let group = UInt32(try reader.count(limit: Int(UInt32.max)))
    let seconds = try reader.signed()
    let nanoseconds = UInt32(try reader.count(limit: 999_999_999))
    try reader.end()
    return TreeDescription(
      FileAttributes(
        mode: mode, owner: owner, group: group,
        modificationTime: FileTime(seconds: seconds, nanoseconds: nanoseconds)))
  }
}
