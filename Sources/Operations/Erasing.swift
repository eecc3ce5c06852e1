internal import Foundation
internal import Format
internal import Repository
package import Storing

/// What an administrator does about erasures: report them, take them back, release the brake.
///
/// Nothing here repeats an address: it may be that of somebody who asked to be forgotten. Errors count
/// the addresses of the command line instead.
package struct Erasing: Sendable {
  private let configuration: Configuration
  private let store: any Store
  private let now: Int64

  /// `now` is in milliseconds since 1970.
  package init(_ configuration: Configuration, store: any Store, now: Int64) {
    self.configuration = configuration
    self.store = store
    self.now = now
  }

  /// Reads the receipts from the agent's state; a run may go on meanwhile.
  package static func list(_ configuration: Configuration, now: Int64) throws -> ErasureList {
    try ErasureList(AgentState(opening: configuration.state), now: now)
  }

  /// Opens the repository with nobody else in it.
  private func withVault<Value>(_ body: (Vault) async throws -> Value) async throws -> Value {
    let lock = try StateLock(configuration.state)
    defer { withExtendedLifetime(lock) {} }
    let state = try AgentState(opening: configuration.state)
    return try await body(try await Vault(state: state, store: store))
  }

  /// Excludes accounts from every restore, and destroys their keys after the hold, or at once, also
  /// of those that are held.
  ///
  /// All of the addresses are erased or, if one of them cannot be, none.
  package func erase(
    _ addresses: [String], atOnce: Bool, isRehearsal: Bool
  ) async throws -> ErasureReceipts {
    try addresses.enumerated().forEach(AddressArgument.check)
    return try await withVault { vault in
      let known = try KnownAddresses(vault)
      let people = try addresses.enumerated().map {
        try known.erasable($0.offset, $0.element, atOnce: atOnce)
      }
      let hold = atOnce ? 0 : configuration.holdMilliseconds
      let entries = Dictionary(
        people.flatMap(\.live).map { row in
          (
            row.account.number,
            Departure(row: row, cause: .administrator, reported: now)
              .entry(keys: vault.keys, now: now, hold: hold)
          )
        }, uniquingKeysWith: { first, _ in first })
      let accounts = Set(entries.keys).union(people.flatMap(\.held))
      if !isRehearsal {
        try await vault.erase(Array(entries.values), time: now)
        if atOnce { try await vault.beginEpoch(destroying: accounts.sorted(), time: now) }
      }
      return try ErasureReceipts(
        vault.state, accounts: accounts, count: accounts.count, isRehearsal: isRehearsal,
        warnings: atOnce && !isRehearsal ? [try vault.keyringDebt()].compactMap { $0 } : [])
    }
  }

  /// Takes erasures back whose keys are held.
  package func cancel(_ addresses: [String]) async throws -> ErasureReceipts {
    try addresses.enumerated().forEach(AddressArgument.check)
    return try await withVault { vault in
      let known = try KnownAddresses(vault)
      let accounts = try addresses.enumerated().map(known.held)
      let receipts = try ErasureReceipts(
        vault.state, accounts: Set(accounts), count: accounts.count, isRehearsal: false)
      try await vault.cancel(Array(Set(accounts)), time: now)
      return receipts
    }
  }

  /// Makes addresses whose keys were destroyed accounts again, from the next run on.
  package func readmit(_ addresses: [String]) async throws -> Int {
    try addresses.enumerated().forEach(AddressArgument.check)
    return try await withVault { vault in
      let known = try KnownAddresses(vault)
      for item in addresses.enumerated() { try known.checkDestroyed(item) }
      for address in addresses { try vault.state.readmit(vault.keys.addressTag(address)) }
      return addresses.count
    }
  }

  /// Erases those whom the brake kept, and lets those that counted for it be destroyed in their time.
  package func confirm(isRehearsal: Bool) async throws -> Confirmation {
    try await withVault { vault in
      guard let brake = try Brake.load(vault.state) else {
        throw OperationError(.usage, "no brake is on: there is nothing to confirm")
      }
      let erased = Set(try vault.state.erasures().map(\.erasure.entry.account))
      let rows = Dictionary(
        try vault.state.accounts().map { ($0.account.number, $0) },
        uniquingKeysWith: { first, _ in first })
      let hold = configuration.holdMilliseconds
      let entries = brake.proposals.compactMap { proposal -> ErasureEntry? in
        guard let row = rows[AccountNumber(proposal.account)],
          !erased.contains(row.account.number),
          let cause = ErasureCause(rawValue: proposal.cause)
        else { return nil }
        return Departure(row: row, cause: cause, reported: proposal.reported)
          .entry(keys: vault.keys, now: now, hold: hold)
      }
      let heldCount = try vault.state.erasures().filter { $0.erasure.isHeld && !$0.isConfirmed }
        .count
      if !isRehearsal {
        try await vault.erase(entries, time: now)
        try vault.state.confirmErasures()
        try vault.state.remove([.brake])
      }
      return Confirmation(
        cause: brake.cause.rawValue, since: Timestamp.text(brake.since), erased: entries.count,
        held: heldCount, due: Timestamp.text(now + hold), dry_run: isRehearsal)
    }
  }

  /// Announces that an older snapshot was put into service: whoever registered since is not listed
  /// by the next run and is not taken for deleted.
  package func rebase() throws {
    let lock = try StateLock(configuration.state)
    defer { withExtendedLifetime(lock) {} }
    let state = try AgentState(opening: configuration.state)
    try state.set(.rebase, time: now)
    try state.remove([.brake])
  }
}

/// What `erase` and `erasures cancel` did; their JSON.
package struct ErasureReceipts: Sendable, Codable, Equatable {
  /// Accounts that it is about.
  package let count: Int
  /// The receipts of what was erased or cancelled; empty in a rehearsal.
  package let erasures: [ErasureList.Line]
  /// Whether nothing was changed.
  package let dry_run: Bool
  /// What is left to do.
  package let warnings: [String]

  init(
    _ state: AgentState, accounts: Set<AccountNumber>, count: Int, isRehearsal: Bool,
    warnings: [String] = []
  ) throws {
    self.count = count
    self.warnings = warnings
    dry_run = isRehearsal
    erasures = try state.erasures().filter { accounts.contains($0.erasure.entry.account) }
      .map(ErasureList.line)
  }
}

/// What `erasures confirm` did or would do; its JSON.
package struct Confirmation: Sendable, Codable, Equatable {
  /// The word for the brake's cause.
  package let cause: String
  /// When the brake came on, in RFC 3339.
  package let since: String
  /// Accounts that are excluded by it.
  package let erased: Int
  /// Accounts that were excluded before and whose keys the brake kept.
  package let held: Int
  /// When the keys of those that are excluded by it are destroyed at the earliest.
  package let due: String
  /// Whether nothing was changed.
  package let dry_run: Bool
}
