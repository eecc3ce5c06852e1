extension SFTPSession {
  /// Returns when the object was written by the server's clock, in seconds since 1970.
  func modificationTime(of name: ObjectName) throws(StoreError) -> Int64? {
    try status(of: name)?.modificationTime
  }
}
