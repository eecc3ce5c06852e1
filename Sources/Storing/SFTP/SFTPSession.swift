/// One logged-in SFTP session and the operations of a store over it, each from start to end.
///
/// The actor runs on a thread of its own and never suspends in the middle of an operation, so the
/// session sees one call at a time, from one thread, as libssh2 demands. After a lost connection
/// every further operation fails at once; the pool then opens another session.
actor SFTPSession {
  private let executor = ThreadExecutor()
  let address: SFTPAddress
  private let settings: SFTPSettings
  private let meter: TrafficMeter
  private let throttle: Throttle?
  private var channel: SFTPChannel?
  /// Directories kept open, since making a new entry durable needs a handle.
  private var directories: [String: RemoteHandle] = [:]
  /// Directories the server will not open as files, and whose entries it must keep by itself.
  private(set) var unsyncable: Set<String> = []

  /// Prepares a session; ``connect()`` opens it.
  init(_ settings: SFTPSettings, meter: TrafficMeter, throttle: Throttle?) {
    self.settings = settings
    self.throttle = throttle
    self.meter = meter
    address = settings.address
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// The longest wait for an answer.
  var patience: Duration { settings.patience }

  /// Whether another operation can be tried.
  var isUsable: Bool { channel.map { !$0.connection.isBroken } ?? false }

  /// Connects, checks the host key, logs in and starts SFTP.
  func connect() throws(StoreError) {
    try StoreError.checkCancellation(before: "connecting to \(address)")
    let identity = try Identity.read(settings.identityPath)
    let connection = try SSHConnection(
      to: address, patience: settings.connectingPatience, meter: meter)
    let shown = try connection.shakeHands(accepting: [settings.hostKey.type])
    try connection.verify(shown, is: settings.hostKey)
    try connection.logIn(with: identity)
    channel = try SFTPChannel(over: connection, throttle: throttle)
    connection.becomeReady(patience: settings.patience)
  }

  /// Ends the session without waiting for the server.
  func close() {
    channel?.connection.sayGoodbye()
    channel = nil
    directories = [:]
  }
}

extension SFTPSession {
  /// Creates the object under each name, through the temporary name of the same place.
  ///
  /// `abandoned` are the temporary names of earlier attempts whose replies were lost: if there are
  /// any, some of them may have become the object.
  func put(
    _ bytes: [UInt8], as names: [ObjectName], through temporaries: [ObjectName],
    abandoned: [ObjectName]
  ) throws(StoreError) {
    guard let last = names.last else { return }
    let channel = try ready(to: "writing \(last)")
    for (name, temporary) in zip(names, temporaries) {
      if !abandoned.isEmpty, try holds(bytes, as: name, channel) { continue }
      try write(bytes, to: temporary, channel)
      try publish(temporary, as: name, bytes, channel)
    }
    try syncDirectory(of: last, channel)
    for leftover in abandoned { _ = try channel.unlink(path(leftover)) }
  }

  /// Returns the object whole.
  func get(_ name: ObjectName, upTo limit: Int) throws(StoreError) -> [UInt8] {
    let channel = try ready(to: "reading \(name)")
    let handle = try open(name, channel)
    let (status, _) = try channel.status(of: handle)
    guard let byteCount = status?.plainByteCount else {
      try channel.close(handle)
      throw StoreError(code: .damaged, message: "\(name) on \(address) is not a plain file.")
    }
    guard byteCount <= limit else {
      try channel.close(handle)
      throw StoreError(oversized: name, byteCount, limit)
    }
    return try read(0..<byteCount, of: handle, name, channel)
  }

  /// Returns a part of the object.
  func get(_ name: ObjectName, range: Range<Int>) throws(StoreError) -> [UInt8] {
    try StoreError.check(range, of: name)
    let channel = try ready(to: "reading \(name)")
    return try read(range, of: try open(name, channel), name, channel)
  }

  /// Returns the object's length.
  func byteCount(of name: ObjectName) throws(StoreError) -> Int? {
    guard let status = try status(of: name) else { return nil }
    guard let byteCount = status.plainByteCount else {
      throw StoreError(code: .damaged, message: "\(name) on \(address) is not a plain file.")
    }
    return byteCount
  }

  func status(of name: ObjectName) throws(StoreError) -> RemoteStatus? {
    let channel = try ready(to: "examining \(name)")
    let (status, verdict) = try channel.status(of: path(name))
    if verdict == .absent { return nil }
    guard let status else { throw try explain(verdict, "examining", path(name), 0, channel) }
    return status
  }

  /// Removes the objects, then makes each of their directories durable.
  func remove(_ names: [ObjectName]) throws(StoreError) {
    var last: [String: ObjectName] = [:]
    for name in names {
      let channel = try ready(to: "removing \(name)")
      let verdict = try channel.unlink(path(name))
      if verdict == .denied { throw unremovable(name) }
      guard verdict == .done || verdict == .absent else {
        throw try explain(verdict, "removing", path(name), 0, channel)
      }
      last[name.directory] = name
    }
    for name in last.values { try syncDirectory(of: name, try ready(to: "removing \(name)")) }
  }

  private func unremovable(_ name: ObjectName) -> StoreError {
    StoreError(
      code: .refused,
      message: "removing \(path(name)) on \(address) failed: permission is denied; if this key "
        + "is meant to add only, run the command with a configuration whose `identity` may also "
        + "remove, else give \(address.user) the right to \(address.path) on the server.")
  }
}

extension SFTPSession {
  var root: String { address.path }

  private func path(_ name: ObjectName) -> String { root + "/" + name.path }

  func ready(to what: String) throws(StoreError) -> SFTPChannel {
    try StoreError.checkCancellation(before: what)
    guard let channel, !channel.connection.isBroken else {
      throw StoreError(
        code: .transient, message: "\(what) is impossible: the session with \(address) is closed.")
    }
    return channel
  }

  private func write(_ bytes: [UInt8], to temporary: ObjectName, _ channel: SFTPChannel)
    throws(StoreError)
  {
    let path = path(temporary)
    let (handle, opening) = try channel.open(path, .creating)
    guard let handle else {
      throw try explain(opening, "creating", path, bytes.count, channel)
    }
    var verdict = try channel.write(bytes, to: handle)
    if verdict == .done { verdict = try channel.sync(handle) }
    let closing = try channel.close(handle)
    if verdict == .done { verdict = closing }
    guard verdict == .done else {
      let error = try explain(verdict, "writing", path, bytes.count, channel)
      _ = try channel.unlink(path)
      throw error
    }
  }

  /// Gives the temporary file its name, unless something has that name already.
  private func publish(
    _ temporary: ObjectName, as name: ObjectName, _ bytes: [UInt8], _ channel: SFTPChannel
  ) throws(StoreError) {
    let verdict = try channel.rename(path(temporary), to: path(name))
    if verdict == .done { return }
    // The server says the same for "exists" as for "no space", so look before naming the reason.
    var reason: StoreError?
    do {
      if try !holds(bytes, as: name, channel) {
        reason = try explain(verdict, "creating", path(name), bytes.count, channel)
      }
    } catch {
      reason = error
    }
    _ = try channel.unlink(path(temporary))
    if let reason { throw reason }
  }

  /// Whether the object is there with these bytes; with different ones it is `exists`.
  private func holds(_ bytes: [UInt8], as name: ObjectName, _ channel: SFTPChannel)
    throws(StoreError) -> Bool
  {
    let (status, verdict) = try channel.status(of: path(name))
    if verdict == .absent { return false }
    guard let status else { throw try explain(verdict, "examining", path(name), 0, channel) }
    guard status.plainByteCount == bytes.count else { throw StoreError(taken: name) }
    if try read(0..<bytes.count, of: open(name, channel), name, channel) == bytes { return true }
    throw StoreError(taken: name)
  }

  private func open(_ name: ObjectName, _ channel: SFTPChannel) throws(StoreError) -> RemoteHandle {
    let (handle, verdict) = try channel.open(path(name), .reading)
    guard let handle else { throw try explain(verdict, "reading", path(name), 0, channel) }
    return handle
  }

  /// Reads exactly the range and closes the file, whatever came of it.
  private func read(
    _ range: Range<Int>, of handle: RemoteHandle, _ name: ObjectName, _ channel: SFTPChannel
  ) throws(StoreError) -> [UInt8] {
    let (bytes, verdict) = try channel.read(range, of: handle)
    try channel.close(handle)
    guard verdict == .done else {
      throw StoreError(
        code: .damaged,
        message: "\(path(name)) on \(address) cannot be read (\(verdict)); look at its disk.")
    }
    guard bytes.count == range.count else { throw StoreError(short: name, range) }
    return bytes
  }

  private func syncDirectory(of name: ObjectName, _ channel: SFTPChannel) throws(StoreError) {
    try syncDirectory(name.directory.isEmpty ? root : root + "/" + name.directory, channel)
  }

  /// Makes a directory's entries durable, where the server lets a directory be opened for that.
  func syncDirectory(_ path: String, _ channel: SFTPChannel) throws(StoreError) {
    if unsyncable.contains(path) { return }
    var handle = directories[path]
    if handle == nil {
      handle = try channel.open(path, .reading).0
      directories[path] = handle
    }
    guard let handle else {
      unsyncable.insert(path)
      return
    }
    let verdict = try channel.sync(handle)
    guard verdict == .done else { throw try explain(verdict, "syncing", path, 0, channel) }
  }
}
