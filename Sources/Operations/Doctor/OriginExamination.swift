internal import Foundation
internal import Querying

/// The live databases and directories: whether they can be read, without harm, and by which rules.
struct OriginExamination {
  private let configuration: Configuration

  init(_ configuration: Configuration) { self.configuration = configuration }

  func diagnoses() async -> [Diagnosis] {
    var sources = Sources(of: configuration)
    var found: [Diagnosis] = []
    for origin in configuration.origins {
      if case .database(let path) = origin.source { found += files(of: origin.name, path) }
      do {
        try await sources.add(origin, of: configuration)
        found.append(await opened(origin, sources))
      } catch { found.append(refusal(error, origin)) }
    }
    found += sources.findings.map { finding in
      .notice(
        .origins, finding,
        remedy: "see `lethe doctor --profile`, and add the rule to a profile of your own")
    }
    do { try await sources.refuseDataOfNobody() } catch { found.append(.critical(.origins, error)) }
    await sources.close()
    return found
  }

  private func opened(_ origin: Configuration.Origin, _ sources: Sources) async -> Diagnosis {
    let count = sources.accounts(of: [origin.name]).count
    let accounts = count > 0 ? "; \(count) accounts are listed" : ""
    return switch origin.source {
    case .database, .postgresql:
      .fine(
        .origins,
        "\(origin.name): can be read beside the server, by profile \(origin.profile)\(accounts)")
    case .directory(let path): directory(origin, path, accounts)
    }
  }

  /// Only the root is looked at; files that cannot be read are named by each run.
  private func directory(
    _ origin: Configuration.Origin, _ path: String, _ accounts: String
  ) -> Diagnosis {
    guard access(path, R_OK | X_OK) == 0 else {
      return .critical(
        .origins, "\(origin.name): \(path) cannot be listed: \(String(cString: strerror(errno)))",
        remedy: "run as root, or give this user the right to read it: setfacl -R -m u:USER:rX "
          + "\(path)")
    }
    return .fine(.origins, "\(origin.name): can be read, by profile \(origin.profile)\(accounts)")
  }

  /// The commonest refusal is told with the commands that mend it.
  private func refusal(_ error: any Error, _ origin: Configuration.Origin) -> Diagnosis {
    guard case .database(let path) = origin.source,
      let header = try? DatabaseHeader.read(path: path), !header.isWAL,
      let owner = PathStatus(path)?.owner
    else { return .critical(.origins, error) }
    return .critical(
      .origins,
      "\(origin.name): \(path) uses a rollback journal: reading it beside the server can make the "
        + "server lose writes",
      remedy: "once: stop the server; runuser -u \(owner) -- sqlite3 \(path) 'PRAGMA "
        + "journal_mode=WAL'; "
        + "start the server. The mode stays")
  }

  private static let companions = ["-wal", "-shm", "-journal"]

  /// What lies beside a database, and would stop its server.
  private func files(of name: String, _ path: String) -> [Diagnosis] {
    guard let database = PathStatus(path) else { return [] }
    var found: [Diagnosis] = []
    for companion in Self.companions.map({ path + $0 }) {
      guard let status = PathStatus(companion), status.user != database.user else { continue }
      found.append(
        .critical(
          .origins,
          "\(name): \(companion) belongs to \(status.owner), the database to \(database.owner): "
            + "its "
            + "server cannot write",
          remedy: "stop the server; chown --reference=\(path) \(companion); start the server"))
    }
    if let log = PathStatus(path + "-wal"), log.byteCount > max(64 << 20, database.byteCount) {
      found.append(
        .warning(
          .origins,
          "\(name): the write-ahead log has \(Amount.bytes(log.byteCount)), more than the database",
          remedy: "something reads without end and keeps it from being folded in; find it with "
            + "`fuser \(path)`, end it, then: sqlite3 \(path) 'PRAGMA wal_checkpoint(TRUNCATE)' as "
            + database.owner))
    }
    return found
  }
}
