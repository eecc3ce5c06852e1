internal import Foundation
internal import Format
internal import Repository

/// Why nobody is taken for deleted, until an administrator says so.
package struct Brake: Sendable, Codable, Equatable {
  /// What was met; the raw value is the word for machines.
  package enum Cause: String, Sendable, Codable, CaseIterable {
    /// No account is listed, but there is data of accounts.
    case accountsEmpty = "accounts-empty"
    /// More than half of the accounts are gone.
    case accountsHalved = "accounts-halved"
    /// More accounts are gone than a hold's time explains.
    case tooManyGone = "too-many-gone"
    /// So many addresses are somebody else's at once that it can only be a migration.
    case tooManyReborn = "too-many-reborn"
    /// The inbox reports more deletions than can be.
    case tooManyReported = "too-many-reported"
  }

  /// One account that would be erased.
  struct Proposal: Sendable, Codable, Equatable {
    let account: UInt32
    let cause: UInt8
    let reported: Int64
  }

  /// What was met.
  package let cause: Cause
  /// Accounts that are gone by this run and still count from earlier ones, of so many known.
  package let goneCount: Int
  /// Accounts known before the run, with those that still count.
  package let knownCount: Int
  /// Milliseconds since 1970, of the run that met it.
  package let since: Int64
  /// Whom a confirmation erases.
  let proposals: [Proposal]

  /// What is wrong, and what to do.
  package var message: String {
    let what =
      switch cause {
      case .accountsEmpty:
        "no account is listed, though there is data of accounts"
      case .accountsHalved: "\(goneCount) of \(knownCount) accounts are gone, more than half"
      case .tooManyGone:
        "\(goneCount) of \(knownCount) accounts are gone, more than can leave within a hold"
      case .tooManyReborn:
        "\(goneCount) of \(knownCount) addresses are somebody else's: was the server migrated?"
      case .tooManyReported:
        "the inbox reports the deletion of \(goneCount) of \(knownCount) accounts"
      }
    return "brake (\(cause.rawValue)): \(what). Nobody is taken for deleted, nothing is destroyed. "
      + (proposals.isEmpty
        ? "Is it the right database, whole and at its place?"
        : "If it is the right database, whole and at its place, `lethe erasures confirm --dry-run` "
          + "says what a confirmation does")
  }

  /// The brake of the last run, as the agent's state has it.
  static func load(_ state: AgentState) throws -> Brake? {
    guard let bytes = try state.value(.brake) else { return nil }
    return try JSONDecoder().decode(Brake.self, from: Data(bytes))
  }

  static func store(_ brake: Brake?, in state: AgentState) throws {
    guard let brake else { return try state.remove([.brake]) }
    // A brake that goes on began when it began.
    let since = try load(state)?.since ?? brake.since
    let lasting = Brake(
      cause: brake.cause, goneCount: brake.goneCount, knownCount: brake.knownCount, since: since,
      proposals: brake.proposals)
    try state.set([.brake: Array(try JSONEncoder().encode(lasting))])
  }
}
