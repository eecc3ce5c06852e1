internal import Origins
internal import Repository
package import Storing

internal import Format

/// One run: a consistent snapshot of every origin, sealed, shipped and committed.
package struct Backup: Sendable {
  private let configuration: Configuration
  private let store: any Store
  private let now: @Sendable () -> Int64
  private let boot: @Sendable () -> BootTime?
  private let progress: Progress.Report
  private let pruning: Pruning

  /// `now` gives milliseconds since 1970, and `boot` what proves that it was not set in between; by
  /// `pruning`, what is past its time goes after the commit.
  package init(
    _ configuration: Configuration, store: any Store, pruning: Pruning,
    now: @escaping @Sendable () -> Int64, boot: @escaping @Sendable () -> BootTime? = { nil },
    progress: @escaping Progress.Report
  ) {
    self.configuration = configuration
    self.store = store
    self.now = now
    self.boot = boot
    self.progress = progress
    self.pruning = pruning
  }

  /// Carries out the run.
  ///
  /// A source that cannot be read makes the snapshot partial, not the run fail, as long as another
  /// could be read.
  package func run() async throws -> BackupReport {
    guard !configuration.origins.isEmpty else {
      throw OperationError(
        .usage, "\(configuration.path): `origins` is missing: it says what is backed up")
    }
    let lock = try StateLock(configuration.state)
    defer { withExtendedLifetime(lock) {} }
    return try await RunHistory(configuration, store: store, now: now).record { state, started in
      try await carryOut(state, started)
    }
  }

  private func carryOut(_ state: AgentState, _ started: Int64) async throws -> BackupReport {
    let before = await store.traffic
    // The remote first: what holds a read transaction open must not wait for the network.
    let vault = try await Vault(
      state: state, store: store,
      listingLog: pruning.isDue(
        now: started, last: try state.time(.renewed),
        retention: configuration.retentionMilliseconds))
    let last = try state.lastEntry().time
    let sources = try await Sources.open(configuration)
    try checkSpool(sources)
    let findings = try await Forgetting(
      configuration, vault: vault, now: started
    ).census(of: sources)
    let census = findings.census
    let run = try vault.beginRun()
    let writer = try RunWriter(
      store: store, state: state, keys: vault.keys, run: run.keys, sealedShare: run.sealedShare,
      seen: run.seen, started: started,
      connections: configuration.repository.connections)
    do {
      let content = try await upload(writer) {
        try await SnapshotRun(
          vault: vault, writer: writer, run: run.keys, census: census, sources: sources,
          progress: progress
        ).carryOut()
      }
      return try await commit(
        content, vault: vault, writer: writer, run: run.keys.id, findings,
        began: (started, last, before))
    } catch let error as VaultError where error.code == .full {
      throw await makeRoom(vault, after: error)
    }
  }

  /// Lets go of what is past its time where there was no room for the run, which would have done so at
  /// its end; gives the error that says so.
  private func makeRoom(_ vault: Vault, after error: VaultError) async -> VaultError {
    let prune = Prune(configuration, store: store, now: now(), boot: boot())
    guard pruning != .never, let report = try? await prune.run(vault, isRehearsal: false) else {
      return error
    }
    let (gone, going) = (report.removed_bytes + report.leftover_bytes, report.dropped_bytes)
    return VaultError(
      .full,
      "the remote is full: \(error.message) Pruning has removed \(gone >> 20) MiB and dropped "
        + "\(going >> 20) MiB, which a prune or run removes in an hour; if that is not enough, give the "
        + "remote more space or shorten `retention`")
  }

  /// Runs the body with as many uploads beside it as there are sessions.
  private func upload(
    _ writer: RunWriter, while body: @escaping @Sendable () async throws -> SnapshotContent
  ) async throws -> SnapshotContent {
    try await withThrowingTaskGroup(of: SnapshotContent?.self) { group in
      for session in 0..<configuration.repository.connections {
        group.addTask {
          try await writer.upload(asHelper: session > 0)
          return nil
        }
      }
      group.addTask {
        do {
          let content = try await body()
          await writer.finishUploads()
          return content
        } catch {
          // The uploads wait for packs that will not come.
          await writer.finishUploads()
          throw error
        }
      }
      var content: SnapshotContent?
      while let result = try await group.next() { content = result ?? content }
      guard let content else { throw CancellationError() }
      return content
    }
  }

  private func commit(
    _ content: SnapshotContent, vault: Vault, writer: RunWriter, run: RunID,
    _ findings: Forgetting.Findings, began: (started: Int64, last: Int64, traffic: Traffic)
  ) async throws -> BackupReport {
    let started = began.started
    let census = findings.census
    let brake = census.brake ?? content.brake(census, since: started)
    let snapshot = SnapshotEntry(
      run: run, state: content.state(brake: brake), started: started,
      catalogue: content.root,
      packs: Array(try vault.state.packs(in: [.stored]).values), origins: content.origins,
      liveAccountCount: census.accounts.count - 1)
    let finished = now()
    let entry = try await vault.commit(
      snapshot, packs: Set(content.references.keys), time: finished)
    let after = await Aftermath(
      configuration, vault: vault, now: finished, lastEntry: began.last, boot: boot(),
      pruning: pruning
    ).run(entry, snapshot.state, content.references, brake, isTrusted: census.isTrusted)
    let traffic = await store.traffic - began.traffic
    return BackupReport(
      snapshot: run.hex, sequence: entry.sequence, started: Timestamp.text(started),
      finished: Timestamp.text(finished), state: snapshot.state.name,
      origins: content.origins.map {
        BackupReport.Origin(
          name: $0.name, rows: $0.rowCount, files: $0.fileCount, bytes_read: $0.byteCount)
      },
      accounts: findings.tally(destroyed: after.destroyedCount, held: after.heldCount),
      stored: BackupReport.Stored(
        chunks_new: await writer.newChunkCount, chunks_total: content.chunkCount,
        bytes_uploaded: traffic.bytesSent, round_trips: traffic.roundTrips),
      warnings: (brake.map { [$0.message] } ?? []) + findings.warnings + content.warnings
        + after.warnings)
  }

  /// Bytes that the spool may need for databases of so many bytes: rows shrink to a third or less when
  /// they are sealed.
  static func spoolByteCount(databases byteCount: Int) -> Int { byteCount / 3 }

  /// What there is no room for is not begun.
  private func checkSpool(_ sources: Sources) throws {
    let needed = Self.spoolByteCount(databases: sources.databaseByteCount)
    guard let free = PathStatus.freeByteCount(at: configuration.state), free < needed else {
      return
    }
    throw OperationError(
      .failed,
      "\(configuration.state) has \(free >> 20) MiB free, but the spool may need \(needed >> 20) "
        + "MiB; "
        + "free some, or name a directory on a larger disk under `state`")
  }
}

extension SnapshotState {
  /// The word for people and machines.
  package var name: String {
    switch self {
    case .complete: "complete"
    case .partial: "partial"
    case .degraded: "degraded"
    }
  }
}
