import CSSH2

/// The server's verdict on one request, which means that the connection is fine.
enum Verdict: Equatable {
  case done
  /// No such file.
  case absent
  /// Permission denied.
  case denied
  /// The server cannot do this at all.
  case unsupported
  /// The server says that there is no space.
  case full
  /// The answer to everything else: the name exists, the disk is full, a limit, an I/O error.
  case failed(UInt)
}

/// An open file or directory on the server.
struct RemoteHandle {
  fileprivate let raw: OpaquePointer
}

/// The verbs of SFTP version 3, one request each, over one connection.
///
/// A verb throws only when the connection is lost or the server makes no sense; whatever else it
/// answers is a ``Verdict``.
final class SFTPChannel {
  let connection: SSHConnection
  private let throttle: Throttle?
  private let raw: OpaquePointer
  /// The handles not closed yet, which libssh2 does not free by itself.
  private var handles: [OpaquePointer: RemoteHandle] = [:]

  /// Bytes in flight: OpenSSH grants 2 MiB to a channel, so more would only fill our memory.
  static let writeWindow = 2 << 20
  /// libssh2 asks for four buffers ahead, so this keeps 4 MiB of requests under way.
  static let readBuffer = 1 << 20

  /// Starts the SFTP subsystem of a connection that is logged in.
  init(over connection: SSHConnection, throttle: Throttle? = nil) throws(StoreError) {
    self.throttle = throttle
    var raw: OpaquePointer?
    let what = "starting SFTP"
    let answer: Int
    do throws(StoreError) {
      answer = try connection.finish(what) {
        raw = libssh2_sftp_init(connection.session)
        return raw == nil ? Int(libssh2_session_last_errno(connection.session)) : 0
      }
    } catch {
      // libssh2 1.10 waits on when the subsystem ends instead of answering.
      guard error.code == .unreachable else { throw error }
      throw StoreError(code: error.code, message: error.message + " If it stays so, " + Self.remedy)
    }
    guard let raw else {
      let error = connection.failure(answer, what)
      let denials = [LIBSSH2_ERROR_CHANNEL_FAILURE, LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED]
      guard denials.contains(Int32(answer)) else { throw error }
      throw StoreError(
        code: .refused, message: "\(connection.address) does not offer SFTP; " + Self.remedy)
    }
    self.raw = raw
    self.connection = connection
    connection.watch(libssh2_sftp_get_channel(raw))
    // The channel, the subsystem, and the version.
    connection.meter.add(roundTrips: 3)
  }

  private static let remedy =
    "see that the server's sshd_config has a working line Subsystem sftp internal-sftp."

  deinit {
    connection.abandon()
    for handle in handles.keys {
      SSHConnection.insist { libssh2_sftp_close_handle(handle) }
    }
    SSHConnection.insist { libssh2_sftp_shutdown(raw) }
  }

  /// Opens with `LIBSSH2_FXF` flags; a new file gets mode 0600.
  func open(_ path: String, _ purpose: OpeningPurpose) throws(StoreError) -> (
    RemoteHandle?, Verdict
  ) {
    var opened: OpaquePointer?
    let verdict = try request("opening \(path)") {
      opened = libssh2_sftp_open_ex(
        raw, path, UInt32(path.utf8.count), UInt(purpose.flags), 0o600, purpose.kind)
      return opened == nil ? Int(libssh2_session_last_errno(connection.session)) : 0
    }
    guard let opened else { return (nil, verdict) }
    let handle = RemoteHandle(raw: opened)
    handles[opened] = handle
    return (handle, verdict)
  }

  /// Closes the handle; a failed verdict can mean that written bytes are lost.
  @discardableResult
  func close(_ handle: RemoteHandle) throws(StoreError) -> Verdict {
    handles[handle.raw] = nil
    return try request("closing a file") { Int(libssh2_sftp_close_handle(handle.raw)) }
  }

