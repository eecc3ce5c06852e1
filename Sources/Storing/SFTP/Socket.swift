import Glibc

/// A connected, non-blocking TCP socket.
struct Socket: ~Copyable {
  /// The descriptor, for libssh2 and `poll`.
  let descriptor: Int32

  /// Longest uninterrupted wait, and so how soon a cancelled task is noticed.
  static let slice = Duration.milliseconds(200)

  /// Connects to the first of the host's addresses that answers within the patience.
  init(connectingTo address: SFTPAddress, patience: Duration) throws(StoreError) {
    var candidates: UnsafeMutablePointer<addrinfo>?
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    let status = getaddrinfo(address.host, String(address.port), &hints, &candidates)
    guard status == 0 else {
      let reason = String(cString: gai_strerror(status))
      throw Self.unreachable(address, "its name is not known (\(reason))")
    }
    defer { freeaddrinfo(candidates) }
    var reason = "it has no address"
    var candidate = candidates
    while let one = candidate?.pointee {
      let (descriptor, number) = try Self.connect(one, patience, address)
      if let descriptor {
        self.descriptor = descriptor
        Self.tune(descriptor)
        return
      }
      reason = String(cString: strerror(number))
      candidate = one.ai_next
    }
    throw Self.unreachable(address, reason)
  }

  deinit { Glibc.close(descriptor) }

  /// Ends the conversation at once in both directions, so that nothing waits on it any more.
  func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Waits for one of the events, at most one slice; returns whether it came.
  static func wait(_ descriptor: Int32, _ events: Int32, atMost limit: Duration) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    // Rounded up, so that the last slice does not become a spin.
    let milliseconds = min(limit, slice) / .milliseconds(1)
    return poll(&entry, 1, Int32(milliseconds.rounded(.up))) > 0
  }

  private static func connect(_ one: addrinfo, _ patience: Duration, _ address: SFTPAddress)
    throws(StoreError) -> (Int32?, Int32)
  {
    let type = one.ai_socktype | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(one.ai_family, type, one.ai_protocol)
    guard descriptor >= 0 else { return (nil, errno) }
    if Glibc.connect(descriptor, one.ai_addr, one.ai_addrlen) == 0 { return (descriptor, 0) }
    var number = errno
    if number == EINPROGRESS {
      let deadline = ContinuousClock.now + patience
      number = ETIMEDOUT
      while ContinuousClock.now < deadline, !Task.isCancelled {
        guard wait(descriptor, POLLOUT, atMost: deadline - .now) else { continue }
        var byteCount = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &byteCount)
        if number == 0 { return (descriptor, 0) }
        break
      }
    }
    Glibc.close(descriptor)
    try StoreError.checkCancellation(before: "connecting to \(address)")
    return (nil, number)
  }

  private static func tune(_ descriptor: Int32) {
    var on: Int32 = 1
    let byteCount = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, byteCount)
    // The kernel's probes keep a gateway from forgetting a session that is idle between uploads.
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, byteCount)
    var interval: Int32 = 60
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, &interval, byteCount)
  }

  private static func unreachable(_ address: SFTPAddress, _ reason: String) -> StoreError {
    StoreError(
      code: .unreachable,
      message: "\(address.server) cannot be reached: \(reason);"
        + " check the address, the network and whether the SSH server runs.")
  }
}
