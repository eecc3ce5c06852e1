import CLinux
import Glibc

/// How the writer finds its own directories again, and only those.
extension TreeWriter {
  /// The node of the directory that holds `path`, with every directory on the way created.
  mutating func parentNumber(of path: RelativePath) throws(FileError) -> UInt32 {
    var number = NodeTable.target
    for name in path.components.dropLast() {
      if let known = table.number(of: name, in: number) {
        guard table[known].kind == .directory else {
          throw FileError(
            .refused,
            "\(subject(path)) lies beneath \(subject(known)), which is no directory; "
              + "check the backup")
        }
        number = known
      } else {
        number = try createDirectory(name, in: number)
      }
    }
    return number
  }

  /// Creates a directory for the owner only and adds its node.
  mutating func createDirectory(
    _ name: ArraySlice<UInt8>, in parent: UInt32
  ) throws(FileError) -> UInt32 {
    let directory = try openDirectory(parent)
    let prefix = parent == NodeTable.target ? [] : table.path(of: parent) + [UInt8(ascii: "/")]
    let path = prefix + name
    guard withCPath(name, { mkdirat(directory, $0, 0o700) }) == 0 else {
      throw .system(errno, "create the directory", subject(path))
    }
    let descriptor = resolution.open(name, beneath: directory, O_RDONLY | O_DIRECTORY)
    guard descriptor >= 0 else {
      if descriptor == -ELOOP || descriptor == -ENOTDIR { throw replaced(path) }
      throw .system(-descriptor, "open the directory", subject(path))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = errno
      _ = Glibc.close(descriptor)
      throw .system(error, "inspect", subject(path))
    }
    let number = table.add(name, in: parent, .directory, FileIdentity(status))
    _ = directories.insert(descriptor, for: number)
    report.directoryCount += 1
    return number
  }

  /// The open directory of that node; open until the next directory is opened.
  mutating func openDirectory(_ number: UInt32) throws(FileError) -> Int32 {
    var missing: [UInt32] = []
    var current = number
    while current != NodeTable.target, directories.descriptor(of: current) == nil {
      missing.append(current)
      current = table[current].parent
    }
    var descriptor = directories.descriptor(of: current) ?? target.number
    for next in missing.reversed() {
      let opened = resolution.open(
        table.name(of: next), beneath: descriptor, O_RDONLY | O_DIRECTORY)
      descriptor = try check(opened, is: next)
      _ = directories.insert(descriptor, for: next)
    }
    return descriptor
  }

  /// The descriptor, if opening succeeded and it is the very object that was created for the node.
  func check(_ descriptor: Int32, is number: UInt32) throws(FileError) -> Int32 {
    guard descriptor >= 0 else {
      switch -descriptor {
      case ELOOP, ENOTDIR, EISDIR, ENOENT, ENXIO, EXDEV: throw replaced(table.path(of: number))
      default: throw .system(-descriptor, "open", subject(number))
      }
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, table[number].isCreated(status) else {
      _ = Glibc.close(descriptor)
      throw replaced(table.path(of: number))
    }
    return descriptor
  }

  func subject(_ path: RelativePath) -> String {
    subject(path.bytes)
  }

  func subject(_ number: UInt32) -> String {
    subject(table.path(of: number))
  }

  func subject(_ path: some Collection<UInt8>) -> String {
    path.isEmpty ? targetName : "\(targetName)/\(abbreviated(path))"
  }

  func replaced(_ path: some Collection<UInt8>) -> FileError {
    FileError(
      .refused,
      "\(subject(path)) was replaced while it was restored; restore into a directory that nobody "
        + "else may write to")
  }

  func alreadyThere(_ path: RelativePath) -> FileError {
    FileError(.refused, "\(subject(path)) is recorded twice; check the backup")
  }
}
