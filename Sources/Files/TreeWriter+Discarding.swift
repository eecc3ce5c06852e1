import CLinux
import Glibc

/// How files go whose content cannot be had.
extension TreeWriter {
  /// Takes files away again, with all their names: half a file must not be taken for a whole one.
  ///
  /// Returns how many names went, and some of them.
  package mutating func discard(_ unwanted: Set<File>) throws(FileError) -> RestoreReport.Sample {
    var gone = RestoreReport.Sample()
    let identities = Set(unwanted.map { table[$0.number].identity })
    for number in table.nodes.indices.map(UInt32.init) {
      let node = table[number]
      guard node.kind == .file || node.kind == .alias, identities.contains(node.identity) else {
        continue
      }
      try remove(number, node)
      gone.add(RelativePath(table.path(of: number)))
    }
    return gone
  }

  private mutating func remove(_ number: UInt32, _ node: NodeTable.Node) throws(FileError) {
    if node.kind == .file {
      // What was written of it is of no use, so how the close ends does not matter.
      _ = files.close(number)
      report.fileCount -= 1
    } else {
      report.hardLinkCount -= 1
    }
    let directory = try openDirectory(node.parent)
    var status = stat()
    let isOurs = withCPath(table.name(of: number)) { name in
      fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && node.isCreated(status)
    }
    guard isOurs else { throw replaced(table.path(of: number)) }
    guard withCPath(table.name(of: number), { unlinkat(directory, $0, 0) }) == 0 else {
      throw .system(errno, "take away", subject(number))
    }
    table[number].isSettled = true
  }
}
