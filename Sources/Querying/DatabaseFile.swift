import CSQLite

/// A file that SQLite has open, read through SQLite's own handle; valid as long as its connection.
struct DatabaseFile {
  private let handle: UnsafeMutablePointer<sqlite3_file>
  private let methods: sqlite3_io_methods

  /// The file of the database itself.
  init?(mainOf connection: Connection) { self.init(connection, SQLITE_FCNTL_FILE_POINTER) }

  /// The file of its write-ahead log.
  init?(logOf connection: Connection) { self.init(connection, SQLITE_FCNTL_JOURNAL_POINTER) }

  private init?(_ connection: Connection, _ which: Int32) {
    var handle: UnsafeMutablePointer<sqlite3_file>?
    let code = withUnsafeMutablePointer(to: &handle) {
      sqlite3_file_control(connection.handle, "main", which, $0)
    }
    guard code == SQLITE_OK, let handle, let methods = handle.pointee.pMethods else { return nil }
    self.handle = handle
    self.methods = methods.pointee
  }

  /// Fills a buffer from an offset on; false where the file is shorter or cannot be read.
  func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
    methods.xRead?(handle, buffer.baseAddress, Int32(buffer.count), Int64(offset)) == SQLITE_OK
  }

  /// Its size; 0 if that cannot be told.
  var byteCount: Int {
    var count: sqlite3_int64 = 0
    return methods.xFileSize?(handle, &count) == SQLITE_OK ? Int(count) : 0
  }

  /// The beginning of the log's index, which all connections share; nil where this one cannot see it.
  func sharedIndex() -> UnsafeRawPointer? {
    guard methods.iVersion >= 2 else { return nil }
    var region: UnsafeMutableRawPointer?
    let code = methods.xShmMap?(handle, 0, Self.regionByteCount, 0, &region)
    // Without the right to write it, it can be read all the same.
    guard code == SQLITE_OK || code == SQLITE_READONLY else { return nil }
    return region.map { UnsafeRawPointer($0) }
  }

  /// What SQLite maps of an index at a time.
  private static let regionByteCount: Int32 = 32 << 10

  /// Keeps what is read of the shared index before and after this in that order.
  func barrier() { methods.xShmBarrier?(handle) }
}