  /// Writes everything, sliding a window over the bytes, which therefore must be contiguous.
  ///
  /// libssh2 queues all it is given, returns once some of it is acknowledged, and expects what is
  /// queued to be passed again: the rest of the window, never less than before.
  func write(_ bytes: [UInt8], to handle: RemoteHandle) throws(StoreError) -> Verdict {
    let window = throttle?.window(of: Self.writeWindow) ?? Self.writeWindow
    var (offset, queued) = (0, 0)
    while offset < bytes.count {
      let end = min(offset + window, bytes.count)
      try throttle?.wait(for: end - queued)
      queued = end
      var answer = 0
      let verdict = try request("writing", roundTrips: 0) {
        answer = bytes.withUnsafeBufferPointer { buffer in
          buffer.withMemoryRebound(to: CChar.self) { characters in
            libssh2_sftp_write(
              handle.raw, characters.baseAddress?.advanced(by: offset),
              end - offset)
          }
        }
        // Nothing acknowledged and nothing to send: the server's window is full until it answers.
        return answer == 0 ? Int(LIBSSH2_ERROR_EAGAIN) : answer
      }
      guard verdict == .done else { return verdict }
      offset += answer
    }
    connection.meter.add(roundTrips: (bytes.count + Self.writeWindow - 1) / Self.writeWindow)
    return .done
  }

  /// Reads exactly the bytes of the range, or fewer if the file ends before.
  func read(_ range: Range<Int>, of handle: RemoteHandle) throws(StoreError) -> ([UInt8], Verdict) {
    libssh2_sftp_seek64(handle.raw, UInt64(range.lowerBound))
    var bytes = [UInt8](repeating: 0, count: range.count)
    var filled = 0
    while filled < bytes.count {
      let left = bytes.count - filled
      // libssh2 asks for four buffers at once, so a quarter of the rest keeps what is asked for and
      // not wanted to about one request of 30,000 bytes.
      let wanted = left <= 1_024 ? left : min(Self.readBuffer, left / 4)
      var answer = 0
      let verdict = try request("reading", roundTrips: 0) {
        answer = bytes.withUnsafeMutableBytes { buffer in
          libssh2_sftp_read(
            handle.raw,
            buffer.baseAddress?.advanced(by: filled).assumingMemoryBound(to: CChar.self), wanted)
        }
        return answer
      }
      guard verdict == .done else { return ([], verdict) }
      if answer == 0 { break }
      filled += answer
    }
    connection.meter.add(roundTrips: (bytes.count + Self.writeWindow - 1) / Self.writeWindow)
    bytes.removeLast(bytes.count - filled)
    return (bytes, .done)
  }

  /// Makes a file's bytes or a directory's entries durable.
  func sync(_ handle: RemoteHandle) throws(StoreError) -> Verdict {
    try request("making durable") { Int(libssh2_sftp_fsync(handle.raw)) }
  }

  /// Renames to a name that must not exist; on every server that keeps to version 3 it then fails.
  func rename(_ source: String, to target: String) throws(StoreError) -> Verdict {
    try request("renaming to \(target)") {
      Int(
        libssh2_sftp_rename_ex(
          raw, source, UInt32(source.utf8.count), target, UInt32(target.utf8.count), 0))
    }
  }

  func unlink(_ path: String) throws(StoreError) -> Verdict {
    try request("removing \(path)") {
      Int(libssh2_sftp_unlink_ex(raw, path, UInt32(path.utf8.count)))
    }
  }

  func makeDirectory(_ path: String) throws(StoreError) -> Verdict {
    try request("making the directory \(path)") {
      Int(libssh2_sftp_mkdir_ex(raw, path, UInt32(path.utf8.count), 0o700))
    }
  }

  /// Examines the path itself, not what a link there points to.
  func status(of path: String) throws(StoreError) -> (RemoteStatus?, Verdict) {
    var attributes = LIBSSH2_SFTP_ATTRIBUTES()
    let verdict = try request("examining \(path)") {
      Int(
        libssh2_sftp_stat_ex(
          raw, path, UInt32(path.utf8.count), LIBSSH2_SFTP_LSTAT, &attributes))
    }
    return (verdict == .done ? RemoteStatus(attributes) : nil, verdict)
  }

