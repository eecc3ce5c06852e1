internal import Format
internal import Foundation
internal import Repository

/// How the backups stand, from the agent's state and this machine alone: the network is not asked.
package struct Status: Sendable {
  /// What is known; nil where the state cannot be read.
  let facts: StatusFacts?
  /// Milliseconds since 1970.
  let now: Int64
  /// What is to be said about it, the worst first.
  package let findings: [StatusFinding]

  /// The sum of the findings.
  package var state: StatusState { StatusState(findings) }

  /// Reads the state, which a run may be changing meanwhile; `now` is in milliseconds since 1970.
  package init(_ configuration: Configuration, now: Int64) {
    self.init(configuration, now: now, isRunning: nil)
  }

  /// `isRunning` says whether a run goes on, where that is known better than by the lock.
  init(_ configuration: Configuration, now: Int64, isRunning: Bool?) {
    do {
      let facts = try StatusFacts(configuration, now: now, isRunning: isRunning)
      self.init(facts, now: now)
    } catch {
      self.init(failure: error, now: now)
    }
  }

  /// The status where not even the configuration can be read.
  package init(failure: any Error, now: Int64) {
    self.now = now
    facts = nil
    let (cause, remedy) = OperationError(failure).parts
    findings = [
      StatusFinding(
        .unknown, "state-unreadable", cause,
        remedy: remedy ?? "run `lethe backup`, which says more")
    ]
  }

  init(_ facts: StatusFacts, now: Int64) {
    self.now = now
    self.facts = facts
    findings = facts.findings.enumerated()
      .sorted { ($1.element.severity, $0.offset) < ($0.element.severity, $1.offset) }
      .map(\.element)
  }
}

/// What the agent's state and this machine tell.
struct StatusFacts: Sendable {
  /// Milliseconds since 1970.
  let now: Int64
  /// Milliseconds.
  let interval: Int64
  let retention: Int64
  let renewal: Int64
  /// Kept snapshots, oldest first.
  let snapshots: [KeptSnapshot]
  /// The last runs that ended, oldest first; one that died is among them.
  let runs: [RunRecord]
  /// The run that goes on.
  let running: RunRecord?
  let erasures: [ErasureRow]
  let brake: Brake?
  /// Milliseconds since 1970 of the log's newest entry: nothing newer is known of the remote.
  let lastEntry: Int64
  /// Why the last run did not believe the clock.
  let objection: String?
  /// Since when keyrings that were superseded should be gone from the remote; nil where none are owed.
  let sweepOwed: Int64?
  let verified: DrillEntry?
  let packs: PackTally
  let spoolByteCount: Int

  /// A timeline of 14 days has 84 runs of every four hours.
  static let timelineCount = 84

  init(_ configuration: Configuration, now: Int64, isRunning: Bool?) throws {
    let state = try AgentState(reading: configuration.state)
    self.now = now
    interval = configuration.intervalMilliseconds
    retention = configuration.retentionMilliseconds
    renewal = configuration.renewalMilliseconds
    snapshots = try state.snapshots()
    var runs = try state.history(last: Self.timelineCount + 1)
    running = try Self.takeRunning(from: &runs, configuration, isRunning)
    self.runs = runs
    erasures = try state.erasures()
    brake = try Brake.load(state)
    lastEntry = try state.lastEntry().time
    sweepOwed = try state.time(.keyringSweep)
    objection = try state.value(.objection).map { String(decoding: $0, as: UTF8.self) }
    verified = try VerifiedRestore.load(state)
    packs = try state.packTally()
    spoolByteCount = Self.byteCount(below: state.spool)
  }

  /// The newest snapshot that is whole.
  var newest: KeptSnapshot? { snapshots.last { $0.state == .complete } }

  /// Erasures whose time has come and whose keys are still there.
  var due: [ErasureRow] {
    erasures.filter { $0.erasure.isHeld && $0.erasure.entry.due <= now }
  }

  /// Those of them that more than one run passed by.
  var late: [ErasureRow] { due.filter { now - $0.erasure.entry.due > interval } }

  /// Bytes free on the remote after the last run that could tell.
  var freeByteCount: Int? { runs.last { $0.freeByteCount != nil }?.freeByteCount }

  /// A run that never ended goes on only while somebody holds the lock.
  private static func takeRunning(
    from runs: inout [RunRecord], _ configuration: Configuration, _ isRunning: Bool?
  ) throws -> RunRecord? {
    guard let last = runs.last, last.outcome == .running else { return nil }
    runs.removeLast()
    guard isRunning ?? StateLock.isHeld(configuration.state) else {
      var dead = last
      dead.outcome = .died
      runs.append(dead)
      return nil
    }
    return last
  }

  private static func byteCount(below directory: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.reduce(0) { sum, name in
      let attributes = try? FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
      return sum + (attributes?[.size] as? Int ?? 0)
    }
  }
}
