internal import Format
internal import Repository
internal import Sealing
internal import Storing

/// The remote: whether it does what Lethe relies on, seen by trying it.
struct RepositoryExamination {
  private let configuration: Configuration
  private let store: any Store
  private let now: Int64

  /// `now` is in milliseconds since 1970.
  init(_ configuration: Configuration, store: any Store, now: Int64) {
    self.configuration = configuration
    self.store = store
    self.now = now
  }

  private var url: String { configuration.repository.url }

  func diagnoses() async -> [Diagnosis] {
    do throws(StoreError) {
      guard try await store.byteCount(of: Self.format) != nil else { return [empty] }
    } catch {
      guard error.code == .missing else { return [refusal(error)] + (await shownKey(error)) }
      return [empty]
    }
    var found: [Diagnosis] = [.fine(.repository, "\(url) answers, and holds a repository")]
    found += await sessions()
    do throws(StoreError) { found += try await behaviour() } catch { found.append(refusal(error)) }
    return found + (await durability()) + (await room()) + (await history())
  }

  private static let format: ObjectName = {
    guard let name = ObjectName("format") else { preconditionFailure("a well-formed name") }
    return name
  }()

  private var empty: Diagnosis {
    .notice(
      .repository, "\(url) can be reached, and holds no repository yet",
      remedy: "run `lethe init`, or `lethe adopt` if it should hold one: then look at the path")
  }

  private func refusal(_ error: StoreError) -> Diagnosis {
    .critical(.repository, VaultError(error, doing: "\(url) cannot be used"))
  }

  /// Beside a host key that is not the pinned one, the line to pin.
  private func shownKey(_ error: StoreError) async -> [Diagnosis] {
    guard error.code == .refused, let address = try? SFTPAddress(parsing: url),
      let key = try? await HostKey.shown(by: address), key.line != pinnedLine
    else { return [] }
    return [
      .notice(
        .repository, "the server shows the host key \(key.line) (\(key.fingerprint))",
        remedy: "compare the fingerprint with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` "
          + "on "
          + "the server itself; only if it is the same, pin the line under `host-key`")
    ]
  }

  private var pinnedLine: String? {
    configuration.repository.hostKey.flatMap { try? HostKey(parsing: $0) }?.line
  }

  /// All sessions at once, as a run opens them.
  private func sessions() async -> [Diagnosis] {
    let count = configuration.repository.connections
    guard store is SFTPStore else { return [] }
    let failures = await withTaskGroup(of: StoreError?.self) { group in
      for _ in 0..<count {
        group.addTask {
          do throws(StoreError) { _ = try await store.freeByteCount() } catch { return error }
          return nil
        }
      }
      return await group.reduce(into: [StoreError]()) { if let error = $1 { $0.append(error) } }
    }
    guard let first = failures.first else {
      return [.fine(.repository, "\(count) sessions at once are accepted")]
    }
    return [
      .critical(
        .repository, "\(failures.count) of \(count) sessions at once are not: \(first.message)",
        remedy: "raise MaxSessions and MaxStartups of the server, or lower `connections`")
    ]
  }

  /// Writes, reads, writes again and removes an object of its own. [F-ORD-1]
  private func behaviour() async throws(StoreError) -> [Diagnosis] {
    guard let name = ObjectName("tmp/\(Hexadecimal.encode(Random.bytes(16)))") else {
      preconditionFailure("a well-formed name")
    }
    let bytes = Random.bytes(1 << 20)
    let began = ContinuousClock.now
    try await store.put(bytes, as: name)
    let writing = ContinuousClock.now - began
    var found: [Diagnosis] = []
    let read = try await store.get(name, upTo: bytes.count)
    found.append(
      read == bytes
        ? .fine(
          .repository,
          "1 MiB was made durable in \(Self.milliseconds(writing)) ms and read back the same")
        : .critical(
          .repository, "what was written was read back as something else",
          remedy: "do not use this storage; look at its disk and memory"))
    found.append(await exclusiveness(name))
    let time = try await store.modificationTime(of: name)
    found.append(clock(time))
    return found + (await removal(of: name))
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
  }

