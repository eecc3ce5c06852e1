package import Files
internal import Format

/// A live directory tree, walked and read on a thread of its own.
package actor TreeOrigin {
  /// An entry of the walk with its owner, or what kept one from being read.
  package enum Event: Sendable {
    case entry(FileEntry, Owner)
    case unreadable(String)
    /// What a deleted account left behind and cannot be read; its path would name the account.
    case remains
    case vanished
  }

  /// A file that is open for reading.
  package struct OpenFile: Sendable {
    let handle: Int
    /// The file when it was opened, which may be newer than the walk's entry.
    package let entry: FileEntry
    /// Bytes when it was opened, holes included.
    package let byteCount: Int
    /// Ranges of bytes without data, ascending, at most 65,536. [F-REC-1]
    package let holes: [Range<Int>]
  }

  private let executor: BlockingExecutor
  /// The origin's name in the configuration.
  package nonisolated let name: String
  /// The root of the tree.
  package nonisolated let path: String
  private var root: TreeRoot?
  private var walker: TreeWalker?
  private var owners: TreeOwners?
  private var files: [Int: ReaderBox] = [:]
  private var nextHandle = 0

  /// Holds a reader, which cannot be copied, in a dictionary.
  private final class ReaderBox {
    let reader: FileReader

    init(_ reader: consuming FileReader) { self.reader = reader }
  }

  /// The queue of its own, on which it may block.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Names a tree; ``open(owners:)`` opens it.
  package init(name: String, path: String) {
    executor = BlockingExecutor(label: "lethe.origin.\(name)")
    self.name = name
    self.path = path
  }

  /// Finds out who exists, for a profile whose trees say so.
  package func survey(_ profile: DirectoryProfile) throws -> TreeSurvey {
    guard case .prosody(let layout) = profile.layout else { return TreeSurvey() }
    return try ProsodySurvey.survey(path, layout)
  }

  /// Opens the root and begins the walk; gives the root's own attributes.
  package func open(owners: TreeOwners) throws -> FileAttributes {
    do {
      let root = try TreeRoot(path)
      walker = try TreeWalker(root)
      let attributes = root.attributes
      self.root = consume root
      self.owners = owners
      return attributes
    } catch {
      // A directory that may not be read is left out like one that is gone; it refuses no run.
      throw OriginError(
        error.code == .missing ? .missing : .failed, "origin \(name): \(error.message)")
    }
  }

  /// The next entries, at most `limit`; fewer only at the end.
  package func next(_ limit: Int) throws -> [Event] {
    guard let owners else { preconditionFailure("the tree is open") }
    var events: [Event] = []
    do {
      while events.count < limit, let event = try walker?.next() {
        switch event {
        case .entry(let entry) where owners.isEphemeral(entry): events.append(.vanished)
        case .entry(let entry): events.append(.entry(entry, owners.owner(of: entry)))
        // What cannot be looked at is most often a directory that may not be listed.
        case .unreadable(let path, _) where owners.owner(of: path, isDirectory: true) == .remains:
          events.append(.remains)
        case .unreadable(_, let error): events.append(.unreadable(error.message))
        case .vanished: events.append(.vanished)
        }
      }
    } catch { throw OriginError(error, origin: name) }
    return events
  }

  /// Opens a file of the walk; a `FileError` says whether it vanished, changed or is unreadable.
  ///
  /// One that was replaced meanwhile is read as it is now, unless other names lead to what was there.
  package func open(_ entry: FileEntry) throws(FileError) -> OpenFile {
    guard let reader = try root?.open(entry, mayBeReplaced: entry.linkCount == 1) else {
      preconditionFailure("the tree is open")
    }
    let holes = try Self.holes(of: reader)
    let file = OpenFile(
      handle: nextHandle, entry: reader.entry, byteCount: Int(reader.byteCount), holes: holes)
    files[nextHandle] = ReaderBox(reader)
    nextHandle += 1
    return file
  }

  private static func holes(of reader: borrowing FileReader) throws(FileError) -> [Range<Int>] {
    var holes: [Range<Int>] = []
    var end: UInt64 = 0
    while let extent = try reader.dataExtent(atOrAfter: end) {
      if extent.lowerBound > end { holes.append(Int(end)..<Int(extent.lowerBound)) }
      end = extent.upperBound
      // A file in more pieces than that is read with the rest of its holes as zeros.
      if holes.count == Limits.holeCount - 1 { return holes }
    }
    if end < reader.byteCount { holes.append(Int(end)..<Int(reader.byteCount)) }
    return holes
  }

  /// The bytes of one piece.
  package func piece(_ index: Int, of file: OpenFile) throws(FileError) -> [UInt8] {
    guard let box = files[file.handle] else { preconditionFailure("the file is open") }
    let start = index * Limits.filePieceByteCount
    let count = min(Limits.filePieceByteCount, file.byteCount - start)
    var bytes = [UInt8](repeating: 0, count: count)
    var whole = bytes.mutableSpan
    var span = whole.mutableBytes
    _ = try box.reader.read(at: UInt64(start), into: &span)
    return bytes
  }

  /// Closes a file; says whether it stayed the same while it was read.
  package func close(_ file: OpenFile) -> Bool {
    guard let box = files.removeValue(forKey: file.handle) else { return false }
    return (try? box.reader.changes())?.isEmpty ?? false
  }
}
