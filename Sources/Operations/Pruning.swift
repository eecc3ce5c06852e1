/// When runs let go of what is past its time.
package enum Pruning: Sendable {
  /// Not at all.
  case never
  /// In every run.
  case always
  /// Every second run of four hours at a retention of 14 days, a 42nd of any other: what a prune drops,
  /// removes and has sent again costs as many round trips for one snapshot as for two.
  ///
  /// What is sent again in one turn dies together a renewal period later, a 42nd (2.4 %) of the rows at
  /// once, and lies there dropped for a run: with three runs to a turn that was 3.4 % of the remote.
  ///
  /// Snapshots expire in every run, no sooner and no later than their time.
  case inTurn

  /// Milliseconds from one prune to the next.
  func interval(retention: Int64) -> Int64 {
    switch self {
    case .never, .always: 0
    case .inTurn: min(retention / 42, Self.longestInterval)
    }
  }

  /// Of a retention of months as well, so that a day's dead packs do not lie there for long.
  private static let longestInterval: Int64 = 8 * 3_600_000

  /// Whether it is time, given when the last prune was; all are in milliseconds, and a run that comes a
  /// little early counts.
  func isDue(now: Int64, last: Int64?, retention: Int64) -> Bool {
    guard self != .never else { return false }
    guard let last, last <= now else { return true }
    return now - last >= interval(retention: retention) / 12 * 11
  }
}
