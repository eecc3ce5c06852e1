import CLinux
import Glibc

/// One regular file, open for reading, that notices when it changes meanwhile.
package struct FileReader: ~Copyable, Sendable {
  /// What about a file is no longer as it was.
  package struct Changes: OptionSet, Sendable {
    /// The set as bits.
    package let rawValue: UInt8

    /// A set of these bits.
    package init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    /// The file is longer or shorter.
    package static let byteCount = Changes(rawValue: 1)
    /// The content was written.
    package static let modificationTime = Changes(rawValue: 2)
    /// Content, mode, owner, times or the number of links changed.
    package static let changeTime = Changes(rawValue: 4)
  }

  /// The file as it was when it was opened: these attributes belong to the content read.
  ///
  /// They may be newer than those of the walk, if the file was written in between.
  package let entry: FileEntry
  /// The file's length when it was opened, in bytes.
  package let byteCount: UInt64
  private let descriptor: Descriptor
  private let rootName: String

  /// Opens `entry` beneath `root`; it must still be a regular file, and the same object unless it may
  /// have been replaced.
  init(
    _ entry: FileEntry, in root: borrowing TreeRoot, mayBeReplaced: Bool
  ) throws(FileError) {
    // A FIFO that took the file's place must not block the open.
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | linux_o_noatime
    let number = root.resolution.open(entry.path.bytes, beneath: root.descriptor.number, flags)
    guard number >= 0 else { throw Self.openingError(-number, root.subject(entry.path)) }
    let descriptor = Descriptor(owning: number)
    let status = try Descriptor.status(of: number, root.subject(entry.path))
    guard mayBeReplaced || FileIdentity(status) == entry.identity,
      case .regular(let byteCount) = FileEntry.Kind(status)
    else { throw Self.replaced(root.subject(entry.path)) }
    self.entry = FileEntry(entry.path, .regular(byteCount: byteCount), status)
    self.byteCount = byteCount
    rootName = root.name
    self.descriptor = descriptor
  }

  private var subject: String {
    "\(rootName)/\(abbreviated(entry.path.bytes))"
  }

  private static func openingError(_ number: Int32, _ subject: String) -> FileError {
    switch number {
    // A link, a socket or a file in the place of a directory: it was none of these when it was met.
    case ELOOP, ENXIO, ENOTDIR, ENODEV: replaced(subject)
    default: .system(number, "open", subject)
    }
  }

  private static func replaced(_ subject: String) -> FileError {
    FileError(.changed, "\(subject) was replaced after it was listed; the next run reads it")
  }

  /// The first stretch of the file that holds data and ends after `offset`, cut to begin there.
  ///
  /// Nil when only a hole, or nothing, follows. What lies between two stretches reads as zeros. A
  /// file system that knows no holes gives all the rest as one stretch.
  package func dataExtent(atOrAfter offset: UInt64) throws(FileError) -> Range<UInt64>? {
    guard offset < byteCount else { return nil }
    let start = lseek(descriptor.number, Int(offset), linux_seek_data)
    if start < 0 {
      // ENXIO: nothing but a hole up to the end.
      if errno == ENXIO { return nil }
      guard errno == EINVAL || errno == EOPNOTSUPP else {
        throw .system(errno, "find the holes of", subject)
      }
      return offset..<byteCount
    }
    guard UInt64(start) < byteCount else { return nil }
    let end = lseek(descriptor.number, start, linux_seek_hole)
    guard end > start else {
      throw FileError(.changed, "\(subject) shrank while it was read; the next run reads it")
    }
    return UInt64(start)..<min(UInt64(end), byteCount)
  }

  /// Fills `buffer` with the file's bytes from `offset` on and returns how many were placed: all it
  /// takes, or fewer where the file ends, counted by its length when it was opened.
  ///
  /// Throws `changed` when the file has become shorter than that. Bytes it gained are not read.
  package func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(FileError) -> Int {
    let rest = byteCount - min(offset, byteCount)
    let wanted = Int(min(UInt64(buffer.byteCount), rest))
    var done = 0
    while done < wanted {
      let count = buffer.withUnsafeMutableBytes { bytes in
        let piece = UnsafeMutableRawBufferPointer(rebasing: bytes[done..<wanted])
        return pread(descriptor.number, piece.baseAddress, piece.count, Int(offset) + done)
      }
      if count < 0 {
        guard errno == EINTR else { throw .system(errno, "read", subject) }
      } else if count == 0 {
        throw FileError(.changed, "\(subject) shrank while it was read; the next run reads it")
      }
      done += max(count, 0)
    }
    return done
  }

  /// What has changed since the file was opened; asked after the last read, an empty answer says
  /// that what was read is one state of the file, as far as its times can tell.
  package func changes() throws(FileError) -> Changes {
    let status = try Descriptor.status(of: descriptor.number, subject)
    var changes: Changes = []
    if UInt64(clamping: status.st_size) != byteCount { changes.insert(.byteCount) }
    if FileTime(status.st_mtim) != entry.attributes.modificationTime {
      changes.insert(.modificationTime)
    }
    if FileTime(status.st_ctim) != entry.changeTime { changes.insert(.changeTime) }
    return changes
  }
}

extension TreeRoot {
  /// Opens a regular file that a walk of this root met, following no symbolic link.
  ///
  /// With `mayBeReplaced` it may be another regular file by now, as servers write files anew and
  /// rename them. Throws `missing` when it is gone, `changed` when something else has taken its place,
  /// `refused` when permissions forbid it.
  package func open(
    _ entry: FileEntry, mayBeReplaced: Bool = false
  ) throws(FileError) -> FileReader {
    try FileReader(entry, in: self, mayBeReplaced: mayBeReplaced)
  }
}
