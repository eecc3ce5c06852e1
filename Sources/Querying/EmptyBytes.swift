/// An address for empty text and empty blobs, which SQLite takes for NULL when they have none.
var emptyBytes: UnsafeRawPointer {
  let empty: StaticString = ""
  return UnsafeRawPointer(empty.utf8Start)
}
