import Glibc
import Querying
import Testing

@Suite struct `A header tells what a file is without opening it through SQLite` {
  private let scratch: ScratchDirectory
  private let path: String

  init() throws {
    scratch = try ScratchDirectory()
    path = scratch.file("a database.db")
  }

  private func failure() throws -> QueryError {
    try #require(throws: QueryError.self) { _ = try DatabaseHeader.read(path: path) }
  }

  @Test func `every field of a database`() throws {
    try {
      let workbench = try Workbench(path)
      try workbench.run(
        """
        PRAGMA page_size=65536; PRAGMA encoding='UTF-16be'; PRAGMA auto_vacuum=INCREMENTAL;
        PRAGMA user_version=-2; PRAGMA application_id=77; CREATE TABLE t(a);
        """)
    }()
    var header = try DatabaseHeader.read(path: path)
    #expect(header.pageByteCount == 65_536)
    #expect(header.encoding == .utf16BigEndian)
    #expect(header.autoVacuum == .incremental)
    #expect((header.userVersion, header.applicationID) == (-2, 77))
    #expect((header.schemaFormat, header.isWAL) == (4, false))
    try Workbench(path).run("PRAGMA journal_mode=WAL")
    header = try DatabaseHeader.read(path: path)
    #expect((header.readVersion, header.writeVersion, header.isWAL) == (2, 2, true))
  }

  @Test func `a missing file is missing`() throws {
    #expect(try failure().code == .missing)
    #expect(throws: QueryError.self) { _ = try SourceDatabase(path: path) }
  }

  @Test(arguments: [
    ("", 1, "empty"), ("Z", 4096, "encrypted"), ("SQLite format 3\0", 1, "16 bytes"),
    ("SQLite format 3\0\0\0\0\0", 5, "page size"),
  ])
  func `a file that is no database is damaged, and says how`(
    _ text: String, _ count: Int, _ word: String
  ) throws {
    ScratchDirectory.write(Array(String(repeating: text, count: count).utf8), to: path)
    let error = try failure()
    #expect(error.code == .damaged)
    #expect(error.message.contains(word))
  }

  @Test func `a directory or a pipe is no database`() throws {
    mkfifo(path, 0o600)
    #expect(try failure().code == .damaged)
    unlink(path)
    let directory = try #require(
      throws: QueryError.self, performing: { _ = try DatabaseHeader.read(path: scratch.path) })
    #expect(directory.code == .damaged)
  }

  @Test func `pages that SQLite finds malformed are damage`() throws {
    try {
      let workbench = try Workbench(path)
      try workbench.run(
        "PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(90000))")
    }()
    var bytes = try ScratchDirectory.bytes(of: path)
    for index in 4_096..<bytes.count { bytes[index] = 0xFF }
    ScratchDirectory.write(bytes, to: path)
    let source = try SourceDatabase(path: path)
    let error = try #require(throws: QueryError.self) { _ = try Scan(source) }
    #expect(error.code == .damaged)
  }
}
