/// A place that keeps named, immutable objects durably, and is not trusted with anything else.
///
/// Nothing is ever overwritten. Once ``put(_:as:)`` returns, the object is whole under its name
/// after a power failure; until then no other reader sees any of it under that name. Every
/// operation may be repeated after a lost reply with the outcome of one successful call.
package protocol Store: Sendable {
  /// Makes the root, of whose path only the last component may be absent, and its directories.
  ///
  /// A root that exists must be empty, or hold nothing but the empty directories an interrupted
  /// call left behind; otherwise the call is refused and names what it found.
  func create() async throws(StoreError)

  /// Creates the object, durably and exclusively.
  ///
  /// A name already taken by the same bytes is success, since a reply may have been lost; taken by
  /// different bytes it is `exists`, and the object there is untouched.
  func put(_ bytes: [UInt8], as name: ObjectName) async throws(StoreError)

  /// Returns the whole object; one of more than `limit` bytes is `damaged`, before any allocation.
  func get(_ name: ObjectName, upTo limit: Int) async throws(StoreError) -> [UInt8]

  /// Returns exactly the bytes of the range; an object that ends before it is `damaged`.
  func get(_ name: ObjectName, range: Range<Int>) async throws(StoreError) -> [UInt8]

  /// Returns the object's length in bytes, or nil when there is no such object.
  func byteCount(of name: ObjectName) async throws(StoreError) -> Int?

  /// Returns when the object was written by the store's own clock, in seconds since 1970, or nil when
  /// there is no such object or the store cannot tell.
  func modificationTime(of name: ObjectName) async throws(StoreError) -> Int64?

  /// Returns the objects of one directory, sorted by name.
  ///
  /// Names that begin with a dot are not ours and are passed over. Anything else that is not a
  /// plain file with the name of an object is `damaged`, except in `tmp`, where it is passed over.
  func list(_ directory: String) async throws(StoreError) -> [StoredObject]

  /// Removes the object, durably; a missing one is success.
  func remove(_ name: ObjectName) async throws(StoreError)

  /// Creates an object as ``put(_:as:)-(_,ObjectName)`` does, under each of several names of one directory.
  ///
  /// All are durable when it returns; after a failure some may be there.
  func put(_ bytes: [UInt8], as names: [ObjectName]) async throws(StoreError)

  /// Removes objects as ``remove(_:)-(ObjectName)`` does; after a failure some may be left.
  func remove(_ names: [ObjectName]) async throws(StoreError)

  /// Makes durable which names a directory holds now, whoever gave or took them.
  ///
  /// What was seen there before may have come from a writer that did not live to do so.
  func makeDurable(_ directory: String) async throws(StoreError)

  /// Returns the bytes still free for us, or nil where the store cannot tell.
  func freeByteCount() async throws(StoreError) -> Int?

  /// Lets go of connections and threads; every later operation is refused.
  func close() async

  /// What this store has cost since it was made.
  var traffic: Traffic { get async }
}

extension Store {
  /// One after the other, for a store that has no cheaper way.
  package func put(_ bytes: [UInt8], as names: [ObjectName]) async throws(StoreError) {
    for name in names { try await put(bytes, as: name) }
  }

  /// One after the other, for a store that has no cheaper way.
  package func remove(_ names: [ObjectName]) async throws(StoreError) {
    for name in names { try await remove(name) }
  }
}

/// The directories every store has.
package enum StoreLayout {
  /// Their names, in the order in which they are made.
  package static let directories = ["log", "packs", "keyring", "tmp"]

  /// The directory whose contents belong to nobody once their writer is gone.
  package static let temporary = "tmp"

  /// Most entries a directory may list: 16 MiB packs of 4 TiB, beyond which a server is babbling.
  ///
  /// At some 130 bytes each, what malloc adds counted in, they stay well below 64 MiB of memory.
  static let maximumEntryCount = 1 << 18

  /// Throws unless the store has a directory of this name.
  static func check(_ directory: String) throws(StoreError) {
    guard directories.contains(directory) else {
      throw StoreError(
        code: .refused,
        message: "a store has no directory \(String(escapingUntrusted: directory.utf8)), only"
          + " \(directories.joined(separator: ", ")).")
    }
  }

  /// Decides about one directory entry: an object, nothing of ours, or damage.
  static func entry(
    named bytes: some Collection<UInt8>, in directory: String, plainByteCount: Int?
  ) throws(StoreError) -> StoredObject? {
    if bytes.first == UInt8(ascii: ".") { return nil }
    let path = directory + "/" + String(decoding: bytes, as: UTF8.self)
    if let name = ObjectName(path), let plainByteCount {
      return StoredObject(name: name, byteCount: plainByteCount)
    }
    if directory == temporary { return nil }
    throw StoreError(
      code: .damaged,
      message: "\(directory)/ holds \(String(escapingUntrusted: bytes)), which is not an object;"
        + " remove it if it is not wanted.")
  }
}
