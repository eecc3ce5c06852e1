import CLinux
import Glibc

/// Writes a tree beneath an empty directory and nowhere else.
///
/// Everything is created exclusively, by its name in a directory that is open and known to be the
/// one created before; no symbolic link is followed, whoever puts it there and whenever. Until
/// ``finish()`` all is for the owner only (0600, 0700). Entries may come in any order: directories
/// that are missing on the way are created and described later.
package struct TreeWriter: ~Copyable, Sendable {
  /// What a restore may do besides creating entries.
  package struct Options: Sendable {
    /// Gives entries their recorded user and group; only root can.
    package var restoresOwners = false
    /// Gives back set-user-ID and set-group-ID bits, which let a program run as its owner.
    package var restoresSetID = false

    /// Options that leave both out.
    package init() {}
  }

  /// A file that was created and whose content may be written.
  package struct File: Sendable, Hashable {
    let number: UInt32
  }

  let options: Options
  let targetName: String
  let target: Descriptor
  let resolution: PathResolution
  var table: NodeTable
  var directories = DescriptorCache()
  var files = DescriptorCache()
  var report = RestoreReport()

  /// Opens `target`, which must be an empty directory, or creates it with mode 0700 in a directory
  /// that exists.
  ///
  /// Throws `refused` when it is a symbolic link, no directory, or not empty. `resolution` nil takes
  /// the best the kernel has.
  package init(
    target path: String, options: Options = Options(), resolution: PathResolution? = nil
  ) throws(FileError) {
    let name = abbreviated(path.utf8)
    let number = try Self.openEmptyDirectory(path, name)
    let target = Descriptor(owning: number)
    table = NodeTable(target: FileIdentity(try Descriptor.status(of: number, name)))
    self.target = target
    self.options = options
    self.resolution = resolution ?? .detected(on: number)
    targetName = name
  }

  private static func openEmptyDirectory(
    _ path: String, _ name: String
  ) throws(FileError) -> Int32 {
    // A slash at the end would make the system follow a symbolic link.
    var path = path
    while path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw FileError(.refused, "the target '\(name)' is no usable path; name a directory")
    }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw .system(errno, "create the target", name)
    }
    let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard number >= 0 else {
      throw FileError.system(errno, "open the target directory", name)
    }
    var error: Int32 = 0
    let isEmpty = NameList(listing: number, error: &error).isExhausted
    guard error == 0, isEmpty else {
      _ = Glibc.close(number)
      if error != 0 { throw FileError.system(error, "list the target", name) }
      throw FileError(
        .refused, "the target \(name) is not empty; name an empty directory or one to be created")
    }
    return number
  }

  /// Says what the target directory itself gets in ``finish()``; without this it stays as it is.
  package mutating func describeTarget(_ attributes: FileAttributes) {
    table[NodeTable.target].attributes = attributes
  }

  /// Creates a directory, or describes one that was created on the way to another entry.
  package mutating func makeDirectory(
    _ path: RelativePath, _ attributes: FileAttributes
  ) throws(FileError) {
    let parent = try parentNumber(of: path)
    let number: UInt32
    if let known = table.number(of: path.name, in: parent) {
      guard table[known].kind == .directory, table[known].attributes == nil else {
        throw alreadyThere(path)
      }
      number = known
    } else {
      number = try createDirectory(path.name, in: parent)
    }
    table[number].attributes = attributes
  }

  /// Creates a file of `byteCount` bytes that is one hole, to be filled by ``write(_:to:at:)``.
  ///
  /// Throws `full` when the file system cannot hold it, `refused` when the name is taken.
  package mutating func makeFile(
    _ path: RelativePath, byteCount: UInt64, _ attributes: FileAttributes
  ) throws(FileError) -> File {
    guard byteCount <= UInt64(Int64.max) else {
      throw FileError(.damaged, "\(subject(path)) cannot have \(byteCount) bytes; check the backup")
    }
    let parent = try parentNumber(of: path)
    let directory = try openDirectory(parent)
    let flags = O_WRONLY | O_CREAT | O_EXCL
    let descriptor = resolution.open(path.name, beneath: directory, flags, mode: 0o600)
    guard descriptor >= 0 else { throw .system(-descriptor, "create the file", subject(path)) }
    var status = stat()
    guard ftruncate(descriptor, Int(byteCount)) == 0, fstat(descriptor, &status) == 0 else {
      let error = errno
      _ = Glibc.close(descriptor)
      throw .system(error, "give \(byteCount) bytes to", subject(path))
    }
    let number = table.add(path.name, in: parent, .file, FileIdentity(status))
    table[number].attributes = attributes
    table[number].byteCount = byteCount
    report.fileCount += 1
    try keep(descriptor, ofFile: number)
    return File(number: number)
  }

  /// Creates a symbolic link that holds `target`, whatever it leads to.
  package mutating func makeSymbolicLink(
    _ path: RelativePath, target linkTarget: [UInt8], _ attributes: FileAttributes
  ) throws(FileError) {
    // PATH_MAX is 4,096 with the final NUL.
    guard (1...4_095).contains(linkTarget.count), !linkTarget.contains(0) else {
      throw FileError(.damaged, "the link \(subject(path)) has no valid target; check the backup")
    }
    let parent = try parentNumber(of: path)
    let directory = try openDirectory(parent)
    let result = withCPath(linkTarget) { target in
      withCPath(path.name) { symlinkat(target, directory, $0) }
    }
    guard result == 0 else { throw .system(errno, "create the link", subject(path)) }
    report.symbolicLinkCount += 1
    let identity = try settleLink(path, linkTarget, in: directory, attributes)
    let number = table.add(path.name, in: parent, .link, identity)
    table[number].attributes = attributes
    table[number].isSettled = true
  }

  /// Gives a file or symbolic link that was created before one more name.
  ///
  /// Throws `missing` when nothing was created at `existing`, `refused` when it is a directory, the
  /// name is taken, or somebody put something else in its place.
  package mutating func makeHardLink(
    _ path: RelativePath, to existing: RelativePath
  ) throws(FileError) {
    guard let source = table.number(at: existing) else {
      throw FileError(
        .missing,
        "\(subject(path)) is one more name of \(existing), which was not restored; restore it first"
      )
    }
    guard table[source].kind != .directory else {
      throw FileError(.refused, "\(existing) is a directory and cannot be linked; check the backup")
    }
    let from = try Descriptor(
      owning: Descriptor.duplicate(of: openDirectory(table[source].parent), targetName))
    let parent = try parentNumber(of: path)
    let directory = try openDirectory(parent)
    let node = table[source]
    var status = stat()
    let error = withCPath(path.name) { name -> Int32 in
      let result = withCPath(existing.name) { linkat(from.number, $0, directory, name, 0) }
      guard result == 0, fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
        return errno
      }
      return node.isCreated(status) ? 0 : ELOOP
    }
    guard error != ELOOP else { throw replaced(existing.bytes) }
    guard error == 0 else { throw .system(error, "link \(existing) as", subject(path)) }
    _ = table.add(path.name, in: parent, .alias, node.identity)
    report.hardLinkCount += 1
  }
}
