/// A store on an SFTP server, over a few long-lived sessions that are opened when they are needed.
///
/// Each operation has a session to itself. If the connection fails, the session is thrown away and
/// the operation begins again over a new one, in a way that leaves one object whatever became of
/// the first attempt.
package actor SFTPStore: Store {
  private let settings: SFTPSettings
  private let meter = TrafficMeter()
  private let throttle: Throttle?
  private let seats: Seats
  private var idle: [SFTPSession] = []
  private var isClosed = false

  /// Prepares the store; nothing is connected before the first operation.
  package init(_ settings: SFTPSettings) {
    self.settings = settings
    throttle = settings.uploadLimit.map(Throttle.init(bytesPerSecond:))
    seats = Seats(settings.connections)
  }

  /// Bytes on the wire and waits for the server, logins included.
  package var traffic: Traffic { meter.traffic }

  /// See ``Store/create()``.
  package func create() async throws(StoreError) {
    try await attempt { (session) throws(StoreError) in try await session.create() }
  }

  /// See ``Store/put(_:as:)-(_,ObjectName)``.
  package func put(_ bytes: [UInt8], as name: ObjectName) async throws(StoreError) {
    try await put(bytes, as: [name])
  }

  /// The directory is made durable once.
  ///
  /// What a lost connection leaves behind may be gone with the server's power, so that another attempt
  /// begins with the first name.
  package func put(_ bytes: [UInt8], as names: [ObjectName]) async throws(StoreError) {
    var abandoned: [ObjectName] = []
    try await attempt { (session) throws(StoreError) in
      let temporaries = names.map { _ in ObjectName.temporary() }
      let earlier = abandoned
      abandoned += temporaries
      try await session.put(bytes, as: names, through: temporaries, abandoned: earlier)
    }
  }

  /// See ``Store/get(_:upTo:)``.
  package func get(_ name: ObjectName, upTo limit: Int) async throws(StoreError) -> [UInt8] {
    try await attempt { (session) throws(StoreError) in
      try await session.get(name, upTo: limit)
    }
  }

  /// See ``Store/get(_:range:)``.
  package func get(_ name: ObjectName, range: Range<Int>) async throws(StoreError) -> [UInt8] {
    try await attempt { (session) throws(StoreError) in
      try await session.get(name, range: range)
    }
  }

  /// See ``Store/byteCount(of:)``.
  package func byteCount(of name: ObjectName) async throws(StoreError) -> Int? {
    try await attempt { (session) throws(StoreError) in try await session.byteCount(of: name) }
  }

  /// See ``Store/modificationTime(of:)``.
  package func modificationTime(of name: ObjectName) async throws(StoreError) -> Int64? {
    try await attempt { (session) throws(StoreError) in
      try await session.modificationTime(of: name)
    }
  }

  /// See ``Store/list(_:)``.
  package func list(_ directory: String) async throws(StoreError) -> [StoredObject] {
    try await attempt { (session) throws(StoreError) in try await session.list(directory) }
  }

  /// See ``Store/remove(_:)``.
  package func remove(_ name: ObjectName) async throws(StoreError) {
    try await remove([name])
  }

  /// Each directory is made durable once.
  package func remove(_ names: [ObjectName]) async throws(StoreError) {
    guard !names.isEmpty else { return }
    try await attempt { (session) throws(StoreError) in try await session.remove(names) }
  }

  /// See ``Store/makeDurable(_:)``.
  package func makeDurable(_ directory: String) async throws(StoreError) {
    try await attempt { (session) throws(StoreError) in try await session.makeDurable(directory) }
  }

  /// See ``Store/freeByteCount()``.
  package func freeByteCount() async throws(StoreError) -> Int? {
    try await attempt { (session) throws(StoreError) in try await session.freeByteCount() }
  }

  /// Whether the server can make the entries of a directory durable, and not only files.
  package func syncsDirectories() async throws(StoreError) -> Bool {
    try await attempt { (session) throws(StoreError) in try await session.syncsDirectories() }
  }

  /// See ``Store/close()``; sessions still at work are closed when they come back.
  package func close() async {
    isClosed = true
    await discardIdle()
  }
}

extension SFTPStore {
  /// Carries an operation out over a session of its own, again after each failed connection.
  private func attempt<Success: Sendable>(
    _ operation: (SFTPSession) async throws(StoreError) -> Success
  ) async throws(StoreError) -> Success {
    try await seats.take()
    var outcome = await once(operation)
    for pause in settings.pauses {
      guard case .failure(let error) = outcome, error.isWorthRetrying else { break }
      // What cut one connection has most likely cut the others.
      await discardIdle()
      do {
        // A quarter more or less keeps several agents from knocking in step.
        try await Task.sleep(for: pause * Double.random(in: 0.75...1.25))
      } catch {
        outcome = .failure(
          StoreError(
            code: .cancelled, message: "trying \(settings.address) again was cancelled."))
        break
      }
      outcome = await once(operation)
    }
    await seats.giveBack()
    return try outcome.get()
  }

  private func once<Success: Sendable>(
    _ operation: (SFTPSession) async throws(StoreError) -> Success
  ) async -> Result<Success, StoreError> {
    do throws(StoreError) {
      let session = try await session()
      let outcome: Result<Success, StoreError>
      do throws(StoreError) {
        outcome = .success(try await operation(session))
      } catch {
        outcome = .failure(error)
      }
      await takeBack(session)
      return outcome
    } catch {
      return .failure(error)
    }
  }

  private func session() async throws(StoreError) -> SFTPSession {
    guard !isClosed else { throw StoreError(closedBefore: "using \(settings.address)") }
    if let session = idle.popLast() { return session }
    let session = SFTPSession(settings, meter: meter, throttle: throttle)
    try await session.connect()
    return session
  }

  private func takeBack(_ session: SFTPSession) async {
    if !isClosed, await session.isUsable {
      idle.append(session)
    } else {
      await session.close()
    }
  }

  private func discardIdle() async {
    let sessions = idle
    idle = []
    for session in sessions { await session.close() }
  }
}
