import Glibc
package import Storing
import Synchronization

/// A real OpenSSH server on this machine, with keys and a directory of its own.
///
/// It listens on a free port of 127.0.0.1, runs as the current user and lets that user in with
/// ``identityPath`` alone. It goes, and its directory with it, when the value is released.
package final class LoopbackSSHD: Sendable {
  /// What the server is like.
  package struct Options: Sendable {
    /// The type of its only host key, as `ssh-keygen` calls it.
    package var hostKeyType = "ed25519"
    /// The type of the user's key.
    package var identityType = "ed25519"
    /// The program behind the SFTP subsystem, if there is one.
    package var sftpServer: String? = "internal-sftp"

    /// The usual server: Ed25519 keys and the internal SFTP server.
    package init() {}
  }

  /// The private key that may log in; its public half is next to it.
  package let identityPath: String
  /// The host key as its `.pub` file has it.
  package let hostKeyLine: String
  /// The port the server listens on, also after a restart.
  package let port: UInt16
  /// A directory for the test's files, in which the repository `root` is not made yet.
  package let directory: TemporaryDirectory
  private let process = Mutex<ChildProcess?>(nil)

  /// Makes keys, starts the server and waits until it answers.
  package init(_ options: Options = Options()) throws {
    directory = try TemporaryDirectory("lethe-sshd")
    let home = directory.path
    identityPath = home + "/identity"
    try Self.makeKey(identityPath, options.identityType)
    try Self.makeKey(home + "/host", options.hostKeyType)
    hostKeyLine = try TextFile.read(home + "/host.pub")
    port = try Self.freePort()
    // OpenSSH refuses to start as root without it; nobody but root can or need make it.
    if geteuid() == 0 { mkdir("/run/sshd", 0o755) }
    let configuration = """
      ListenAddress 127.0.0.1:\(port)
      HostKey \(home)/host
      AuthorizedKeysFile \(home)/identity.pub
      PidFile none
      StrictModes no
      UsePAM no
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      MaxStartups 100
      LogLevel VERBOSE
      \(options.sftpServer.map { "Subsystem sftp " + $0 } ?? "")
      """
    try TextFile.write(configuration + "\n", to: home + "/sshd_config")
    try start()
  }

  /// The repository directory on the server, made by nobody yet.
  package var root: String { directory.path + "/root" }

  /// The address of the repository, or of another directory.
  package func address(path: String? = nil, port: UInt16? = nil) -> SFTPAddress {
    SFTPAddress(
      user: Self.userName, host: "127.0.0.1", port: port ?? self.port, path: path ?? root)
  }

  /// Settings for a store on this server, with short waits.
  package func settings(path: String? = nil, port: UInt16? = nil) throws -> SFTPSettings {
    SFTPSettings(
      address: address(path: path, port: port), hostKey: try HostKey(parsing: hostKeyLine),
      identityPath: identityPath, patience: .seconds(10),
      pauses: [.milliseconds(1), .milliseconds(10), .milliseconds(50)])
  }

  /// Starts the server, again if it was stopped, and waits until it answers.
  package func start() throws {
    let home = directory.path
    let child = try ChildProcess(
      ["/usr/sbin/sshd", "-D", "-e", "-f", home + "/sshd_config"], output: home + "/log")
    process.withLock { $0 = child }
    for _ in 0..<500 {
      if Loopback.answers(on: port) { return }
      usleep(10_000)
    }
    throw TestKitError("sshd did not start: " + ((try? TextFile.read(home + "/log")) ?? ""))
  }

  /// Kills the server and every session it has.
  package func stop() { process.withLock { $0 = nil } }

  /// Freezes the server and its sessions: connections stay, and nothing answers.
  package func pause() { signal(SIGSTOP) }

  /// Lets a frozen server go on.
  package func resume() { signal(SIGCONT) }

  /// Kills the sessions and lets the server listen on.
  package func cutSessions() {
    let processes = process.withLock { $0?.descendants ?? [] }
    for session in processes.dropFirst().reversed() { kill(session, SIGKILL) }
  }

  /// How often somebody logged in so far.
  package var logins: Int { log.split(separator: "Accepted publickey").count - 1 }

  /// What the server has logged so far.
  package var log: String { (try? TextFile.read(directory.path + "/log")) ?? "" }

  private func signal(_ number: Int32) {
    for one in process.withLock({ $0?.descendants ?? [] }) { kill(one, number) }
  }

  private static var userName: String {
    guard let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name else { return "root" }
    return String(cString: name)
  }

  private static func makeKey(_ path: String, _ type: String) throws {
    let status = try ChildProcess.run(["ssh-keygen", "-q", "-t", type, "-N", "", "-f", path])
    guard status == 0 else { throw TestKitError("ssh-keygen -t \(type) failed: \(status)") }
  }

  private static func freePort() throws -> UInt16 {
    let (listener, port) = try Loopback.listener()
    Loopback.close(listener)
    return port
  }
}
