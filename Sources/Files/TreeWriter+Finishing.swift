import CLinux
import Glibc

/// How entries get their owner, mode and time, and how all becomes durable.
extension TreeWriter {
  /// Settles what is not settled, deepest first, and writes everything through to the disk.
  ///
  /// Returns what was done. Nothing is to be created or written afterwards.
  package mutating func finish() throws(FileError) -> RestoreReport {
    // A directory's number is smaller than those of everything beneath it, so going downwards
    // settles content before the directory whose time it would change.
    for number in table.nodes.indices.reversed().map(UInt32.init) {
      switch table[number].kind {
      case .file: try close(File(number: number))
      case .directory: try settleDirectory(number)
      case .link, .alias: break
      }
    }
    guard linux_sync_file_system(target.number) == 0 else {
      throw .system(errno, "write through to the disk all of", targetName)
    }
    return report
  }

  private mutating func settleDirectory(_ number: UInt32) throws(FileError) {
    guard !table[number].isSettled else { return }
    if table[number].attributes != nil {
      try settle(number, openDirectory(number))
    } else if number != NodeTable.target {
      report.undescribedDirectories.add(RelativePath(table.path(of: number)))
    }
    table[number].isSettled = true
  }

  /// Gives an open file or directory its owner, then its mode, which changing the owner may cut,
  /// then its time.
  mutating func settle(_ number: UInt32, _ descriptor: Int32) throws(FileError) {
    guard let attributes = table[number].attributes else { return }
    let path = table.path(of: number)
    let isOwned = try settleOwner(descriptor, attributes, path)
    let setID = UInt16(0o6000)
    var mode = attributes.mode
    // With another owner than recorded the bits would lend that one's rights: root's, as a rule.
    if mode & setID != 0, !(options.restoresSetID && isOwned) {
      mode &= ~setID
      report.withoutSetID.add(RelativePath(path))
    }
    guard fchmod(descriptor, mode_t(mode)) == 0 else {
      throw .system(errno, "set the mode of", subject(path))
    }
    guard futimens(descriptor, times(attributes)) == 0 else {
      throw .system(errno, "set the time of", subject(path))
    }
    try compareTime(descriptor, attributes, path)
    table[number].isSettled = true
  }

  /// Settles a symbolic link at once, through a descriptor of the link itself: should somebody have
  /// put another object there, that object keeps its owner and time.
  mutating func settleLink(
    _ path: RelativePath, _ linkTarget: [UInt8], in directory: Int32, _ attributes: FileAttributes
  ) throws(FileError) -> FileIdentity {
    let number = withCPath(path.name) {
      linux_open_at(directory, $0, linux_o_path | O_NOFOLLOW | O_CLOEXEC, 0)
    }
    guard number >= 0 else { throw .system(errno, "open the link", subject(path)) }
    let link = Descriptor(owning: number)
    let status = try Descriptor.status(of: link.number, subject(path))
    guard status.st_mode & S_IFMT == S_IFLNK, status.st_nlink == 1,
      holds(link.number, linkTarget)
    else { throw replaced(path.bytes) }
    _ = try settleOwner(link.number, attributes, path.bytes)
    guard utimensat(link.number, "", times(attributes), linux_at_empty_path) == 0 else {
      throw .system(errno, "set the time of the link", subject(path))
    }
    try compareTime(link.number, attributes, path.bytes)
    return FileIdentity(status)
  }

  private func holds(_ link: Int32, _ target: [UInt8]) -> Bool {
    var found = [UInt8](repeating: 0, count: target.count + 1)
    let byteCount = found.withUnsafeMutableBytes {
      linux_read_link(link, "", $0.baseAddress, $0.count)
    }
    return byteCount == target.count && found.starts(with: target)
  }

  /// Gives the owner if that is asked for; says whether the entry now belongs to whom it did.
  private mutating func settleOwner(
    _ descriptor: Int32, _ attributes: FileAttributes, _ path: [UInt8]
  ) throws(FileError) -> Bool {
    if options.restoresOwners, geteuid() == 0 {
      let result = fchownat(
        descriptor, "", attributes.owner, attributes.group, linux_at_empty_path)
      if result == 0 { return true }
      // A container's root may not own everything: told, like an owner nobody asked for.
      guard errno == EPERM || errno == EINVAL else {
        throw .system(errno, "set the owner of", subject(path))
      }
    }
    let status = try Descriptor.status(of: descriptor, subject(path))
    let isOwned = status.st_uid == attributes.owner && status.st_gid == attributes.group
    if !isOwned { report.ownedOtherwise.add(RelativePath(path)) }
    return isOwned
  }

  /// File systems cut times they cannot keep without a word.
  private mutating func compareTime(
    _ descriptor: Int32, _ attributes: FileAttributes, _ path: [UInt8]
  ) throws(FileError) {
    let status = try Descriptor.status(of: descriptor, subject(path))
    guard FileTime(status.st_mtim) != attributes.modificationTime else { return }
    report.timedOtherwise.add(RelativePath(path))
  }

  /// Access time left alone, modification time as recorded.
  private func times(_ attributes: FileAttributes) -> [timespec] {
    [timespec(tv_sec: 0, tv_nsec: linux_utime_omit), attributes.modificationTime.timespec]
  }
}
