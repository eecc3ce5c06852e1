internal import Foundation
internal import Repository

/// The agent's state directory: who may see it, who else copies it, and whether it has room.
struct StateExamination {
  private let configuration: Configuration

  init(_ configuration: Configuration) { self.configuration = configuration }

  private var path: String { configuration.state }

  func diagnoses() -> [Diagnosis] {
    guard let status = PathStatus(path) else {
      return [
        .notice(
          .state, "\(path) is not there yet",
          remedy: "run `lethe init` for a new repository, or `lethe adopt` for an existing one")
      ]
    }
    return [access(status)] + whole + copies + place(status) + [room].compactMap { $0 }
  }

  private func access(_ status: PathStatus) -> Diagnosis {
    guard status.user == geteuid() else {
      return .critical(
        .state, "\(path) belongs to \(status.owner), not to \(PathStatus.name(of: geteuid()))",
        remedy: "run Lethe as \(status.owner), always, or chown -R it")
    }
    guard status.mode & 0o077 == 0 else {
      return .critical(
        .state,
        "\(path) may be entered by others (mode \(status.modeText)); the agent's keys "
          + "lie there",
        remedy: "chmod 700 \(path)")
    }
    return .fine(.state, "\(path) is its owner's alone")
  }

  private var whole: [Diagnosis] {
    do {
      let state = try AgentState(reading: path)
      _ = try state.required(.repository)
      return [.fine(.state, "the agent's state can be read")]
    } catch { return [.critical(.state, error)] }
  }

  /// Copies of the state keep keys of people who were erased since.
  private var copies: [Diagnosis] {
    var found: [Diagnosis] = []
    let resolved = FileFacts.resolved(path)
    for origin in configuration.origins {
      guard case .directory(let tree) = origin.source,
        (resolved + "/").hasPrefix(FileFacts.resolved(tree) + "/")
      else { continue }
      found.append(
        .critical(
          .state,
          "\(path) lies in the directory of origin \(origin.name) and is backed up by "
            + "Lethe",
          remedy: "move it elsewhere, with no run going on, and change `state`"))
    }
    if !FileManager.default.fileExists(atPath: "\(path)/\(CacheTag.fileName)") {
      found.append(
        .warning(
          .state,
          "\(path) is not marked as a cache, so that another backup of this machine may copy it: "
            + "an "
            + "erased person's keys would live on there",
          remedy: "echo '\(CacheTag.signature)' > \(path)/\(CacheTag.fileName), and exclude "
            + "\(path) "
            + "from other backups and snapshots of this machine"))
    }
    return found
  }

  /// The spool takes room from the server, and snapshots of its file system keep erased keys.
  private func place(_ status: PathStatus) -> [Diagnosis] {
    var found: [Diagnosis] = []
    let neighbours = configuration.origins.filter { origin in
      PathStatus(origin.path).map(status.shares) ?? false
    }
    if !neighbours.isEmpty {
      found.append(
        .notice(
          .state,
          "the spool shares the disk of \(neighbours.map(\.name).joined(separator: ", ")): a "
            + "full disk "
            + "stops the server too",
          remedy: "put `state` on a disk of its own if room is scarce; a run refuses to begin "
            + "without "
            + "room for its spool"))
    }
    if let name = Self.copyingFileSystem(path) {
      found.append(
        .notice(
          .state, "\(path) lies on \(name), whose snapshots keep the keys of erased people",
          remedy: "exclude it from snapshots: a subvolume or dataset of its own"))
    }
    return found
  }

  /// File systems whose habit it is to take snapshots.
  private static let copyingFileSystems: Set = ["btrfs", "zfs"]

  /// The type of such a file system, by the longest place of a mount that the path begins with.
  private static func copyingFileSystem(_ path: String) -> String? {
    let path = FileFacts.resolved(path) + "/"
    let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
    var best: (place: Substring, type: String) = ("", "")
    for mount in mounts.split(separator: "\n") {
      let words = mount.split(separator: " ")
      guard words.count > 2, words[1].count > best.place.count else { continue }
      if words[1] == "/" || path.hasPrefix("\(words[1])/") { best = (words[1], String(words[2])) }
    }
    return copyingFileSystems.contains(best.type) ? best.type : nil
  }

  private var room: Diagnosis? {
    guard let free = PathStatus.freeByteCount(at: path) else { return nil }
    let needed = configuration.origins.reduce(0) { sum, origin in
      guard case .database(let path) = origin.source else { return sum }
      return sum + Backup.spoolByteCount(databases: FileFacts.byteCount(path))
    }
    guard free < needed else {
      return .fine(.state, "\(Amount.bytes(free)) are free for the spool")
    }
    return .critical(
      .state,
      "\(path) has \(Amount.bytes(free)) free, but the spool may need "
        + "\(Amount.bytes(needed))",
      remedy: "free some, or name a directory on a larger disk under `state`")
  }
}

extension Configuration.Origin {
  /// Where its data lie.
  var path: String {
    switch source {
    case .database(let path), .directory(let path): path
    case .postgresql(let uri): uri
    }
  }
}
