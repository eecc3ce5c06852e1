internal import Origins
internal import Repository

internal import Format

/// What the reading of all origins gave.
struct SnapshotContent: Sendable {
  let root: ChunkLocation
  let origins: [OriginSummary]
  let chunkCount: Int
  /// Which chunks of each pack it refers to.
  let references: [Int64: OrdinalSet]
  let warnings: [String]
  let isPartial: Bool

  /// Rows and files of accounts that no longer exist.
  let remainsCount: Int

  /// At a first run nobody is known who could be missing; data without a single account says as much.
  func brake(_ census: Census, since time: Int64) -> Brake? {
    guard census.accounts.count == 1, remainsCount > 0 else { return nil }
    return Brake(
      cause: .accountsEmpty, goneCount: 0, knownCount: 0, since: time, proposals: [])
  }

  func state(brake: Brake?) -> SnapshotState {
    if brake != nil { return .degraded }
    return isPartial ? .partial : .complete
  }
}

/// Reads every origin, databases first, and leaves packs and a catalogue.
///
/// An origin that fails on the way is left out and named, as long as another is whole.
struct SnapshotRun: Sendable {
  let vault: Vault
  let writer: RunWriter
  let run: RunKeys
  let census: Census
  let sources: Sources
  let progress: Progress.Report

  func carryOut() async throws -> SnapshotContent {
    let sealer = SegmentSealer(
      pool: SealerPool(repository: vault.keys.repository, run: run), accounts: census.accounts,
      orphans: OrphanChunks(try orphans()))
    let builder = try SnapshotBuilder(vault: vault, writer: writer, sealer: sealer)
    var results: [OriginResult] = []
    var failures: [OriginError] = []
    for source in sources.databases {
      do {
        results.append(
          try await DatabaseBackup(
            source: source, builder: builder, sealer: sealer, census: census,
            localHosts: sources.localHosts, progress: progress
          ).run())
      } catch let error as OriginError where error.code != .refused { failures.append(error) }
    }
    for source in sources.trees {
      do {
        results.append(
          try await TreeBackup(
            source: source, builder: builder, sealer: sealer, writer: writer, state: vault.state,
            census: census, sources: sources, progress: progress
          ).run())
      } catch let error as OriginError where error.code != .refused { failures.append(error) }
    }
    if results.isEmpty, let failure = failures.first { throw failure }
    let origins = results.map(\.catalogue)
    let root = try await close(
      CatalogueRoot(run: run.id, origins: origins), sealer, builder)
    return SnapshotContent(
      root: root, origins: results.map(\.summary), chunkCount: await builder.totalChunkCount,
      references: await builder.references,
      warnings: sources.findings + sources.failures + failures.map(\.message)
        + results.flatMap(\.warnings),
      isPartial: !sources.failures.isEmpty || !failures.isEmpty
        || results.contains(where: \.isPartial),
      remainsCount: results.reduce(0) { $0 + $1.remainsCount })
  }

  private func orphans() throws -> [KnownChunk] {
    let condemned = try vault.state.condemnedPacks()
    return try vault.state.orphans().filter { !condemned.contains($0.pack) }
  }

  /// Closes the packs in the order in which one refers to another.
  private func close(
    _ root: CatalogueRoot, _ sealer: SegmentSealer, _ builder: SnapshotBuilder
  ) async throws -> ChunkLocation {
    try await writer.closePacks(of: .files)
    try await writer.closePacks(of: .rows)
    let bytes = root.encode()
    try Readability.prove(bytes, of: "the catalogue", as: CatalogueRoot.decode)
    let sealed = sealer.pool.withSealer {
      $0.sealCatalogue(bytes, kind: .catalogueRoot, keys: vault.keys)
    }
    guard let place = try await writer.place([sealed], in: .catalogue).first else {
      preconditionFailure("a place for each chunk")
    }
    await builder.learn(root: place)
    try await writer.closePacks(of: .catalogue)
    try await writer.flush()
    return place.location
  }
}
