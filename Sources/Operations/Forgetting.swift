internal import Format
internal import Origins
internal import Repository

/// What a run does about deleted accounts: learns of them, excludes them, destroys what is due.
struct Forgetting: Sendable {
  private let configuration: Configuration
  private let vault: Vault
  private let now: Int64

  /// `now` is in milliseconds since 1970.
  init(_ configuration: Configuration, vault: Vault, now: Int64) {
    self.configuration = configuration
    self.vault = vault
    self.now = now
  }

  /// What a run found out about accounts.
  struct Findings: Sendable {
    let census: Census
    let warnings: [String]

    func tally(destroyed: Int, held: Int) -> BackupReport.Accounts {
      BackupReport.Accounts(
        live: census.accounts.count - 1, new: census.added.count,
        missing: census.departures.filter { $0.cause == .missing }.count,
        erased: census.departures.count, held: held, destroyed: destroyed)
    }
  }

  /// Compares what is listed with what is known, and says in the log who must not come back, before
  /// anything is read: the effect is at once.
  func census(of sources: Sources) async throws -> Findings {
    let state = vault.state
    let known = try state.accounts()
    if !known.contains(where: { $0.account.number != .server }) {
      try await sources.refuseDataOfNobody()
    }
    let inbox = Inbox(configuration.inbox)
    var warnings: [String] = []
    var contents = Inbox.Contents()
    do throws(OriginError) { contents = try inbox.read() ?? contents } catch {
      warnings.append(error.message)
    }
    let drained = try state.drained()
    let census = Census(
      listings: sources.listings, isWhole: sources.hasEveryListing,
      known: Census.Known(
        rows: known, erasures: try state.erasures(), next: try vault.nextAccount(),
        isRebased: try state.value(.rebase) != nil, listed: try state.time(.listed)),
      events: contents.events.filter { !drained.contains($0.name) },
      rules: Census.Rules(brake: configuration.brake, hold: hold, now: now), keys: vault.keys)
    try state.update(
      added: census.added, absent: census.absent, found: census.found,
      nextAccount: census.nextAccount, drained: census.settled, time: now)
    try state.setBirthMarks(census.remarked)
    try await vault.cancel(census.cancelled, time: now)
    try await vault.erase(
      census.departures.map { $0.entry(keys: vault.keys, now: now, hold: hold) }, time: now)
    try Brake.store(census.brake, in: state)
    if census.isTrusted {
      try state.remove([.rebase])
      try state.set(.listed, time: now)
    }
    let settled = Set(census.settled).union(drained)
    let left = settled.isEmpty ? [] : inbox.remove(settled.sorted())
    if !settled.isEmpty { try state.setDrained(left) }
    warnings += Self.warnings(census, contents, leftCount: left.count, inbox: configuration.inbox)
    return Findings(census: census, warnings: warnings)
  }

  private var hold: Int64 { configuration.holdMilliseconds }

  private static func warnings(
    _ census: Census, _ contents: Inbox.Contents, leftCount: Int, inbox: String
  ) -> [String] {
    var warnings: [String] = []
    if census.lingeringCount > 0 {
      warnings.append(
        "\(census.lingeringCount) erased accounts are still on the server and are left out: delete them "
          + "there, or take them back with `lethe erasures cancel` or, once their keys are gone, "
          + "`lethe erasures readmit`")
    }
    if census.contradictedCount > 0 {
      warnings.append(
        "the inbox reported \(census.contradictedCount) deletions of accounts that are still listed after "
          + "the hold; these reports are dropped")
    }
    if contents.strangerCount > 0 {
      warnings.append(
        "\(contents.strangerCount) files in the inbox \(inbox) are no events and stay there; look at them "
          + "and remove them")
    }
    if contents.isCut {
      warnings.append("the inbox \(inbox) holds more events than one run takes; the next goes on")
    }
    if leftCount > 0 {
      warnings.append(
        "\(leftCount) settled events cannot be removed from the inbox \(inbox); give the agent the "
          + "right to write there")
    }
    return warnings
  }

  /// An epoch lasts a week, if nothing is destroyed before.
  private static let epochDuration: Int64 = 7 * 86_400_000

  /// Destroys the keys of whoever was held for long enough, and begins an epoch when it is time; gives
  /// how many accounts were destroyed.
  ///
  /// Under an objection neither is allowed; after a long gap nothing is destroyed yet.
  func destroyWhatIsDue(isAllowed: Bool, isCalm: Bool) async throws -> Int {
    let held = try vault.state.erasures().map(\.erasure).filter(\.isHeld)
    let due = isAllowed && isCalm ? held.filter { $0.entry.due <= now } : []
    let began = try vault.state.time(.epochBegan) ?? 0
    // One that began far in the future did so by a clock that was wrong.
    let isTime = abs(now - began) >= Self.epochDuration
    guard isAllowed, isTime || !due.isEmpty else { return 0 }
    try await vault.beginEpoch(destroying: due.map(\.entry.account), time: now)
    return due.count
  }
}