  /// Two agents are kept apart by this alone.
  private func exclusiveness(_ name: ObjectName) async -> Diagnosis {
    do throws(StoreError) { try await store.put(Random.bytes(32), as: name) } catch {
      return error.code == .exists
        ? .fine(.repository, "a name that is taken is not taken again") : refusal(error)
    }
    return .critical(
      .repository,
      "the server lets one file be renamed over another: two agents would not be "
        + "kept apart",
      remedy: "use OpenSSH's own sftp-server there")
  }

  private func clock(_ seconds: Int64?) -> Diagnosis {
    let last = (try? AgentState(reading: configuration.state))
      .flatMap { try? $0.lastEntry().time }
    let clock = Clock(now: now, lastEntry: last ?? now, remote: seconds.map { $0 * 1000 })
    let patience = configuration.retentionMilliseconds
    if let objection = clock.objection(longest: patience) {
      return .critical(
        .repository, objection,
        remedy: "set the clock with `timedatectl set-ntp true`, here or "
          + "there")
    }
    guard let seconds else {
      return .notice(
        .repository, "the remote tells no times, so that its clock cannot be compared",
        remedy: "keep this machine's clock right: `timedatectl set-ntp true`")
    }
    let difference = abs(now / 1000 - seconds)
    return .fine(.repository, "its clock and this machine's are \(difference) s apart")
  }

  private func removal(of name: ObjectName) async -> [Diagnosis] {
    do throws(StoreError) {
      try await store.remove(name)
      guard try await store.byteCount(of: name) == nil else {
        return [
          .critical(
            .repository, "what was removed is still there",
            remedy: "look whether the remote is a cache or an object store with versions")
        ]
      }
    } catch {
      guard error.code == .refused else { return [refusal(error)] }
      return [
        .notice(
          .repository, "this credential may not remove anything, and leaves an object in tmp/",
          remedy: "that is right for a timer whose runs use --no-prune; expiry and erasure then "
            + "need a "
            + "second key from elsewhere")
      ]
    }
    return [.fine(.repository, "what is removed is gone")]
  }

  private func durability() async -> [Diagnosis] {
    guard let sftp = store as? SFTPStore else { return [] }
    do throws(StoreError) {
      return try await sftp.syncsDirectories()
        ? [.fine(.repository, "files and directories are made durable when asked")]
        : [
          .warning(
            .repository,
            "the server makes files durable, but not the directories that name them: a power cut "
              + "there "
              + "may take back what was confirmed",
            remedy: "use OpenSSH's own sftp-server; `lethe check` finds what was lost, the next "
              + "run "
              + "sends it again")
        ]
    } catch { return [refusal(error)] }
  }

  private func room() async -> [Diagnosis] {
    guard let free = try? await store.freeByteCount() else {
      return [
        .notice(
          .repository, "the remote does not say how much room is left",
          remedy: "watch its quota where it is kept")
      ]
    }
    let needed = configuration.origins.reduce(0) { sum, origin in
      guard case .database(let path) = origin.source else { return sum }
      return sum + Backup.spoolByteCount(databases: FileFacts.byteCount(path))
    }
    guard free < needed else {
      return [.fine(.repository, "\(Amount.bytes(free)) are free there")]
    }
    return [
      .warning(
        .repository,
        "\(Amount.bytes(free)) are free there, less than one more copy of all rows may take",
        remedy: "give the remote more space before it is needed")
    ]
  }

  /// Whether the log is the agent's own, read without changing anything.
  private func history() async -> [Diagnosis] {
    guard let state = try? AgentState(reading: configuration.state) else { return [] }
    do {
      let snapshots = try await Vault.snapshots(state: state, store: store)
      return [
        .fine(.repository, "it is this agent's, with \(snapshots.count) snapshots in its log")
      ]
    } catch { return [.critical(.repository, error)] }
  }
}