  /// Examines an open file.
  func status(of handle: RemoteHandle) throws(StoreError) -> (RemoteStatus?, Verdict) {
    var attributes = LIBSSH2_SFTP_ATTRIBUTES()
    let verdict = try request("examining a file") {
      Int(libssh2_sftp_fstat_ex(handle.raw, &attributes, 0))
    }
    return (verdict == .done ? RemoteStatus(attributes) : nil, verdict)
  }

  /// The bytes and the file nodes free for this user; nil where the server cannot tell.
  func space(at path: String) throws(StoreError) -> RemoteSpace? {
    var values = LIBSSH2_SFTP_STATVFS()
    let verdict = try request("measuring the space of \(path)") {
      Int(libssh2_sftp_statvfs(raw, path, path.utf8.count, &values))
    }
    return verdict == .done ? RemoteSpace(values) : nil
  }

  /// The next name in a directory and its status, or nil after the last.
  ///
  /// The buffer is larger than any name a file system holds; libssh2 1.10 loses longer ones.
  func nextEntry(of handle: RemoteHandle) throws(StoreError) -> ([UInt8], RemoteStatus)? {
    var name = [CChar](repeating: 0, count: 4096)
    var attributes = LIBSSH2_SFTP_ATTRIBUTES()
    var count = 0
    let waitCount = connection.waitCount
    let verdict = try request("listing", roundTrips: 0) {
      count = Int(
        libssh2_sftp_readdir_ex(handle.raw, &name, name.count, nil, 0, &attributes))
      return count
    }
    // One answer holds many names; only fetching the next one is a wait.
    connection.meter.add(roundTrips: connection.waitCount == waitCount ? 0 : 1)
    guard verdict == .done else {
      throw StoreError(
        code: .damaged,
        message: "\(connection.address) broke off the listing of a directory (\(verdict)).")
    }
    guard count > 0 else { return nil }
    let bytes = name.prefix(count).map { UInt8(bitPattern: $0) }
    return (bytes, RemoteStatus(attributes))
  }
}

extension SFTPChannel {
  /// The sentences with which libssh2 reports a status of the server; after any other the status it
  /// keeps is that of some earlier request.
  private static let statusReports: Set<String> = [
    "Failed opening remote file", "SFTP READ error", "FXP write failed", "SFTP Protocol Error",
    "fsync failed", "File already exists and SSH_FXP_RENAME_OVERWRITE not specified",
    "Operation Not Supported",
  ]

  private func request(_ what: String, roundTrips: Int = 1, _ step: () -> Int)
    throws(StoreError) -> Verdict
  {
    let answer = try connection.finish(what, step)
    connection.meter.add(roundTrips: roundTrips)
    guard answer < 0 else { return .done }
    guard answer == LIBSSH2_ERROR_SFTP_PROTOCOL, Self.statusReports.contains(connection.reason)
    else { throw connection.failure(answer, what) }
    switch libssh2_sftp_last_error(raw) {
    case LIBSSH2_FX_NO_SUCH_FILE, LIBSSH2_FX_NO_SUCH_PATH: return .absent
    case LIBSSH2_FX_PERMISSION_DENIED, LIBSSH2_FX_WRITE_PROTECT: return .denied
    case LIBSSH2_FX_OP_UNSUPPORTED: return .unsupported
    case LIBSSH2_FX_NO_SPACE_ON_FILESYSTEM, LIBSSH2_FX_QUOTA_EXCEEDED: return .full
    case LIBSSH2_FX_NO_CONNECTION, LIBSSH2_FX_CONNECTION_LOST:
      throw connection.failure(LIBSSH2_ERROR_SOCKET_DISCONNECT, what)
    case LIBSSH2_FX_OK, LIBSSH2_FX_BAD_MESSAGE: throw connection.failure(answer, what)
    case let status: return .failed(status)
    }
  }
}
