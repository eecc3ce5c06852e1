import Foundation
import Glibc
import Synchronization

/// A PostgreSQL server of the tests' own, on a socket in a temporary directory.
///
/// It stops, and its files go, with the last reference to it.
package final class PostgresServer: Sendable {
  private let directory: TemporaryDirectory
  private let process: ChildProcess

  /// The directory of its socket.
  package var socket: String { directory.path }

  /// What all tests share, as long as one of them holds it.
  private static let shared = Mutex(Shared())
  private struct Shared {
    weak var server: PostgresServer?
    var databaseCount = 0
  }

  /// The server that runs, or one that is started now.
  package static func running() throws -> PostgresServer {
    try shared.withLock { shared in
      if let server = shared.server { return server }
      let server = try PostgresServer()
      shared.server = server
      return server
    }
  }

  /// Where Debian has the server's programs: the newest version's.
  private static let programs: String? = {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return versions.compactMap { Int($0) }.sorted().map { "\(root)/\($0)/bin" }
      .last { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
  }()

  /// Why no server can be started here; nil if one can.
  package static let obstacle: String? =
    programs == nil ? "there is no PostgreSQL server; Scripts/install-packages installs one" : nil

  /// The server refuses to run as root.
  private static var asNobody: [String] {
    guard getuid() == 0 else { return [] }
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
  }

  private init() throws {
    directory = try TemporaryDirectory("lethe-postgres")
    guard let programs = Self.programs else { throw TestKitError(Self.obstacle ?? "") }
    if getuid() == 0, let nobody = getpwnam("nobody") {
      guard chown(directory.path, nobody.pointee.pw_uid, nobody.pointee.pw_gid) == 0 else {
        throw TestKitError("chown failed: errno \(errno)")
      }
    }
    let data = directory.path + "/data"
    let log = directory.path + "/log"
    let made =
      Self.asNobody + [
        "\(programs)/initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
        "--locale=C.UTF-8", "--no-sync",
      ]
    guard try ChildProcess.run(made) == 0 else {
      throw TestKitError(
        "initdb failed; by hand: \(made.joined(separator: " ")). It needs a /dev/null that everybody "
          + "may write to")
    }
    process = try ChildProcess(
      Self.asNobody + [
        "\(programs)/postgres", "-D", data, "-k", directory.path, "-c", "listen_addresses=",
        "-c", "fsync=off", "-c", "timezone=Europe/Berlin", "-c", "shared_buffers=16MB",
      ], output: log)
    for _ in 0..<300 {
      if try Self.status(["\(programs)/pg_isready", "-q", "-h", directory.path]) == 0 { return }
      usleep(100_000)
    }
    throw TestKitError("the server did not start: \((try? TextFile.read(log)) ?? "")")
  }

  private static func status(_ command: [String]) throws -> Int32 { try ChildProcess.run(command) }

  deinit {
    // Told to stop at once it takes its processes and its shared memory with it.
    let file = directory.path + "/data/postmaster.pid"
    let words = try? TextFile.read(file).split(separator: "\n")
    guard let number = words?.first.flatMap({ pid_t($0) }) else { return }
    kill(number, SIGQUIT)
    for _ in 0..<100 where access(file, F_OK) == 0 { usleep(50_000) }
  }

  /// Makes a database with a name of its own, from SQL.
  package func makeDatabase(_ sql: String = "") throws -> PostgresDatabase {
    let number = Self.shared.withLock { shared in
      shared.databaseCount += 1
      return shared.databaseCount
    }
    let database = PostgresDatabase(server: self, name: "d\(number)")
    try PostgresDatabase(server: self, name: "postgres").run(
      "CREATE DATABASE \(database.name) TEMPLATE template0")
    if !sql.isEmpty { try database.run(sql) }
    return database
  }
}

/// A database of a test's.
package struct PostgresDatabase: Sendable {
  /// Keeps it running.
  package let server: PostgresServer
  package let name: String

  /// Its address, for a role.
  package func uri(role: String = "postgres", more: String = "") -> String {
    "postgresql://\(role)@/\(name)?host=\(server.socket)\(more)"
  }

  /// Gives SQL to psql; what it prints, unaligned and without heads.
  @discardableResult
  package func run(_ sql: String) throws -> String {
    let file = try TemporaryDirectory("lethe-sql")
    try TextFile.write(sql, to: file.path + "/in")
    let (status, output) = try load(file.path + "/in", ["-A", "-t", "-q"])
    guard status == 0 else { throw TestKitError("psql: \(output)") }
    return output
  }

  /// Gives a file to psql as an administrator would; its status, and all it prints.
  package func load(
    _ path: String, _ options: [String] = []
  ) throws -> (status: Int32, output: String) {
    try call(
      ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-d", uri(), "-f", path] + options)
  }

  private func call(_ command: [String]) throws -> (status: Int32, output: String) {
    let directory = try TemporaryDirectory("lethe-psql")
    let path = directory.path + "/out"
    let status = try ChildProcess.run(command, output: path)
    return (status, try String(contentsOfFile: path, encoding: .utf8))
  }

  /// Everything that can be told from another database: each table's rows, counted and hashed, each
  /// sequence, and the schema as pg_dump says it; the rows of the tables named here are left out.
  package func image(emptying tables: Set<String> = []) throws -> [String] {
    let rows = try run(
      """
      SET extra_float_digits = 3;
      SELECT format('SELECT %L, count(*), md5(coalesce(string_agg(x::text, chr(10) ORDER BY x::text '
        || 'COLLATE "C"), '''')) FROM ONLY %I.%I x', n.nspname || '.' || c.relname, n.nspname, c.relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'm') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      ORDER BY 1
      \\gexec
      SELECT format('SELECT %L, last_value, is_called FROM %I.%I', c.relname, n.nspname, c.relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' ORDER BY 1
      \\gexec
      """
    ).split(separator: "\n").map(String.init).filter { line in
      !tables.contains { line.hasPrefix("public.\($0)|") }
    }
    let schema = try call(["pg_dump", "--schema-only", "-d", uri()]).output
      .split(separator: "\n").map(String.init).filter { !$0.contains("restrict ") }
    return rows + schema
  }
}
