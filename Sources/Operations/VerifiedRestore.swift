internal import Format
internal import Repository

/// What the agent remembers of the last restore of everything that was proved.
package enum VerifiedRestore {
  /// Remembers a restore where it was one of everything, was proved, and this machine is the agent of
  /// that repository; else does nothing.
  ///
  /// It is no part of the restore: that it cannot be remembered is no failure. `began` and `ended` are
  /// in milliseconds since 1970.
  package static func note(
    _ report: RestoreReport, of plan: RestorePlan, in configuration: Configuration, began: Int64,
    ended: Int64
  ) {
    guard report.verified, plan.request.origins.isEmpty, plan.request.accounts.isEmpty,
      let state = try? AgentState(opening: configuration.state),
      let repository = try? state.required(.repository),
      repository == plan.archive.repository.bytes
    else { return }
    let entry = entry(report, of: plan, began: began, ended: ended)
    try? state.set([.verifiedRestore: entry.encode()])
  }

  /// A restore as the log tells of it.
  static func entry(
    _ report: RestoreReport, of plan: RestorePlan, began: Int64, ended: Int64
  ) -> DrillEntry {
    DrillEntry(
      run: plan.snapshot.entry.run, ended: ended, duration: Int(max(0, ended - began)),
      rowCount: report.restored.rows, fileCount: report.restored.files,
      byteCount: report.restored.bytes)
  }

  /// The last; nil if there was none.
  static func load(_ state: AgentState) throws -> DrillEntry? {
    // It tells nothing that a restore needs: one that cannot be read is none.
    try state.value(.verifiedRestore).flatMap { try? DrillEntry.decode($0) }
  }
}
