package import CLinux
internal import Foundation

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
    identifier = try Self.spawn(
      ["/bin/sh", "-c", script, "sh"] + command, input: ends[0], output: output)
    leash = ends[1]
  }

  /// Runs a program to its end; all it prints goes to the file.
  ///
  /// Returns its exit status, or 128 and the number of the signal that ended it.
  package static func run(_ command: [String], output: String = "/dev/null") throws -> Int32 {
    end(of: try spawn(command, output: output))
  }

  /// Runs a program to its end with these variables alone.
  ///
  /// Its output and errors go to files; `meanwhile` is given the process. Returns its exit status, or
  /// 128 and the number of the signal that ended it.
  package static func run(
    _ command: [String], environment: [String: String], output: String, errors: String,
    meanwhile: (@Sendable (pid_t) async -> Void)?
  ) async throws -> Int32 {
    let identifier = try spawn(
      command, environment: environment.map { "\($0)=\($1)" }, output: output, errors: errors)
    let (ends, end) = AsyncStream<Int32>.makeStream()
    // A thread for each: the tasks' own are few, and must not block.
    Thread.detachNewThread { end.yield(Self.end(of: identifier)) }
    if let meanwhile { await meanwhile(identifier) }
    for await status in ends { return status }
    throw TestKitError("nobody waits for \(command[0])")
  }

  private static func end(of process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7f
    return signal == 0 ? status >> 8 & 0xff : 128 + signal
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

  /// Starts a program, in which nothing else that is open here is open.
  ///
  /// Without `input` there is none; without `environment` it is ours, and without `errors` they go to
  /// the output.
  private static func spawn(
    _ command: [String], environment: [String]? = nil, input: Int32? = nil,
    output: String = "/dev/null", errors: String? = nil
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    let flags = O_WRONLY | O_CREAT | O_APPEND
    posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
    if let errors {
      posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
    } else {
      posix_spawn_file_actions_adddup2(&actions, 1, 2)
    }
    linux_close_others(&actions)
    let arguments = terminated(command)
    let variables = environment.map { terminated($0) }
    defer { (arguments + (variables ?? [])).forEach { free($0) } }
    var process = pid_t()
    let status =
      if let variables {
        posix_spawnp(&process, command[0], &actions, nil, arguments, variables)
      } else {
        posix_spawnp(&process, command[0], &actions, nil, arguments, environ)
      }
    guard status == 0 else { throw TestKitError("cannot start \(command[0]): errno \(status)") }
    return process
  }

  private static func terminated(_ words: [String]) -> [UnsafeMutablePointer<CChar>?] {
    words.map { strdup($0) } + [nil]
  }
}
