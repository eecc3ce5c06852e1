internal import Foundation
internal import Repository
internal import Storing

/// Remembers each run, also one that fails or dies, and tells monitoring how it went.
struct RunHistory: Sendable {
  private let configuration: Configuration
  private let store: any Store
  private let now: @Sendable () -> Int64

  /// `now` gives milliseconds since 1970.
  init(
    _ configuration: Configuration, store: any Store, now: @escaping @Sendable () -> Int64
  ) {
    self.configuration = configuration
    self.store = store
    self.now = now
  }

  /// Carries a run out, which is given the state and its beginning in milliseconds since 1970; the
  /// caller holds the lock of the state.
  func record(
    _ run: (AgentState, Int64) async throws -> BackupReport
  ) async throws -> BackupReport {
    let report: BackupReport
    do { report = try await remember(run) } catch {
      // The run's own failure is what counts; that monitoring is not told shows by the file's age.
      try? MetricsFile.write(configuration, now: now())
      throw error
    }
    do { try MetricsFile.write(configuration, now: now()) } catch {
      return report.adding(warning: error.message)
    }
    return report
  }

  private func remember(
    _ run: (AgentState, Int64) async throws -> BackupReport
  ) async throws -> BackupReport {
    let state = try AgentState(opening: configuration.state)
    var record = RunRecord(started: now())
    let before = await store.traffic
    let number = try state.beginHistory(started: record.started)
    do {
      let report = try await run(state, record.started)
      record.note(report)
      record.freeByteCount = try? await store.freeByteCount()
      await finish(&record, since: before, state)
      do { try state.endHistory(number, record) } catch {
        return report.adding(
          warning: "the snapshot is committed, but `lethe status` will not know of it: "
            + OperationError(error).message)
      }
      return report
    } catch {
      record.note(error)
      // Without an answer there would be another wait for nothing.
      if (error as? VaultError)?.code == .full {
        record.freeByteCount = try? await store.freeByteCount()
      }
      await finish(&record, since: before, state)
      try? state.endHistory(number, record)
      throw error
    }
  }

  private func finish(
    _ record: inout RunRecord, since before: Traffic, _ state: AgentState
  ) async {
    let traffic = await store.traffic - before
    record.finished = now()
    record.bytesSent = traffic.bytesSent
    record.roundTrips = traffic.roundTrips
    record.storedByteCount = try? state.packTally().byteCount
  }
}

extension RunRecord {
  fileprivate mutating func note(_ report: BackupReport) {
    outcome = RunOutcome(rawValue: report.state) ?? .failed
    snapshot = report.snapshot
    bytesRead = report.origins.reduce(0) { $0 + $1.bytes_read }
    warningCount = report.warnings.count
  }

  fileprivate mutating func note(_ error: any Error) {
    outcome =
      switch OperationError(error).status {
      case _ where Task.isCancelled: .interrupted
      case .interrupted: .interrupted
      case .repositoryMissing: .unreachable
      case .refused: .refused
      case .damaged: .damaged
      default: .failed
      }
    // Errors about the origins may name a person's file or address; those about the repository know
    // of nobody.
    message = (error as? VaultError)?.message ?? (error as? StoreError)?.message
  }
}

extension BackupReport {
  fileprivate func adding(warning: String) -> BackupReport {
    BackupReport(
      snapshot: snapshot, sequence: sequence, started: started, finished: finished, state: state,
      origins: origins, accounts: accounts, stored: stored, warnings: warnings + [warning])
  }
}
