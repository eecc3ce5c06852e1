internal import Sealing
internal import Storing

/// An object on the remote that nobody needs: when there is no room for anything else, it makes room
/// for the entries of the log, and the keyrings, by which other things may go.
///
/// It lies below `tmp`, where what is there means nothing. [F-OBJ-3]
enum Ballast {
  static let path = "tmp/ballast"

  /// Entries that drop 16,000 packs, or the keyrings of 3,000 accounts in both copies.
  static let byteCount = 1 << 20

  /// Stores an object under names of one directory, in place of the ballast where there is no other
  /// room.
  static func put(
    _ bytes: [UInt8], as names: [ObjectName], in store: any Store
  ) async throws(StoreError) {
    do { try await store.put(bytes, as: names) } catch {
      guard error.code == .full, let ballast = ObjectName(path),
        try await store.byteCount(of: ballast) != nil
      else { throw error }
      try await store.remove(ballast)
      try await store.put(bytes, as: names)
    }
  }

  /// Puts it there where it is not, and there is room.
  static func replenish(in store: any Store) async throws(StoreError) {
    guard let ballast = ObjectName(path), try await store.byteCount(of: ballast) == nil else {
      return
    }
    // Of what is all the same, a file system that compresses keeps nothing.
    let bytes = Random.bytes(byteCount)
    do { try await store.put(bytes, as: ballast) } catch {
      guard error.code == .full else { throw error }
    }
  }
}
