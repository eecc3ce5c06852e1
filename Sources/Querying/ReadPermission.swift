import Glibc

/// Decides as whom a live database may be opened, so that no file appears that its server cannot
/// use.
///
/// The first to open a database in WAL mode creates `-wal` and `-shm` as itself; files of another
/// user leave the server unable to write.
struct ReadPermission: Equatable {
  /// The effective user of this process.
  var effectiveUser: uid_t
  /// The owner of the database file.
  var owner: FileIdentity
  /// Whether both `-wal` and `-shm` exist.
  var hasCompanions: Bool
  /// Whether this process could create a file beside the database.
  var canCreateFiles: Bool

  /// Examines a database file, its companions and its directory.
  init(path: String) throws(QueryError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw SystemFailure.error("cannot examine", path, errno)
    }
    effectiveUser = geteuid()
    owner = FileIdentity(user: status.st_uid, group: status.st_gid)
    hasCompanions = ["-wal", "-shm"].allSatisfy { access(path + $0, F_OK) == 0 }
    let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    canCreateFiles = access(directory.isEmpty ? "/" : directory, W_OK) == 0
  }

  init(effectiveUser: uid_t, owner: FileIdentity, hasCompanions: Bool, canCreateFiles: Bool) {
    self.effectiveUser = effectiveUser
    self.owner = owner
    self.hasCompanions = hasCompanions
    self.canCreateFiles = canCreateFiles
  }

  /// The identity to assume while opening and closing; `nil` to stay as one is.
  ///
  /// - Throws: `refused` if opening could create a file that belongs to somebody else.
  func identity(path: String) throws(QueryError) -> FileIdentity? {
    if effectiveUser == owner.user { return nil }
    if effectiveUser == 0 { return owner }
    // Between this look and the opening the server can stop and remove its files, so their presence
    // counts only where we could not create them anew.
    guard hasCompanions, !canCreateFiles else {
      throw QueryError(
        .refused,
        """
        \(path) belongs to user \(owner.user), and reading it as user \(effectiveUser) could create \
        \(path)-wal or \(path)-shm as a user whose files the server cannot write; \
        run as root or as the file's owner.
        """)
    }
    return nil
  }
}
