package import Storing

/// A store that fails on command, before an operation takes effect or after it did.
package actor FaultyStore: Store {
  /// When to fail, counting from 1 the operations of the kinds being counted.
  package enum Plan: Sendable, Equatable {
    /// Never.
    case none
    /// The n-th operation fails and does nothing.
    case before(Int)
    /// The n-th operation takes effect, and its reply is lost.
    case after(Int)
    /// The n-th operation and all later ones fail and do nothing.
    case from(Int)
  }

  /// The kinds of operations.
  package enum Operation: Sendable, CaseIterable {
    case create, put, get, byteCount, list, remove, makeDurable, freeByteCount
  }

  private let store: any Store
  private var plan: Plan
  private var counted: Set<Operation>
  private var error: StoreError
  /// How many of the counted operations were begun since the plan was made.
  package private(set) var operationCount = 0

  /// Wraps a store; the error is what every planned failure throws.
  package init(
    _ store: any Store, plan: Plan = .none, counting: Set<Operation> = Set(Operation.allCases),
    error: StoreError = StoreError(code: .transient, message: "the test cut the connection.")
  ) {
    self.store = store
    self.plan = plan
    self.error = error
    counted = counting
  }

  /// Makes another plan and counts from 1 again.
  package func set(_ plan: Plan, counting: Set<Operation> = Set(Operation.allCases)) {
    self.plan = plan
    counted = counting
    operationCount = 0
  }

  /// The inner store's traffic.
  package var traffic: Traffic { get async { await store.traffic } }

  /// See ``Storing/Store/create()``.
  package func create() async throws(StoreError) {
    let fault = try begin(.create)
    try await store.create()
    try end(fault)
  }

  /// See ``Storing/Store/put(_:as:)``.
  package func put(_ bytes: [UInt8], as name: ObjectName) async throws(StoreError) {
    let fault = try begin(.put)
    try await store.put(bytes, as: name)
    try end(fault)
  }

  /// See ``Storing/Store/get(_:upTo:)``.
  package func get(_ name: ObjectName, upTo limit: Int) async throws(StoreError) -> [UInt8] {
    let fault = try begin(.get)
    let bytes = try await store.get(name, upTo: limit)
    try end(fault)
    return bytes
  }

  /// See ``Storing/Store/get(_:range:)``.
  package func get(_ name: ObjectName, range: Range<Int>) async throws(StoreError) -> [UInt8] {
    let fault = try begin(.get)
    let bytes = try await store.get(name, range: range)
    try end(fault)
    return bytes
  }

  /// See ``Storing/Store/byteCount(of:)``.
  package func byteCount(of name: ObjectName) async throws(StoreError) -> Int? {
    let fault = try begin(.byteCount)
    let byteCount = try await store.byteCount(of: name)
    try end(fault)
    return byteCount
  }

  /// See ``Storing/Store/modificationTime(of:)``.
  package func modificationTime(of name: ObjectName) async throws(StoreError) -> Int64? {
    let fault = try begin(.byteCount)
    let time = try await store.modificationTime(of: name)
    try end(fault)
    return time
  }

  /// See ``Storing/Store/list(_:)``.
  package func list(_ directory: String) async throws(StoreError) -> [StoredObject] {
    let fault = try begin(.list)
    let objects = try await store.list(directory)
    try end(fault)
    return objects
  }

  /// See ``Storing/Store/remove(_:)``.
  package func remove(_ name: ObjectName) async throws(StoreError) {
    let fault = try begin(.remove)
    try await store.remove(name)
    try end(fault)
  }

  /// See ``Storing/Store/makeDurable(_:)``.
  package func makeDurable(_ directory: String) async throws(StoreError) {
    let fault = try begin(.makeDurable)
    try await store.makeDurable(directory)
    try end(fault)
  }

  /// See ``Storing/Store/freeByteCount()``.
  package func freeByteCount() async throws(StoreError) -> Int? {
    let fault = try begin(.freeByteCount)
    let byteCount = try await store.freeByteCount()
    try end(fault)
    return byteCount
  }

  /// See ``Storing/Store/close()``.
  package func close() async { await store.close() }

  /// Counts the operation; returns whether its reply is to be lost.
  private func begin(_ operation: Operation) throws(StoreError) -> Bool {
    guard counted.contains(operation) else { return false }
    operationCount += 1
    switch plan {
    case .before(operationCount): throw error
    case .from(let first) where operationCount >= first: throw error
    case .after(operationCount): return true
    default: return false
    }
  }

  private func end(_ isLost: Bool) throws(StoreError) {
    if isLost { throw error }
  }
}
