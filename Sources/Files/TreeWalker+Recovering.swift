import CLinux
import Glibc

/// How a walk goes on after failures, and on trees deeper than it keeps directories open.
extension TreeWalker {
  /// The event for an error that concerns one entry.
  func report(
    _ number: Int32, _ action: String, _ path: RelativePath
  ) throws(FileError) -> Event {
    let error = FileError.system(number, action, subject(path))
    if FileError.isExhaustion(number) { throw error }
    return error.code == .missing ? .vanished(path) : .unreadable(path, error)
  }

  /// The event for a name that no ``RelativePath`` can hold, told of the directory it is in.
  func unnameable(_ name: [UInt8], in level: Level) throws(FileError) -> Event {
    let problem =
      "holds the name \(abbreviated(name)), which is not valid or makes a path of more than "
      + "\(RelativePath.maximumByteCount) bytes; move or rename it"
    guard let holder = path(of: level) else { throw FileError(.refused, "\(rootName) \(problem)") }
    let error = FileError(.refused, "\(subject(holder)) \(problem)")
    return .unreadable(holder, error)
  }

  /// Closes the directory that is now too far up; it is opened again on the way back.
  mutating func closeFarLevel() {
    let far = levels.count - Self.maximumOpenDirectoryCount - 1
    guard levels.indices.contains(far), levels[far].descriptor >= 0 else { return }
    _ = close(levels[far].descriptor)
    levels[far].descriptor = -1
  }

  /// Opens the now deepest directory again, from the child just left, or else from the root.
  mutating func reopen(from child: Int32) throws(FileError) {
    guard let depth = levels.indices.last else { return }
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    if child >= 0, adopt(linux_open_at(child, "..", flags, 0), at: depth) { return }
    guard let path = path(of: levels[depth]) else {
      levels[depth].descriptor = try Descriptor.duplicate(of: root.number, rootName)
      return
    }
    let descriptor = resolution.open(path.bytes, beneath: root.number, flags)
    guard !adopt(descriptor, at: depth), !levels[depth].names.isExhausted else { return }
    levels[depth].names = NameList()
    queued =
      descriptor < 0
      ? try report(-descriptor, "list", path)
      : .unreadable(
        path,
        FileError(
          .changed, "\(subject(path)) was replaced while it was read; the next run reads it"))
  }

  /// Takes the descriptor for the level if it is open and still that directory.
  private mutating func adopt(_ descriptor: Int32, at depth: Int) -> Bool {
    guard descriptor >= 0 else { return false }
    var status = stat()
    guard fstat(descriptor, &status) == 0, FileIdentity(status) == levels[depth].identity else {
      _ = close(descriptor)
      return false
    }
    levels[depth].descriptor = descriptor
    return true
  }
}
