internal import Foundation
package import Origins
internal import Yams

/// The configuration file, read and checked: nothing in it is left unused or guessed.
package struct Configuration: Sendable, Equatable {
  /// The key `repository`: where the backups go, and how they get there.
  package struct Repository: Sendable, Equatable {
    /// `sftp://USER@HOST[:PORT]/DIRECTORY` or `file:///DIRECTORY`, as it is written.
    package let url: String
    /// The private key for SFTP; nil for `file://`.
    package let identity: String?
    /// The pinned host key line for SFTP; nil for `file://`.
    package let hostKey: String?
    /// Sessions that send at once, 1 to 8; 2 unless configured.
    package let connections: Int
    /// Most bytes sent in a second over SFTP; nil for no limit.
    package let uploadLimit: Int?
  }

  /// Programs that are told how a run ended: each a path and arguments, empty for none.
  package struct Hooks: Sendable, Equatable {
    /// After a snapshot that is complete.
    package var onSuccess: [String] = []
    /// After a run that failed, or left something out.
    package var onFailure: [String] = []
    /// After a snapshot that is degraded.
    package var onBrake: [String] = []
    /// Seconds that one may take.
    package var timeout = 60
  }

  /// What an origin is read from: its key `database` or `directory`.
  package enum Source: Sendable, Equatable {
    case database(path: String)
    /// A PostgreSQL database, by an address without a password.
    case postgresql(uri: String)
    case directory(path: String)
  }

  /// An item of `origins`: what is backed up, and how its owners are told.
  package struct Origin: Sendable, Equatable {
    /// 1 to 64 ASCII letters, digits, `-` and `_`, no name twice: it names a directory. [F-CAT-2]
    package let name: String
    /// Where it is; a drill puts the place of what it restored here.
    package internal(set) var source: Source
    /// The name of a file in one of the profile directories, or with a `/` the path of one.
    package let profile: String
    /// The origins that say who exists, where this one does not.
    package let accounts: [String]
    /// A list of accounts that live elsewhere.
    package let roll: AccountRoll.Source?
    /// What stands before the names of a database's tables; empty for nothing.
    package let prefix: String
    /// Owner expressions for a database's tables, by name.
    package let owners: [String: String]
    /// An owner expression for the tables that have none.
    package let otherOwner: String?
    /// Values for the profile's parameters, such as `host`.
    package let parameters: [String: String]
  }

  /// How many accounts may be gone within a hold and still be taken for deleted.
  ///
  /// More than both numbers allow, or more than half of all, are taken for a fault.
  package struct Brake: Sendable, Equatable {
    /// Accounts, 0 to 1,000,000; 5 unless configured.
    package let accounts: Int
    /// Percent of the accounts that were known, 0 to 100; 1 unless configured.
    package let percent: Int
  }

  /// The file that was read; messages name it, and profiles may lie beside it.
  package let path: String
  /// Checked: with SFTP there are an identity and a host key, with `file://` neither.
  package let repository: Repository
  /// The directory of the agent's state, which is made where it is not there.
  package let state: String
  /// Seconds between runs.
  package let interval: Int
  /// Seconds that a snapshot is kept, the newest complete one longer; 14 days unless configured.
  package let retention: Int
  /// Seconds within which every row is sealed anew; 14 days unless configured.
  package let renewal: Int
  /// Seconds from an erasure to the end of the keys, at least; 72 hours unless configured.
  package let hold: Int
  /// What makes a run doubt that so many accounts are gone.
  package let brake: Brake
  /// The directory in which the server's modules report deletions.
  package let inbox: String
  /// In the order of the file; empty where it has none, which suffices for a restore.
  package private(set) var origins: [Origin]
  /// The file that Prometheus' node exporter reads, written after each run; nil for none.
  package let metrics: String?
  /// Who is told how a run ended.
  package let hooks: Hooks

  /// Reads and checks the file at a path.
  package static func load(_ path: String) throws -> Configuration {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw OperationError(
        .usage, "cannot read the configuration \(path); name it with --config or LETHE_CONFIG")
    }
    return try parse(String(decoding: data, as: UTF8.self), path: path)
  }

  /// Where profiles of a given name are looked for, first match first.
  package var profileDirectories: [String] {
    let environment = ProcessInfo.processInfo.environment["LETHE_PROFILES"].map { [$0] } ?? []
    let beside = URL(fileURLWithPath: path).deletingLastPathComponent().path + "/profiles"
    return environment + [beside, "/etc/lethe/profiles", "/usr/share/lethe/profiles"]
  }

  /// The same, with origins where a restore into a target puts them.
  func relocated(to target: String) -> Configuration {
    var copy = self
    for (index, origin) in origins.enumerated() {
      let place = "\(target)/\(origin.name)"
      copy.origins[index].source =
        switch origin.source {
        case .database(let path):
          .database(path: place + "/" + URL(fileURLWithPath: path).lastPathComponent)
        case .directory: .directory(path: place)
        // What is restored is a file for psql, and no database yet.
        case .postgresql: origin.source
        }
    }
    return copy
  }

  /// Reads and checks a text; variables of the environment that begin with `LETHE_` come first.
  package static func parse(
    _ text: String, path: String,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> Configuration {
    let node: Node?
    do { node = try Yams.compose(yaml: text) } catch {
      let reason = "\(error)".split(separator: "\n").first ?? "no reason is given"
      throw OperationError(.usage, "\(path) is not YAML: \(reason)")
    }
    guard let mapping = node?.mapping else {
      throw OperationError(.usage, "\(path) is not a mapping of keys; see Config/lethe.yaml")
    }
    var reader = SettingsReader(
      mapping, place: path, environment: environment, variables: "LETHE")
    let configuration = Configuration(
      path: path, repository: try repository(&reader), state: try reader.text("state"),
      interval: try reader.duration("interval", otherwise: 4 * 3600),
      retention: try reader.duration("retention", otherwise: 14 * 86400),
      renewal: try reader.duration("renewal", otherwise: 14 * 86400),
      erasure: try erasure(&reader), origins: try Origin.all(&reader),
      metrics: try reader.optionalText("metrics"), hooks: try Hooks(&reader))
    try reader.end()
    return configuration
  }

  private init(
    path: String, repository: Repository, state: String, interval: Int, retention: Int,
    renewal: Int, erasure: Erasure, origins: [Origin], metrics: String?, hooks: Hooks
  ) {
    self.path = path
    self.repository = repository
    self.state = state
    self.interval = interval
    self.retention = retention
    self.renewal = renewal
    hold = erasure.hold
    brake = erasure.brake
    inbox = erasure.inbox
    self.origins = origins
    self.metrics = metrics
    self.hooks = hooks
  }

  private static func repository(_ reader: inout SettingsReader) throws -> Repository {
    var section = try reader.section("repository")
    let url = try section.text("url")
    let identity = try section.optionalText("identity")
    let hostKey = try section.optionalText("host-key")
    let connections = try section.number("connections", otherwise: 3, in: 1...8)
    let limit = try section.byteCount("upload-limit")
    try section.end()
    let isRemote = url.hasPrefix("sftp://")
    guard isRemote || url.hasPrefix("file:///") else {
      throw section.wrong("url", "must begin with sftp:// or file:///")
    }
    if isRemote, identity == nil { throw section.wrong("identity", "is needed for sftp://") }
    if isRemote, hostKey == nil {
      throw section.wrong(
        "host-key",
        "is needed for sftp://: a line such as `ssh-ed25519 AAAA…`, which "
          + "`ssh-keyscan -t ed25519 HOST` prints; compare it with the server's own before you trust it"
      )
    }
    if !isRemote, identity != nil || hostKey != nil || limit != nil {
      throw section.wrong(
        "url", "of file:// takes no identity, host-key or upload-limit; remove them")
    }
    return Repository(
      url: url, identity: identity, hostKey: hostKey, connections: connections,
      uploadLimit: limit)
  }

  private struct Erasure {
    var hold = 72 * 3600
    var brake = Brake(accounts: 5, percent: 1)
    var inbox = "/var/spool/lethe/inbox"
  }

  private static func erasure(_ reader: inout SettingsReader) throws -> Erasure {
    var erasure = Erasure()
    guard var section = try reader.optionalSection("erasure") else { return erasure }
    erasure.hold = try section.duration("hold", otherwise: erasure.hold)
    erasure.inbox = try section.optionalText("inbox") ?? erasure.inbox
    if var inner = try section.optionalSection("brake") {
      erasure.brake = Brake(
        accounts: try inner.number("accounts", otherwise: 5, in: 0...1_000_000),
        percent: try inner.number("percent", otherwise: 1, in: 0...100))
      try inner.end()
    }
    try section.end()
    return erasure
  }
}

/// The spans of time in the unit of all times of the log and of the agent's state.
extension Configuration {
  var intervalMilliseconds: Int64 { Int64(interval) * 1000 }
  var retentionMilliseconds: Int64 { Int64(retention) * 1000 }
  var renewalMilliseconds: Int64 { Int64(renewal) * 1000 }
  var holdMilliseconds: Int64 { Int64(hold) * 1000 }
}
