package import Storing

/// What writers that were cut off left below `tmp`.
package struct Leftovers: Sendable {
  /// All of it but the ballast.
  package let objects: [StoredObject]
  private let store: any Store

  /// Lists what is there.
  package init(in store: any Store) async throws(StoreError) {
    self.store = store
    objects = try await store.list(StoreLayout.temporary).filter { $0.name.path != Ballast.path }
  }

  /// Milliseconds after which nobody is still writing.
  private static let age: Int64 = 86_400_000

  /// Those of which a store's own clock says that they are of yesterday, given what it says now, in
  /// milliseconds since 1970.
  package func old(now: Int64) async throws(StoreError) -> [StoredObject] {
    var old: [StoredObject] = []
    for object in objects {
      guard let seconds = try await store.modificationTime(of: object.name),
        seconds * 1000 <= now - Self.age
      else { continue }
      old.append(object)
    }
    return old
  }
}
