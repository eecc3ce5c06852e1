import CLinux
import Glibc

/// An open directory beneath which entries are read: the root of a walk and of what it found.
package struct TreeRoot: ~Copyable, Sendable {
  /// The path as the administrator gave it, escaped, for messages.
  package let name: String
  /// The root's own mode, owner and time, when it was opened.
  package let attributes: FileAttributes
  let descriptor: Descriptor
  let resolution: PathResolution

  /// Opens the directory at a path.
  ///
  /// A symbolic link is followed here, and only here: where the root lies is the administrator's
  /// choice. `resolution` nil takes the best the kernel has. Throws `missing` when there is
  /// nothing, `refused` when it is no directory or permissions forbid it.
  package init(_ path: String, resolution: PathResolution? = nil) throws(FileError) {
    let name = abbreviated(path.utf8)
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    guard !path.utf8.contains(0) else {
      throw FileError(.refused, "the path \(name) holds a NUL; correct it")
    }
    let number = Glibc.open(path, flags)
    guard number >= 0 else {
      guard errno == ENOTDIR else { throw .system(errno, "open the directory", name) }
      throw FileError(.refused, "\(name) is not a directory; name the directory that holds it")
    }
    let descriptor = Descriptor(owning: number)
    attributes = FileAttributes(try Descriptor.status(of: number, name))
    self.descriptor = descriptor
    self.resolution = resolution ?? .detected(on: number)
    self.name = name
  }

  /// How messages name an entry.
  func subject(_ path: RelativePath) -> String {
    "\(name)/\(abbreviated(path.bytes))"
  }
}
