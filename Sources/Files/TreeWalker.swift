import CLinux
import Glibc

/// Meets every entry beneath a root, one by one, without ever following a symbolic link.
///
/// The order is that of ``RelativePath``: bytewise, a directory directly before its content. Mounted
/// file systems are entered. Memory holds the names of the directories on the current path and no
/// more; at most ``maximumOpenDirectoryCount`` of them are open.
package struct TreeWalker: ~Copyable, Sendable {
  /// What the walk met.
  package enum Event: Sendable, Hashable {
    /// An entry, as it was a moment ago.
    case entry(FileEntry)
    /// Something is there and could not be looked at or listed: the walk is not complete.
    case unreadable(RelativePath, FileError)
    /// A name was listed and gone when it was looked at, as happens in a living directory.
    case vanished(RelativePath)
  }

  /// How many directories are open at once: the deepest ones of the current path.
  static let maximumOpenDirectoryCount = 32

  struct Level {
    var descriptor: Int32
    let identity: FileIdentity
    /// The number of bytes of ``prefix`` that lead here: the path and its slash, 0 at the root.
    let prefixByteCount: Int
    var isListed = false
    var names = NameList()
  }

  let rootName: String
  let root: Descriptor
  let resolution: PathResolution
  var levels: [Level] = []
  private var prefix: [UInt8] = []
  var queued: Event?

  /// Begins a walk of everything beneath `root`, which need not stay open for it.
  package init(_ root: borrowing TreeRoot) throws(FileError) {
    let number = root.descriptor.number
    let status = try Descriptor.status(of: number, root.name)
    let copy = Descriptor(owning: try Descriptor.duplicate(of: number, root.name))
    // Not a duplicate: two of those share their place in the listing, and so would two walks.
    let top = linux_open_at(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    guard top >= 0 else { throw .system(errno, "search the directory", root.name) }
    rootName = root.name
    resolution = root.resolution
    self.root = copy
    levels = [Level(descriptor: top, identity: FileIdentity(status), prefixByteCount: 0)]
  }

  deinit {
    for level in levels where level.descriptor >= 0 { _ = close(level.descriptor) }
  }

  /// The next event, or nil when everything has been met.
  ///
  /// Throws when the walk cannot go on at all: the root cannot be listed, or the machine is out of
  /// open files or memory. What concerns one entry is an event.
  package mutating func next() throws(FileError) -> Event? {
    while true {
      if let event = queued {
        queued = nil
        return event
      }
      guard let depth = levels.indices.last else { return nil }
      if !levels[depth].isListed {
        try list(depth)
      } else if let name = levels[depth].names.next() {
        if let event = try inspect(name, in: levels[depth]) { return event }
      } else {
        try leave()
      }
    }
  }

  private mutating func list(_ depth: Int) throws(FileError) {
    var error: Int32 = 0
    levels[depth].isListed = true
    levels[depth].names = NameList(listing: levels[depth].descriptor, error: &error)
    guard error != 0 else { return }
    guard let path = path(of: levels[depth]) else {
      throw .system(error, "list the directory", rootName)
    }
    queued = try report(error, "list", path)
  }

  private mutating func inspect(_ name: [UInt8], in level: Level) throws(FileError) -> Event? {
    guard level.descriptor >= 0 else { return nil }
    guard let path = RelativePath(name, in: prefix) else { return try unnameable(name, in: level) }
    // The kind may change between two calls; whoever does that three times in a row is reported.
    for _ in 0..<3 {
      var status = stat()
      let result = withCPath(name) { fstatat(level.descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) }
      guard result == 0 else { return try report(errno, "inspect", path) }
      if status.st_mode & S_IFMT == S_IFDIR {
        if let event = try enter(name, path, status, from: level) { return event }
      } else if let kind = FileEntry.Kind(status) {
        return .entry(FileEntry(path, kind, status))
      } else if let event = try readLink(name, path, status, in: level) {
        return event
      }
    }
    return .unreadable(
      path,
      FileError(.changed, "\(subject(path)) keeps changing its kind; the next run reads it"))
  }

  /// Opens the directory, so that its attributes are those of what will be listed; nil when it is
  /// no directory any more.
  private mutating func enter(
    _ name: [UInt8], _ path: RelativePath, _ status: stat, from level: Level
  ) throws(FileError) -> Event? {
    let flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | linux_o_noatime
    let descriptor = resolution.open(name, beneath: level.descriptor, flags)
    guard descriptor >= 0 else {
      guard descriptor != -ENOTDIR, descriptor != -ELOOP else { return nil }
      let event = try report(-descriptor, "list", path)
      if case .vanished = event { return event }
      queued = event
      return .entry(FileEntry(path, .directory, status))
    }
    var opened = stat()
    guard fstat(descriptor, &opened) == 0 else {
      let error = errno
      _ = close(descriptor)
      return try report(error, "inspect", path)
    }
    prefix = path.bytes + [UInt8(ascii: "/")]
    levels.append(
      Level(
        descriptor: descriptor, identity: FileIdentity(opened), prefixByteCount: prefix.count))
    closeFarLevel()
    return .entry(FileEntry(path, .directory, opened))
  }

  /// The link's target, however long; nil when it is no link any more.
  private func readLink(
    _ name: [UInt8], _ path: RelativePath, _ status: stat, in level: Level
  ) throws(FileError) -> Event? {
    // A target has at most PATH_MAX - 1 = 4,095 bytes.
    var target = [UInt8](repeating: 0, count: 4_096)
    let byteCount = target.withUnsafeMutableBytes { buffer in
      withCPath(name) { linux_read_link(level.descriptor, $0, buffer.baseAddress, buffer.count) }
    }
    guard byteCount >= 0 else {
      return errno == EINVAL ? nil : try report(errno, "read the link", path)
    }
    target.removeLast(target.count - byteCount)
    return .entry(FileEntry(path, .symbolicLink(target: target), status))
  }

  private mutating func leave() throws(FileError) {
    guard let left = levels.popLast() else { return }
    defer { if left.descriptor >= 0 { _ = close(left.descriptor) } }
    guard let level = levels.last else { return }
    prefix.removeLast(prefix.count - level.prefixByteCount)
    if level.descriptor < 0 { try reopen(from: left.descriptor) }
  }

  func subject(_ path: RelativePath) -> String {
    "\(rootName)/\(abbreviated(path.bytes))"
  }

  func path(of level: Level) -> RelativePath? {
    RelativePath(Array(prefix.prefix(level.prefixByteCount).dropLast()))
  }
}
