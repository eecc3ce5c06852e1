internal import Format
internal import Repository
package import Storing

/// Proves with the agent's keys alone that everything is there which the snapshots need, and mends
/// what can be mended.
///
/// What is wrong is a finding, never an error: an error means that the check could not be carried out.
package struct Check: Sendable {
  private let configuration: Configuration
  private let store: any Store
  private let percent: Int?
  private let now: Int64
  private let progress: Progress.Report

  /// `percent` of the packs' bytes are compared with their hashes, none where it is nil; `now` is in
  /// milliseconds since 1970.
  package init(
    _ configuration: Configuration, store: any Store, reading percent: Int?, now: Int64,
    progress: @escaping Progress.Report
  ) {
    self.configuration = configuration
    self.store = store
    self.percent = percent
    self.now = now
    self.progress = progress
  }

  /// Carries out the check.
  ///
  /// Packs are read before anything else and while runs go on, since that takes hours; only the rest,
  /// which takes a minute, is done with nobody else in the repository.
  package func run() async throws -> CheckReport {
    let before = await store.traffic
    let reading = try await readPacks()
    let lock =
      try await StateLock.wait(
        configuration.state, seconds: reading.count == 0 ? 1 : Self.patience)
      ?? StateLock(configuration.state)
    return try await run(since: before, reading, lock)
  }

  /// Seconds that a check waits, which has read packs, for a run to end.
  private static let patience = 6 * 3600

  private func run(
    since before: Traffic, _ reading: Reading, _ lock: StateLock
  ) async throws -> CheckReport {
    defer { withExtendedLifetime(lock) {} }
    let state = try AgentState(opening: configuration.state)
    var findings: [Finding] = []
    let format = try await checkFormat(state)
    findings += format.map { [$0] } ?? []
    let (vault, refusal) = try await open(state)
    let audit = try await LogAudit(state: state, store: store)
    findings += LogFindings.findings(audit.faults)
    if let vault { findings += try StateAudit(vault.state, audit).findings }
    var objects = ObjectAudit(store: store, now: now)
    let packs = try await check(audit, state, reading, &objects)
    findings += objects.findings + packs.findings
    if findings.allSatisfy({ $0.severity != .critical }), let refusal {
      findings.append(
        Finding(
          .critical, .refused, "log", refusal.message,
          remedy: "do what the message says; no run can go on until then"))
    }
    if let vault { try await repair(vault, format, objects) }
    let severities: [Finding.Severity] = [.critical, .warning, .info]
    let traffic = await store.traffic - before
    return CheckReport(
      findings: severities.flatMap { severity in findings.filter { $0.severity == severity } },
      packs: packs.listedCount, packs_read: packs.readCount, bytes_read: traffic.bytesReceived,
      snapshots: packs.snapshotCount, log_entries: audit.entries.count,
      oldest_unverified: try oldest(audit, state))
  }

  /// What the reading of packs gave.
  private struct Reading {
    var count = 0
    var faults = PackFaults()
  }

  /// Compares packs with their hashes, the longest unread first, and before them those that were found
  /// damaged by an earlier check.
  private func readPacks() async throws -> Reading {
    let state = try AgentState(opening: configuration.state)
    let rows = try state.packRows()
    guard percent != nil || rows.contains(where: { $0.damaged != nil }) else { return Reading() }
    _ = try await checkFormat(state)
    let ledger = PackLedger(try await LogAudit(state: state, store: store), rows)
    var objects = ObjectAudit(store: store, now: now)
    // What is missing or too short need not be read.
    var known = PackFaults()
    try await objects.packs(ledger, &known)
    var result = Reading()
    var reading = PackReading(try source(ledger, state), state: state, now: now, progress: progress)
    try await reading.run(
      PackReading.choose(
        ledger.byAge.filter { !known.contains($0.summary.pack) }, percent: percent), &result.faults)
    result.count = reading.readCount
    return result
  }

  private func source(_ ledger: PackLedger, _ state: AgentState) throws -> PackSource {
    let keys = MetadataKeys(
      try state.required(.metadataKey), repository: try state.identifier(.repository))
    return PackSource(ledger.summaries, keys: keys, store: store)
  }

  /// The pack that comes first the next time.
  private func oldest(_ audit: LogAudit, _ state: AgentState) throws -> CheckReport.Oldest? {
    PackLedger(audit, try state.packRows()).byAge.first { !$0.isDamaged }.map {
      CheckReport.Oldest(
        pack: "packs/\($0.summary.pack.hex)", since: Timestamp.text($0.proved))
    }
  }

  /// What is wrong with the object `format`; where there is no repository at all, that is an error.
  private func checkFormat(_ state: AgentState) async throws -> Finding? {
    let keys = MetadataKeys(
      try state.required(.metadataKey), repository: try state.identifier(.repository))
    do { try await Archive.checkFormat(store, keys: keys) } catch let error as VaultError {
      let isMissing = error.code == .missing && error.failure == .missing
      guard isMissing || error.code == .damaged || error.failure == .unknownVersion else {
        throw error
      }
      // An empty directory is a wrong address, not a damaged repository.
      let isRepository = try await hasLog()
      guard !isMissing || isRepository else { throw error }
      return Finding(
        .critical, isMissing ? .formatMissing : .formatDamaged, "format",
        isMissing ? "the object `format` is missing, which touches every snapshot" : error.message,
        remedy: "it is written anew where the log is this repository's")
    }
    return nil
  }

  private func hasLog() async throws -> Bool {
    do { return try await !store.list("log").isEmpty } catch {
      guard error.code == .missing else { throw VaultError(error, doing: "cannot list the log") }
      return false
    }
  }

  /// The repository as runs open it; or why they would not.
  private func open(_ state: AgentState) async throws -> (Vault?, VaultError?) {
    do { return (try await Vault(state: state, store: store), nil) } catch let error as VaultError {
      switch error.code {
      case .damaged, .refused: return (nil, error)
      case .missing where error.failure == .missing: return (nil, error)
      case .missing, .busy, .wrongKit, .interrupted, .full, .failed: throw error
      }
    }
  }

  /// What the check of the packs and catalogues gave.
  private struct Outcome {
    let findings: [Finding]
    let listedCount: Int
    let readCount: Int
    let snapshotCount: Int
  }

  /// Checks lists, headers and references, in this order, and has what is damaged sent anew.
  private func check(
    _ audit: LogAudit, _ state: AgentState, _ reading: Reading, _ objects: inout ObjectAudit
  ) async throws -> Outcome {
    let rows = try state.packRows()
    let ledger = PackLedger(audit, rows)
    var faults = PackFaults()
    try await objects.packs(ledger, &faults)
    // What a run has removed meanwhile is not missed.
    for (pack, fault) in reading.faults.faults where ledger.items[pack] != nil {
      faults.note(pack, fault.kind, fault.message)
    }
    try await objects.keyrings(audit.entries.last?.keyring ?? [])
    try await objects.leftovers()
    let source = try source(ledger, state)
    var headers = HeaderShelf(source)
    try await headers.load(
      ledger.items.keys.sorted().filter { !faults.contains($0) }, &faults)
    let listed = Set(ledger.items.filter { $0.value.isListed }.keys)
    let snapshots = Archive.snapshots(in: audit.entries)
    var catalogues = CatalogueAudit(source, listed: listed, headers: headers)
    try await catalogues.run(snapshots, &faults)
    try noteNeeds(rows, state, &faults)
    // Without a log that runs go on with, nothing is to be sent anew.
    if audit.faults.isEmpty { try condemn(ledger, faults, state) }
    let gone = ErasureLedger(audit.entries).erasures.values.filter { !$0.isHeld }
      .map(\.entry.account)
    return Outcome(
      findings: faults.findings(snapshots, gone: Set(gone)) + catalogues.findings,
      listedCount: listed.count, readCount: reading.count, snapshotCount: snapshots.count)
  }

  /// What the agent remembers of the snapshots' needs, for those whose catalogues do not open.
  private func noteNeeds(_ rows: [PackRow], _ state: AgentState, _ faults: inout PackFaults) throws
  {
    let damaged = rows.filter { faults.contains($0.summary.pack) }
    guard !damaged.isEmpty else { return }
    for snapshot in try state.snapshots() {
      for row in damaged where snapshot.packs.contains(row.number) {
        faults.touch(row.summary.pack) { $0.snapshots.insert(snapshot.run) }
      }
    }
  }

  private func condemn(_ ledger: PackLedger, _ faults: PackFaults, _ state: AgentState) throws {
    var damaged: [Int64] = []
    for (pack, fault) in faults.faults {
      guard let item = ledger.items[pack], let number = item.number else { continue }
      if fault.kind == .packMissing, !item.isListed {
        try state.forget([number])
      } else {
        damaged.append(number)
      }
    }
    try state.noteDamaged(damaged, time: now)
  }

  /// Mends what needs neither the source nor the kit.
  private func repair(_ vault: Vault, _ format: Finding?, _ objects: ObjectAudit) async throws {
    if format != nil { try await vault.repairFormat() }
    for repair in objects.repairs {
      try await vault.repair(repair.copy, of: repair.reference, with: repair.bytes)
    }
    try await vault.removeAgain(objects.returned)
    if objects.hasUnknownKeyrings { try vault.sweepLater(time: now) }
    if objects.hasLostKeyring { try await vault.beginEpoch(destroying: [], time: now) }
  }
}
