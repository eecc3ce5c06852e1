import CSQLite
import Glibc
import Testing

@testable import Querying

/// What SQLite itself says of the pages that a read transaction sees.
struct PageOracle {
  private let image: [UInt8]
  private let pageByteCount: Int
  private let path: String

  /// Has SQLite copy the database within the transaction of `source`.
  init(_ source: SourceDatabase, in scratch: ScratchDirectory) throws {
    path = scratch.file("oracle.db")
    unlink(path)
    var target: OpaquePointer?
    sqlite3_open(path, &target)
    defer { sqlite3_close_v2(target) }
    let backup = sqlite3_backup_init(target, "main", source.connection.handle, "main")
    let code = sqlite3_backup_step(backup, -1)
    sqlite3_backup_finish(backup)
    try #require(code == SQLITE_DONE)
    image = try ScratchDirectory.bytes(of: path)
    pageByteCount = source.header.pageByteCount
  }

  /// The leaves of a table in the order of its rows, each followed by what overflows from it.
  func pages(of table: String) throws -> [[UInt8]] {
    // The path of an overflowing page is that of its leaf and ten letters.
    let numbers = try Workbench(path).texts(
      """
      SELECT pageno FROM dbstat WHERE name = '\(table)' AND pagetype <> 'internal' ORDER BY
        iif(pagetype = 'overflow', substr(path, 1, length(path) - 10), path), pagetype = 'overflow',
        path
      """, column: 0)
    return numbers.compactMap { Int($0) }.map { number in
      Array(image[(number - 1) * pageByteCount..<number * pageByteCount])
    }
  }
}
