import CSQLite
import Glibc

/// The user and group as which a thread opens and creates files.
struct FileIdentity: Equatable {
  let user: uid_t
  let group: gid_t

  /// Runs `body` with the calling thread's file access as this identity, and puts the old one back.
  ///
  /// On Linux the file system identity belongs to the thread alone; away from root the kernel also
  /// takes the thread's power to override permissions.
  func run<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    let formerGroup = gid_t(bitPattern: setfsgid(group))
    let formerUser = uid_t(bitPattern: setfsuid(user))
    defer {
      setfsuid(formerUser)
      setfsgid(formerGroup)
    }
    try body()
  }

  /// The identity in force on the calling thread.
  static var current: FileIdentity {
    // An id that cannot exist changes nothing and returns the one in force.
    FileIdentity(
      user: uid_t(bitPattern: setfsuid(uid_t.max)), group: gid_t(bitPattern: setfsgid(gid_t.max)))
  }
}
