package import Glibc

/// A program this test started, which ends with it even if the test crashes.
package final class ChildProcess: Sendable {
  private let identifier: pid_t
  private let leash: Int32

  /// Starts a program without a terminal; its output goes to the file.
  ///
  /// A shell holds the program on a pipe: when the writing end closes, for whatever reason, the
  /// shell kills the program.
  package init(_ command: [String], output: String = "/dev/null") throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw TestKitError("pipe failed: errno \(errno)") }
    _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
    defer { Glibc.close(ends[0]) }
    let script = #""$@" </dev/null & read -r _; kill -9 $!; wait $!"#
    identifier = try Self.spawn(["/bin/sh", "-c", script, "sh"] + command, ends[0], output)
    leash = ends[1]
  }

  /// Runs a program to its end and returns its exit status.
  package static func run(_ command: [String]) throws -> Int32 {
    var status: Int32 = 0
    waitpid(try spawn(command, nil, "/dev/null"), &status, 0)
    return status & 0x7f == 0 ? status >> 8 & 0xff : -1
  }

  /// The processes below the shell, parents first: the program and what it started in turn.
  package var descendants: [pid_t] {
    var found = Self.children(of: identifier)
    var index = 0
    while index < found.count {
      found += Self.children(of: found[index])
      index += 1
    }
    return found
  }

  deinit {
    for process in descendants.reversed() { kill(process, SIGKILL) }
    kill(identifier, SIGKILL)
    Glibc.close(leash)
    waitpid(identifier, nil, 0)
  }

  private static func children(of process: pid_t) -> [pid_t] {
    let list = try? TextFile.read("/proc/\(process)/task/\(process)/children")
    return (list ?? "").split(separator: " ").compactMap { pid_t($0) }
  }

  private static func spawn(_ command: [String], _ input: Int32?, _ output: String) throws -> pid_t
  {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input { posix_spawn_file_actions_adddup2(&actions, input, 0) }
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    defer { arguments.forEach { free($0) } }
    arguments.append(nil)
    var process = pid_t()
    let status = posix_spawnp(&process, command[0], &actions, nil, arguments, environ)
    guard status == 0 else { throw TestKitError("cannot start \(command[0]): errno \(status)") }
    return process
  }
}
