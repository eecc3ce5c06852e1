import Glibc

/// A moment as file systems keep it.
package struct FileTime: Sendable, Hashable {
  /// Seconds since 1970 began in UTC; negative before.
  package let seconds: Int64
  /// Nanoseconds after the second, 0 to 999,999,999.
  package let nanoseconds: UInt32

  /// A moment, or the last nanosecond of its second when `nanoseconds` is beyond it.
  package init(seconds: Int64, nanoseconds: UInt32) {
    self.seconds = seconds
    self.nanoseconds = min(nanoseconds, 999_999_999)
  }

  init(_ time: timespec) {
    self.init(seconds: Int64(time.tv_sec), nanoseconds: UInt32(clamping: time.tv_nsec))
  }

  var timespec: timespec {
    Glibc.timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
  }
}

/// What is restored of an entry besides its name and content.
package struct FileAttributes: Sendable, Hashable {
  /// Twelve bits: set-user-ID, set-group-ID, sticky, and three times read, write, execute.
  package let mode: UInt16
  /// The number of the user who owns the entry.
  package let owner: UInt32
  /// The number of the group that owns the entry.
  package let group: UInt32
  /// When the content last changed.
  package let modificationTime: FileTime

  /// Attributes; bits of `mode` above the twelve are dropped.
  package init(mode: UInt16, owner: UInt32, group: UInt32, modificationTime: FileTime) {
    self.mode = mode & 0o7777
    self.owner = owner
    self.group = group
    self.modificationTime = modificationTime
  }

  init(_ status: stat) {
    self.init(
      mode: UInt16(status.st_mode & 0o7777), owner: status.st_uid, group: status.st_gid,
      modificationTime: FileTime(status.st_mtim))
  }
}

/// Which object on this machine a name leads to; names with equal identities are hard links.
package struct FileIdentity: Sendable, Hashable {
  /// The number of the file system.
  package let device: UInt64
  /// The number of the object in its file system.
  package let inode: UInt64

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}

/// One entry of a directory tree as it was when it was looked at.
package struct FileEntry: Sendable, Hashable {
  /// What an entry is, with what only that kind has.
  package enum Kind: Sendable, Hashable {
    /// A directory.
    case directory
    /// A file with content.
    case regular(byteCount: UInt64)
    /// A link, with the bytes it holds; they are never followed and may lead nowhere.
    case symbolicLink(target: [UInt8])
    /// Something that has no content to back up; it is reported and left out.
    case special(Special)
  }

  /// The kinds of entry that have no content.
  package enum Special: Sendable, Hashable {
    /// A named pipe.
    case fifo
    /// A listening place of a local server.
    case socket
    /// A device.
    case device
  }

  /// Where it is beneath the root.
  package let path: RelativePath
  /// What it is.
  package let kind: Kind
  /// What a restore gives back.
  package let attributes: FileAttributes
  /// When content or attributes last changed; no program can set it.
  package let changeTime: FileTime
  /// Which object it is on this machine.
  package let identity: FileIdentity
  /// How many names lead to it; above 1, other names of it may be in the tree.
  package let linkCount: UInt64

  init(_ path: RelativePath, _ kind: Kind, _ status: stat) {
    self.path = path
    self.kind = kind
    attributes = FileAttributes(status)
    changeTime = FileTime(status.st_ctim)
    identity = FileIdentity(status)
    linkCount = UInt64(status.st_nlink)
  }
}

extension FileEntry.Kind {
  /// The kind that a status tells by itself, or nil for a link, whose target must be read.
  init?(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFDIR: self = .directory
    case S_IFREG: self = .regular(byteCount: UInt64(clamping: status.st_size))
    case S_IFLNK: return nil
    case S_IFIFO: self = .special(.fifo)
    case S_IFSOCK: self = .special(.socket)
    default: self = .special(.device)
    }
  }
}
