/// One entry of a listing: an object and how many bytes it holds.
package struct StoredObject: Sendable, Equatable {
  /// The full name, directory included.
  package let name: ObjectName
  /// The object's length in bytes as the store reports it.
  package let byteCount: Int

  /// Makes an entry.
  package init(name: ObjectName, byteCount: Int) {
    self.name = name
    self.byteCount = byteCount
  }
}
