internal import Format
internal import Foundation
internal import Repository

/// The last restore of everything that was proved on the agent's own machine.
package struct VerifiedRestore: Sendable, Codable, Equatable {
  /// The id of the snapshot, in hexadecimal digits.
  package let snapshot: String
  /// Milliseconds since 1970 at which the restore ended.
  package let finished: Int64

  /// Remembers a restore where it was one of everything, was proved, and this machine is the agent of
  /// that repository; else does nothing.
  ///
  /// It is no part of the restore: that it cannot be remembered is no failure. `now` is in milliseconds
  /// since 1970.
  package static func note(
    _ report: RestoreReport, of plan: RestorePlan, in configuration: Configuration, now: Int64
  ) {
    guard report.verified, plan.request.origins.isEmpty, plan.request.accounts.isEmpty else {
      return
    }
    let restore = VerifiedRestore(snapshot: report.snapshot, finished: now)
    guard let state = try? AgentState(opening: configuration.state),
      let repository = try? state.required(.repository),
      repository == plan.archive.repository.bytes,
      let bytes = try? JSONEncoder().encode(restore)
    else { return }
    try? state.set([.verifiedRestore: Array(bytes)])
  }

  static func load(_ state: AgentState) throws -> VerifiedRestore? {
    guard let bytes = try state.value(.verifiedRestore) else { return nil }
    return try JSONDecoder().decode(VerifiedRestore.self, from: Data(bytes))
  }
}
