import Glibc

/// Why a file or directory could not be read or written.
package struct FileError: Error, Sendable, Hashable {
  /// What a caller may decide by; the message is for people.
  package enum Code: Sendable {
    /// The object is not there.
    case missing
    /// Permissions, or a rule of this module such as "never through a symbolic link", forbid it.
    case refused
    /// The disk or the record that describes the file is broken.
    case damaged
    /// The object is no longer the one that was seen; the next run may find it at rest.
    case changed
    /// No space or no quota is left.
    case full
    /// Anything else the system answered.
    case failed
  }

  /// The kind of failure.
  package let code: Code
  /// What failed, on which object, why, and what to do next.
  package let message: String

  /// An error with a message that names the object and the remedy.
  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The error for a failed system call: `action` is what could not be done to `subject`.
  static func system(_ number: Int32, _ action: String, _ subject: String) -> FileError {
    let (code, remedy) = verdict(number)
    let reason = String(cString: strerror(number))
    return FileError(code, "cannot \(action) \(subject): \(reason); \(remedy)")
  }

  private static func verdict(_ number: Int32) -> (Code, String) {
    switch number {
    case ENOENT, ESTALE: (.missing, "check the path and that its file system is mounted")
    case EACCES, EPERM: (.refused, "run as a user who may, or change the owner or mode")
    case EROFS: (.refused, "mount the file system writable or choose another directory")
    case EEXIST, ENOTEMPTY: (.refused, "somebody else writes there; choose an empty directory")
    case ELOOP, EXDEV, ENOTDIR:
      (.refused, "a symbolic link, which is never followed, or a file is in the way; remove it")
    case EIO, EUCLEAN, EBADMSG: (.damaged, "check the disk and the kernel's log")
    case ENOSPC, EDQUOT: (.full, "free space or raise the quota and start again")
    case EMFILE, ENFILE: (.failed, "raise the limit of open files")
    case EFBIG, ENAMETOOLONG, EINVAL: (.failed, "the file system cannot hold it; choose another")
    default: (.failed, "try again, and look at the kernel's log if it stays")
    }
  }

  /// Whether the machine, not the object, is at fault, so that going on to the next object is wrong.
  static func isExhaustion(_ number: Int32) -> Bool {
    number == EMFILE || number == ENFILE || number == ENOMEM
  }
}
