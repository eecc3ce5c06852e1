/// Something that `check` or `status` reports: what is wrong, on which object, and what to do.
package struct Finding: Sendable, Codable, Equatable {
  /// How much it matters.
  package enum Severity: String, Sendable, Codable, CaseIterable {
    /// Nothing is lost and nothing need be done.
    case info
    /// Something is lost that the newest snapshot does not need, or was mended by the check.
    case warning
    /// A restore of the newest snapshot would fail or lack something, or no run can go on.
    case critical
  }

  /// The words for machines; none is ever renamed.
  package enum Kind: String, Sendable, Codable, CaseIterable {
    case formatMissing = "format-missing"
    case formatDamaged = "format-damaged"
    case logEntryMissing = "log-entry-missing"
    case logEntryDamaged = "log-entry-damaged"
    case logBroken = "log-broken"
    case logRolledBack = "log-rolled-back"
    case logForked = "log-forked"
    case logContradiction = "log-contradiction"
    case otherAgent = "other-agent"
    case staleState = "stale-state"
    case stateMismatch = "state-mismatch"
    case packMissing = "pack-missing"
    case packLength = "pack-length"
    case packDamaged = "pack-damaged"
    case packReturned = "pack-returned"
    case packDropped = "pack-dropped"
    case catalogueDamaged = "catalogue-damaged"
    case referenceBroken = "reference-broken"
    case keyringMissing = "keyring-missing"
    case keyringDamaged = "keyring-damaged"
    case keyringLost = "keyring-lost"
    case keyringUnknown = "keyring-unknown"
    case foreignObject = "foreign-object"
    case leftovers
    case refused
  }

  /// How much it matters.
  package let severity: Severity
  /// What kind of thing it is.
  package let kind: Kind
  /// The name of the object on the remote, or of what else it is about.
  package let object: String
  /// What is wrong and whom it touches, as a sentence without any address.
  package let message: String
  /// What to do.
  package let remedy: String
  /// Ids of the kept snapshots that it touches, oldest first.
  package var snapshots: [String]
  /// How many accounts it touches; nil where that cannot be told.
  package var accounts: Int?

  /// Describes a finding.
  package init(
    _ severity: Severity, _ kind: Kind, _ object: String, _ message: String, remedy: String,
    snapshots: [String] = [], accounts: Int? = nil
  ) {
    (self.severity, self.kind, self.object) = (severity, kind, object)
    (self.message, self.remedy) = (message, remedy)
    (self.snapshots, self.accounts) = (snapshots, accounts)
  }
}
