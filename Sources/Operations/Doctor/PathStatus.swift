internal import Foundation

/// What the file system says of a path, links followed.
struct PathStatus {
  let user: uid_t
  let group: gid_t
  /// The permission bits.
  let mode: mode_t
  let isDirectory: Bool
  let byteCount: Int
  private let device: dev_t

  /// Nil where nothing is there, or nobody says.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (user, group, device) = (status.st_uid, status.st_gid, status.st_dev)
    mode = status.st_mode & 0o7777
    isDirectory = status.st_mode & S_IFMT == S_IFDIR
    byteCount = Int(status.st_size)
  }

  /// Whether both lie on one file system.
  func shares(with other: PathStatus) -> Bool { device == other.device }

  /// The permission bits as people write them.
  var modeText: String { String(mode, radix: 8) }

  /// The owner's name, or its number where nobody has it.
  var owner: String { Self.name(of: user) }

  /// A user's name, or its number where nobody has it.
  static func name(of user: uid_t) -> String {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    // The longest line that the library's own limits let a password file have, many times over.
    var buffer = [CChar](repeating: 0, count: 64 << 10)
    guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil,
      let name = entry.pw_name
    else { return "\(user)" }
    return String(cString: name)
  }

  /// Bytes that this user may still write on the file system of a path; nil where nobody says.
  static func freeByteCount(at path: String) -> Int? {
    var space = statvfs()
    guard statvfs(path, &space) == 0 else { return nil }
    let (product, overflow) = Int(space.f_bavail).multipliedReportingOverflow(
      by: Int(space.f_frsize))
    return overflow ? nil : product
  }
}
