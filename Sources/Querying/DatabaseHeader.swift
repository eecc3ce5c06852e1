import Glibc

/// The first 100 bytes of a database file, read without opening it through SQLite.
///
/// Opening through SQLite takes locks, and a server without a busy timeout loses writes to them.
/// The fields other than the versions can lag behind the `-wal` file; a `SourceDatabase` tells them
/// as its snapshot has them.
///
/// Closing a descriptor drops every POSIX lock that this process holds on the same file, so the
/// header is read before, never while, this process has the file open through SQLite.
package struct DatabaseHeader: Sendable, Equatable {
  /// The size of a page in bytes: a power of two from 512 to 65,536.
  package let pageByteCount: Int

  /// The format needed to write: 1 for a rollback journal, 2 for a write-ahead log.
  package let writeVersion: UInt8

  /// The format needed to read: 1 for a rollback journal, 2 for a write-ahead log.
  package let readVersion: UInt8

  /// The encoding of all text; a database without tables has none yet and counts as UTF-8.
  package let encoding: TextEncoding

  /// Whether and how the file gives free pages back.
  package let autoVacuum: AutoVacuum

  /// The schema format, from 1 to 4; below 4 the word DESC in an index has no effect.
  package let schemaFormat: Int

  /// The number that the application keeps in `PRAGMA user_version`.
  package let userVersion: Int32

  /// The number that the application keeps in `PRAGMA application_id`.
  package let applicationID: Int32

  /// Whether the database uses a write-ahead log, and can be read beside a running server.
  package var isWAL: Bool { writeVersion == 2 && readVersion == 2 }

  /// The part of the file that is read.
  static let byteCount = 100

  /// Reads the header of the file at a path.
  ///
  /// - Throws: `missing` without the file, `damaged` if it is no database, `failed` if unreadable.
  package static func read(path: String) throws(QueryError) -> DatabaseHeader {
    // Without O_NONBLOCK, a pipe in place of the file would wait for its writer for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot open", path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw SystemFailure.error("cannot examine", path, errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw QueryError(.damaged, "\(path) is not a regular file; name the database file itself.")
    }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    let count = pread(descriptor, &bytes, byteCount, 0)
    guard count >= 0 else { throw SystemFailure.error("cannot read", path, errno) }
    return try DatabaseHeader(bytes: Array(bytes.prefix(count)), path: path)
  }

  /// Decodes the first bytes of a file.
  init(bytes: [UInt8], path: String) throws(QueryError) {
    try Self.checkMagic(bytes, path)
    func word(_ offset: Int) -> UInt32 {
      bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    // The size is two bytes; 65,536 does not fit and is written as 1.
    let storedSize = Int(bytes[16]) << 8 | Int(bytes[17])
    let size = storedSize == 1 ? 65_536 : storedSize
    guard size >= 512, size & (size - 1) == 0 else {
      throw QueryError(
        .damaged, "\(path) has an impossible page size of \(size); run its integrity check.")
    }
    guard let encoding = TextEncoding(rawValue: UInt8(clamping: max(word(56), 1))) else {
      throw QueryError(
        .damaged, "\(path) has an unknown text encoding \(word(56)); run its integrity check.")
    }
    pageByteCount = size
    writeVersion = bytes[18]
    readVersion = bytes[19]
    self.encoding = encoding
    autoVacuum = word(52) == 0 ? .none : word(64) == 0 ? .full : .incremental
    schemaFormat = word(44) == 0 ? 4 : Int(word(44))
    userVersion = Int32(bitPattern: word(60))
    applicationID = Int32(bitPattern: word(68))
  }

  private static func checkMagic(_ bytes: [UInt8], _ path: String) throws(QueryError) {
    if bytes.isEmpty {
      throw QueryError(
        .damaged,
        "\(path) is empty, so it is no database yet; let the server create its tables first.")
    }
    guard bytes.starts(with: Array("SQLite format 3\0".utf8)) else {
      throw QueryError(
        .damaged,
        """
        \(path) is not an SQLite database, or is an encrypted one, which is not supported; \
        check the path in the configuration.
        """)
    }
    guard bytes.count == byteCount else {
      throw QueryError(
        .damaged, "\(path) ends after \(bytes.count) bytes, inside its header; restore it.")
    }
  }
}
