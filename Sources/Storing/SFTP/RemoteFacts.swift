import CSSH2

/// What a path on the server is opened for.
enum OpeningPurpose {
  case reading
  /// Writing to a file that must not exist yet.
  case creating
  case listing

  var flags: Int32 {
    switch self {
    case .reading: LIBSSH2_FXF_READ
    case .creating: LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_EXCL
    case .listing: 0
    }
  }

  var kind: Int32 { self == .listing ? LIBSSH2_SFTP_OPENDIR : LIBSSH2_SFTP_OPENFILE }
}

/// What the server says about a path.
struct RemoteStatus {
  /// The length in bytes, or nil for anything but a plain file.
  let plainByteCount: Int?
  /// When it was written, in seconds since 1970 by the server's clock; nil where it does not say.
  let modificationTime: Int64?

  init(_ attributes: LIBSSH2_SFTP_ATTRIBUTES) {
    let needed = UInt(LIBSSH2_SFTP_ATTR_SIZE | LIBSSH2_SFTP_ATTR_PERMISSIONS)
    let isPlain =
      attributes.flags & needed == needed
      && attributes.permissions & UInt(LIBSSH2_SFTP_S_IFMT) == UInt(LIBSSH2_SFTP_S_IFREG)
    plainByteCount = isPlain ? Int(exactly: attributes.filesize) : nil
    let hasTimes = attributes.flags & UInt(LIBSSH2_SFTP_ATTR_ACMODTIME) != 0
    modificationTime = hasTimes ? Int64(exactly: attributes.mtime) : nil
  }
}

/// How much room the file system behind a path has for this user.
struct RemoteSpace {
  /// Free bytes; nil when the server's numbers make no sense.
  let freeByteCount: Int?
  /// Whether files can still be created; true where the file system does not count them.
  let hasFreeNodes: Bool

  init(_ values: LIBSSH2_SFTP_STATVFS) {
    let (product, overflow) = values.f_bavail.multipliedReportingOverflow(by: values.f_frsize)
    freeByteCount = overflow ? nil : Int(exactly: product)
    hasFreeNodes = values.f_files == 0 || values.f_favail > 0
  }
}
