import CSSH2
import Glibc

/// One TCP connection with an SSH session over it, logged in or about to be.
///
/// libssh2 runs non-blocking; this type waits for it, with a deadline that every byte of progress
/// moves on, and finishes each call before the next, since in 1.10 any other call in between breaks
/// the session. It must stay on one thread. It is a class, not a `~Copyable` value, because it is
/// shared by the verbs spoken over it; the actor above owns the only way to it.
final class SSHConnection {
  /// The bytes that went over this connection; libssh2 hands it back to the input and output calls.
  final class Wire {
    let meter: TrafficMeter
    var movedByteCount = 0

    init(meter: TrafficMeter) { self.meter = meter }
  }

  let session: OpaquePointer
  let address: SFTPAddress
  let meter: TrafficMeter
  /// Whether the connection failed; nothing more can be said over it.
  private(set) var isBroken = false
  /// How often a call had to wait for the server.
  private(set) var waitCount = 0
  private let socket: Socket
  /// The socket, for libssh2.
  var descriptor: Int32 { socket.descriptor }
  private let wire: Wire
  private var patience: Duration
  /// The one channel over this connection, once it is open.
  private var channel: OpaquePointer?
  /// What a failed connection is called: `unreachable` until the login is done.
  private var codeOfFailure = StoreError.Code.unreachable

  /// Set up once for the process, before the first session and never undone.
  private static let isReady: Bool = libssh2_init(0) == 0

  /// Connects without saying anything yet.
  init(to address: SFTPAddress, patience: Duration, meter: TrafficMeter) throws(StoreError) {
    let wire = Wire(meter: meter)
    // `wire` outlives the session, which `deinit` frees first, so the pointer stays good.
    let abstract = Unmanaged.passUnretained(wire).toOpaque()
    guard Self.isReady, let session = libssh2_session_init_ex(nil, nil, nil, abstract) else {
      throw StoreError(
        code: .transient, message: "an SSH session cannot be set up: memory is short.")
    }
    do {
      socket = try Socket(connectingTo: address, patience: patience)
    } catch {
      libssh2_session_free(session)
      throw error
    }
    self.session = session
    self.address = address
    self.patience = patience
    self.wire = wire
    self.meter = meter
    libssh2_session_set_blocking(session, 0)
    lethe_ssh2_set_input_output(session, Self.send, Self.receive)
    meter.add(roundTrips: 1)
  }

  deinit {
    // Without the shutdown, freeing would wait for a server that may never answer, and then leak.
    socket.shutDown()
    Self.insist { libssh2_session_free(session) }
  }

  /// Repeats a call over a connection that is shut down, where "again" cannot go on for long.
  static func insist(_ step: () -> Int32) {
    for _ in 0..<8 {
      guard step() == LIBSSH2_ERROR_EAGAIN else { return }
    }
  }

  /// From now on a failure is `transient`, and each wait is as patient as this.
  func becomeReady(patience: Duration) {
    self.patience = patience
    codeOfFailure = .transient
  }

  /// From now on every wait ends as soon as the server ends this channel, which libssh2 1.10 does not tell.
  func watch(_ channel: OpaquePointer?) { self.channel = channel }

  /// Tells the server that this was all, without waiting for anything.
  func sayGoodbye() {
    guard !isBroken else { return }
    _ = libssh2_session_disconnect_ex(session, SSH_DISCONNECT_BY_APPLICATION, "done", "")
    abandon()
  }

  /// Ends the connection so that whatever libssh2 does next returns at once.
  func abandon() {
    isBroken = true
    socket.shutDown()
  }

  /// Repeats a non-blocking call until it is finished and returns what it then answered.
  ///
  /// Between two attempts of the same call nothing else may reach this session. A negative answer
  /// other than "again" is the caller's to judge.
  func finish(_ what: String, _ step: () -> Int) throws(StoreError) -> Int {
    guard !isBroken else { throw failure(LIBSSH2_ERROR_SOCKET_DISCONNECT, what) }
    var seen = wire.movedByteCount
    var deadline = ContinuousClock.now + patience
    while true {
      let answer = step()
      guard answer == LIBSSH2_ERROR_EAGAIN else { return answer }
      if let channel, libssh2_channel_eof(channel) == 1 {
        abandon()
        throw StoreError(
          code: codeOfFailure,
          message: "\(what) on \(address) failed: the server ended the SFTP session.")
      }
      if wire.movedByteCount != seen {
        seen = wire.movedByteCount
        deadline = .now + patience
      }
      try wait(until: deadline, what)
    }
  }

  /// Waits until the socket is ready for what libssh2 wants of it, at most one slice.
  func wait(until deadline: ContinuousClock.Instant, _ what: String) throws(StoreError) {
    if Task.isCancelled {
      abandon()
      throw StoreError(code: .cancelled, message: "\(what) on \(address) was cancelled.")
    }
    let left = deadline - .now
    guard left > .zero else {
      abandon()
      throw StoreError(
        code: codeOfFailure,
        message: "\(what) on \(address) stalled: nothing moved for \(patience).")
    }
    let directions = libssh2_session_block_directions(session)
    var events = directions & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0 ? POLLOUT : 0
    if events == 0 || directions & LIBSSH2_SESSION_BLOCK_INBOUND != 0 { events |= POLLIN }
    waitCount += 1
    _ = Socket.wait(socket.descriptor, events, atMost: left)
  }

  /// Gives the connection up for the reason libssh2 answered with.
  func failure(_ answer: some BinaryInteger, _ what: String) -> StoreError {
    abandon()
    let nonsense = [
      LIBSSH2_ERROR_SFTP_PROTOCOL, LIBSSH2_ERROR_BUFFER_TOO_SMALL, LIBSSH2_ERROR_OUT_OF_BOUNDARY,
    ]
    let isNonsense = nonsense.contains(Int32(answer))
    return StoreError(
      code: isNonsense ? .damaged : codeOfFailure,
      message: "\(what) on \(address) failed: \(reason) (libssh2 \(answer)).")
  }

  /// libssh2's own words for its last error.
  var reason: String {
    var text: UnsafeMutablePointer<CChar>?
    guard libssh2_session_last_error(session, &text, nil, 0) != 0, let text else {
      return "the connection was lost"
    }
    return String(escapingUntrusted: Array(String(cString: text).utf8))
  }

  private static let send:
    @convention(c) (
      Int32, UnsafeRawPointer?, Int, Int32, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> Int = { descriptor, buffer, count, flags, abstract in
      let moved = Glibc.send(descriptor, buffer, count, flags | Int32(MSG_NOSIGNAL))
      return tally(moved, abstract) { $0.add(bytesSent: moved) }
    }

  private static let receive:
    @convention(c) (
      Int32, UnsafeMutableRawPointer?, Int, Int32, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> Int = { descriptor, buffer, count, flags, abstract in
      let moved = recv(descriptor, buffer, count, flags)
      return tally(moved, abstract) { $0.add(bytesReceived: moved) }
    }

  /// Counts what moved; an interruption becomes "again", for libssh2 1.10 gives up on it.
  private static func tally(
    _ moved: Int, _ abstract: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ count: (TrafficMeter) -> Void
  ) -> Int {
    guard moved >= 0 else { return -Int(errno == EINTR ? EAGAIN : errno) }
    guard let raw = abstract?.pointee else { return moved }
    let wire = Unmanaged<Wire>.fromOpaque(raw).takeUnretainedValue()
    wire.movedByteCount += moved
    count(wire.meter)
    return moved
  }
}
