internal import CLinux
internal import Dispatch
internal import Foundation

/// What a program prints, for a limited time and of a limited length; no shell is involved.
package struct CommandOutput {
  private let arguments: [String]
  private let input: [UInt8]
  private let deadline: DispatchTime
  private let maximumByteCount: Int

  /// Runs a program to its end, at most `seconds` long, with `input` on its standard input.
  ///
  /// It blocks; the program and its children are ended with an error.
  package static func of(
    _ arguments: [String], input: [UInt8] = [], seconds: Int, maximumByteCount: Int
  ) throws(OriginError) -> [UInt8] {
    try CommandOutput(
      arguments: arguments, input: input, deadline: .now() + .seconds(seconds),
      maximumByteCount: maximumByteCount
    ).run()
  }

  private var name: String { arguments.first ?? "" }

  private func run() throws(OriginError) -> [UInt8] {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw failure("cannot be run: \(reason(errno))") }
    defer { close(ends[0]) }
    // The program must not hold them beside its output: the end would never be seen.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let child: pid_t
    do throws(OriginError) { child = try spawn(output: ends[1]) } catch {
      close(ends[1])
      throw error
    }
    close(ends[1])
    do throws(OriginError) {
      let bytes = try read(ends[0])
      let status = try wait(for: child)
      guard status == 0 else {
        throw failure("ended with status \(status >> 8 & 0xff), signal \(status & 0x7f)")
      }
      return bytes
    } catch {
      // Its own children too, who are in its group.
      kill(-child, SIGKILL)
      var status: Int32 = 0
      waitpid(child, &status, 0)
      throw error
    }
  }

  private func spawn(output: Int32) throws(OriginError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    let source = try inputDescriptor()
    defer { close(source) }
    posix_spawn_file_actions_adddup2(&actions, source, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    // What it complains of may name people.
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    linux_close_others(&actions)
    // What this process ignores or holds back is the program's to hear.
    var (none, pipe) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &pipe)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var words = arguments.map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, name, &actions, &attributes, &words, environ)
    guard code == 0 else { throw failure("cannot be run: \(reason(code))") }
    return child
  }

  /// What the program reads: a pipe that holds all of it already, so that nobody waits for anybody.
  private func inputDescriptor() throws(OriginError) -> Int32 {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw failure("cannot be given its input: \(reason(errno))") }
    defer { close(ends[1]) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[1], Self.setPipeByteCount, 1 << 20)
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    guard input.isEmpty || write(ends[1], input, input.count) == input.count else {
      close(ends[0])
      throw failure("cannot be given \(input.count) bytes of input")
    }
    return ends[0]
  }

  /// F_SETPIPE_SZ of Linux, which the library's headers hide.
  private static let setPipeByteCount: Int32 = 1031

  private var remainingMilliseconds: Int32 {
    let now = DispatchTime.now()
    guard now < deadline else { return 0 }
    return Int32(clamping: (deadline.uptimeNanoseconds - now.uptimeNanoseconds) / 1_000_000 + 1)
  }

  private func read(_ descriptor: Int32) throws(OriginError) -> [UInt8] {
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = Glibc.poll(&poll, 1, remainingMilliseconds)
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { throw failure("did not end in time") }
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      guard count >= 0 else { throw failure("cannot be read: \(reason(errno))") }
      if count == 0 { return output }
      output += buffer[..<count]
      guard output.count <= maximumByteCount else {
        throw failure("prints more than \(maximumByteCount >> 20) MiB")
      }
    }
  }

  /// It may close its output and go on.
  private func wait(for child: pid_t) throws(OriginError) -> Int32 {
    while true {
      var status: Int32 = 0
      let found = waitpid(child, &status, WNOHANG)
      if found == child { return status }
      guard remainingMilliseconds > 0, found == 0 || errno == EINTR else {
        throw failure("did not end in time")
      }
      usleep(2_000)
    }
  }

  private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  private func failure(_ what: String) -> OriginError {
    OriginError(.failed, "the program \(name) \(what)")
  }
}
