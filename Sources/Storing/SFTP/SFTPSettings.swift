/// All a store needs to know about its server.
package struct SFTPSettings: Sendable {
  /// Where the repository lives.
  package var address: SFTPAddress
  /// The key the server must show.
  package var hostKey: HostKey
  /// The private key file to log in with.
  package var identityPath: String
  /// Most sessions open at once; each is one TCP connection, one thread and one window.
  package var connections: Int
  /// Most bytes sent in a second by all sessions together; nil for no limit.
  package var uploadLimit: Int?
  /// Longest wait for a connection, and for each of the server's answers until the login is done.
  package var connectingPatience: Duration
  /// Longest wait without a single byte going either way, once connected.
  package var patience: Duration
  /// Waits before each further attempt of an operation whose connection failed.
  package var pauses: [Duration]

  /// The usual waits: about 12 seconds in all, which a restart of the server fits into.
  package static let usualPauses: [Duration] = [
    .milliseconds(200), .seconds(1), .seconds(3), .seconds(8),
  ]

  /// Makes settings; `connections` below 1 counts as 1.
  package init(
    address: SFTPAddress, hostKey: HostKey, identityPath: String, connections: Int = 3,
    uploadLimit: Int? = nil,
    connectingPatience: Duration = .seconds(15), patience: Duration = .seconds(30),
    pauses: [Duration] = Self.usualPauses
  ) {
    self.address = address
    self.hostKey = hostKey
    self.identityPath = identityPath
    self.connections = max(1, connections)
    self.uploadLimit = uploadLimit
    self.connectingPatience = connectingPatience
    self.patience = patience
    self.pauses = pauses
  }
}
