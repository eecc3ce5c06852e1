package import Files
package import Format

/// Writes a tree's entries and contents, on a thread of its own.
package actor TreeRebuild {
  private let executor = BlockingExecutor(label: "lethe.tree")
  private let origin: String
  private var writer: TreeWriter
  private let scrubber: MentionScrubber?
  /// Shared files that erased people were taken out of.
  package private(set) var scrubbedCount = 0
  /// Shared files that may mention somebody and cannot be read, the first hundred of them.
  package private(set) var leftovers: [String] = []

  private static let maximumLeftoverCount = 100

  /// The queue of its own, on which it may block.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Opens the target, which must be empty or absent; `root` is what it gets in the end.
  ///
  /// `isErased` answers for bare addresses; nil where nobody was erased.
  package init(
    origin: String, target: String, root: FileAttributes,
    isErased: (@Sendable ([UInt8]) -> Bool)? = nil
  ) throws {
    self.origin = origin
    scrubber = isErased.map(MentionScrubber.init)
    do { writer = try TreeWriter(target: target) } catch {
      throw OriginError(error, origin: origin)
    }
    writer.describeTarget(root)
  }

  /// Creates one entry; gives the file whose content is still to come.
  package func create(_ record: FileRecord) throws -> TreeWriter.File? {
    guard let path = RelativePath(record.path) else {
      throw OriginError(
        .damaged, "origin \(origin): \(escaped(record.path)) is no path that can be restored")
    }
    let attributes = FileAttributes(
      mode: record.mode, owner: record.owner, group: record.group,
      modificationTime: FileTime(
        seconds: record.modified, nanoseconds: record.modifiedNanoseconds))
    do {
      switch record.body {
      case .directory: try writer.makeDirectory(path, attributes)
      case .regular(let byteCount, _, _):
        return try writer.makeFile(path, byteCount: UInt64(byteCount), attributes)
      case .symbolicLink(let target):
        try writer.makeSymbolicLink(path, target: target, attributes)
      case .hardLink(let earlier):
        guard let earlier = RelativePath(earlier) else {
          throw OriginError(.damaged, "origin \(origin): a hard link to \(escaped(earlier))")
        }
        try writer.makeHardLink(path, to: earlier)
      }
    } catch let error as FileError { throw OriginError(error, origin: origin) }
    return nil
  }

  /// Whether a file of nobody's may mention people who were erased.
  package nonisolated static func mayMention(_ path: [UInt8]) -> Bool {
    MentionScrubber.syntax(prosodyPath: path) != nil
  }

  /// Writes the whole content of such a file without them.
  package func write(shared bytes: [UInt8], of path: [UInt8], to file: TreeWriter.File) throws {
    var content = bytes
    if let scrubber, let syntax = MentionScrubber.syntax(prosodyPath: path) {
      switch scrubber.scrub(bytes, syntax: syntax) {
      case .unchanged: break
      case .unreadable: noteLeftover(path)
      case .scrubbed(let rest, _):
        content = rest
        scrubbedCount += 1
      }
    }
    do {
      if content.count < bytes.count {
        try writer.shorten(file, to: UInt64(content.count))
      }
    } catch { throw OriginError(error, origin: origin) }
    try write(content, to: file, at: 0, holes: [])
  }

  /// Notes that a shared file was not searched.
  package func noteLeftover(_ path: [UInt8]) {
    guard scrubber != nil, leftovers.count < Self.maximumLeftoverCount else { return }
    leftovers.append(escaped(path))
  }

  /// Writes a piece that begins at an offset, but for what the file has as holes.
  package func write(
    _ bytes: [UInt8], to file: TreeWriter.File, at offset: Int, holes: [Range<Int>]
  ) throws {
    var start = offset
    let end = offset + bytes.count
    do throws(FileError) {
      for hole in holes where hole.upperBound > start && hole.lowerBound < end {
        try write(bytes, from: offset, range: start..<max(start, hole.lowerBound), to: file)
        start = min(end, hole.upperBound)
      }
      try write(bytes, from: offset, range: start..<end, to: file)
    } catch { throw OriginError(error, origin: origin) }
  }

  private func write(
    _ bytes: [UInt8], from offset: Int, range: Range<Int>, to file: TreeWriter.File
  ) throws(FileError) {
    guard !range.isEmpty else { return }
    let span = bytes.span.bytes.extracting(range.lowerBound - offset..<range.upperBound - offset)
    try writer.write(span, to: file, at: UInt64(range.lowerBound))
  }

  /// Takes files away again whose content cannot be had; gives how many names went, and some of them.
  package func discard(_ files: Set<TreeWriter.File>) throws -> RestoreReport.Sample {
    do {
      return try writer.discard(files)
    } catch { throw OriginError(error, origin: origin) }
  }

  /// Settles modes and times and makes everything durable.
  package func finish() throws -> RestoreReport {
    do {
      return try writer.finish()
    } catch { throw OriginError(error, origin: origin) }
  }
}
