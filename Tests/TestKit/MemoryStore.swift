package import Storing

/// A store in memory, with the same contract as the real ones and handles to break it.
package actor MemoryStore: Store {
  private var objects: [ObjectName: [UInt8]] = [:]
  private var isCreated = false
  private var isClosed = false
  private var tally = Traffic()
  private let capacity: Int?

  /// Makes a store that does not exist yet; beyond `capacity` bytes of objects it is full.
  package init(capacity: Int? = nil) { self.capacity = capacity }

  /// Object bytes in and out.
  package var traffic: Traffic { tally }

  /// See ``Storing/Store/create()``.
  package func create() throws(StoreError) {
    try begin("creating", mustExist: false)
    if let found = objects.keys.min() {
      throw StoreError(code: .refused, message: "the store already holds \(found).")
    }
    isCreated = true
  }

  /// See ``Storing/Store/put(_:as:)``.
  package func put(_ bytes: [UInt8], as name: ObjectName) throws(StoreError) {
    try begin("writing \(name)")
    if let there = objects[name] {
      guard there == bytes else { throw StoreError(taken: name) }
      return
    }
    if let capacity, used + bytes.count > capacity {
      throw StoreError(code: .full, message: "writing \(name) failed: no space is left.")
    }
    tally.bytesSent += bytes.count
    objects[name] = bytes
  }

  /// See ``Storing/Store/get(_:upTo:)``.
  package func get(_ name: ObjectName, upTo limit: Int) throws(StoreError) -> [UInt8] {
    try begin("reading \(name)")
    guard let bytes = objects[name] else { throw StoreError(missing: name) }
    guard bytes.count <= limit else { throw StoreError(oversized: name, bytes.count, limit) }
    tally.bytesReceived += bytes.count
    return bytes
  }

  /// See ``Storing/Store/get(_:range:)``.
  package func get(_ name: ObjectName, range: Range<Int>) throws(StoreError) -> [UInt8] {
    try begin("reading \(name)")
    try StoreError.check(range, of: name)
    guard let bytes = objects[name] else { throw StoreError(missing: name) }
    guard range.upperBound <= bytes.count else { throw StoreError(short: name, range) }
    tally.bytesReceived += range.count
    return Array(bytes[range])
  }

  /// See ``Storing/Store/byteCount(of:)``.
  package func byteCount(of name: ObjectName) throws(StoreError) -> Int? {
    try begin("examining \(name)")
    return objects[name]?.count
  }

  /// What every object's time is, in seconds since 1970; nil where the store cannot tell.
  package var time: Int64?

  /// Sets the store's clock.
  package func set(time: Int64?) { self.time = time }

  /// See ``Storing/Store/modificationTime(of:)``.
  package func modificationTime(of name: ObjectName) throws(StoreError) -> Int64? {
    try begin("examining \(name)")
    return objects[name] == nil ? nil : time
  }

  /// See ``Storing/Store/list(_:)``.
  package func list(_ directory: String) throws(StoreError) -> [StoredObject] {
    try begin("listing \(directory)")
    guard StoreLayout.directories.contains(directory) else {
      throw StoreError(code: .refused, message: "a store has no directory \(directory).")
    }
    return objects.filter { $0.key.path.hasPrefix(directory + "/") }
      .map { StoredObject(name: $0.key, byteCount: $0.value.count) }
      .sorted { $0.name < $1.name }
  }

  /// See ``Storing/Store/remove(_:)``.
  package func remove(_ name: ObjectName) throws(StoreError) {
    try begin("removing \(name)")
    objects[name] = nil
  }

  /// See ``Storing/Store/makeDurable(_:)``.
  package func makeDurable(_ directory: String) throws(StoreError) {
    try begin("making \(directory) durable")
    guard StoreLayout.directories.contains(directory) else {
      throw StoreError(code: .refused, message: "a store has no directory \(directory).")
    }
  }

  /// See ``Storing/Store/freeByteCount()``.
  package func freeByteCount() throws(StoreError) -> Int? {
    try begin("measuring the space")
    return capacity.map { $0 - used }
  }

  /// See ``Storing/Store/close()``.
  package func close() { isClosed = true }
}

extension MemoryStore {
  /// Every object, by name.
  package var contents: [ObjectName: [UInt8]] { objects }

  /// Puts other bytes in an object's place, or takes it away, as no store does by itself.
  package func tamper(with name: ObjectName, _ bytes: [UInt8]?) { objects[name] = bytes }

  /// Makes the store as it was when ``contents`` was read.
  package func restore(_ contents: [ObjectName: [UInt8]]) { objects = contents }

  /// Opens the store again after ``close()``, as another process would.
  package func reopen() { isClosed = false }

  private var used: Int { objects.values.reduce(0) { $0 + $1.count } }

  private func begin(_ what: String, mustExist: Bool = true) throws(StoreError) {
    guard !isClosed else { throw StoreError(closedBefore: what) }
    guard !Task.isCancelled else {
      throw StoreError(code: .cancelled, message: "\(what) was cancelled.")
    }
    guard isCreated || !mustExist else {
      throw StoreError(code: .missing, message: "\(what) failed: the store was not created.")
    }
  }
}
