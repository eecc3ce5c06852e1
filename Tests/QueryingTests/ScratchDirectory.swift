import CLinux
import Glibc
import Querying

/// A directory of its own for one test, removed with everything in it.
final class ScratchDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/lethe-querying-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Workbench.Failure(description: "cannot make a temporary directory")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for name in names() { unlink(file(name)) }
    rmdir(path)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The names of the files in the directory, sorted.
  func names() -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    var error: Int32 = 0
    while let name = linux_next_name(directory, &error) { names.append(String(cString: name)) }
    return names.sorted()
  }

  static func bytes(of path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { throw Workbench.Failure(description: "cannot open \(path)") }
    defer { close(descriptor) }
    var status = stat()
    fstat(descriptor, &status)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    _ = read(descriptor, &bytes, bytes.count)
    return bytes
  }

  static func write(_ bytes: [UInt8], to path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    _ = Glibc.write(descriptor, bytes, bytes.count)
    close(descriptor)
  }

  static func owner(of path: String) -> uid_t {
    var status = stat()
    stat(path, &status)
    return status.st_uid
  }
}

/// Copies a database row by row, as a backup and its restoration do.
func copy(_ source: SourceDatabase, to path: String) throws(QueryError) {
  let schema = try source.schema()
  try DatabaseBuilder.rehearse(schema)
  let builder = try DatabaseBuilder(path: path, schema: schema)
  for table in schema.tables {
    try builder.begin(table.name)
    var cursor = try source.rows(of: table)
    var row = cursor.makeRow()
    while try cursor.step(into: &row) {
      try builder.insert(rowid: row.rowid, values: row.values)
    }
  }
  try builder.finish()
}
