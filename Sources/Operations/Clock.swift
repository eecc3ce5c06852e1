internal import Repository
internal import Storing

/// Whether the time of day can be believed: what it says decides on expiry and on the destruction of
/// keys, and nothing undoes these.
struct Clock: Sendable {
  /// Milliseconds since 1970, as this machine says.
  let now: Int64
  /// The time of the log's newest entry before the run.
  let lastEntry: Int64
  /// The remote's own time of an object just written, in milliseconds since 1970; nil where it cannot
  /// tell.
  let remote: Int64?
  /// By how many milliseconds the time of day moved more than the time since boot did since the last run; nil where
  /// that cannot be told.
  var drift: Int64?

  /// By so much a clock is set by hand or by the network, and may then be behind the last run's.
  private static let adjustment: Int64 = 10 * 60_000
  /// A remote is on another machine, perhaps in a wrong time zone, but in this century.
  private static let disagreement: Int64 = 24 * 3_600_000

  /// Why nothing is expired or destroyed by this clock; nil where it is sane.
  ///
  /// `longest` is the longest time in milliseconds between two runs that raises no question: after a
  /// longer one the first run expires nothing, and the next goes on.
  func objection(longest: Int64) -> String? {
    let remedy = "nothing is expired or destroyed; look at the clock with `timedatectl`"
    if now < lastEntry - Self.adjustment {
      return "the clock says \(Timestamp.text(now)), before the last entry of the log, of "
        + "\(Timestamp.text(lastEntry)): \(remedy)"
    }
    if let remote, abs(now - remote) > Self.disagreement {
      return "the clock says \(Timestamp.text(now)), the remote's \(Timestamp.text(remote)): "
        + remedy
    }
    if let drift, abs(drift) > Self.adjustment {
      return
        "the clock was set \(drift > 0 ? "forward" : "back") by \(Elapsed.text(abs(drift))) since the "
        + "last run: \(remedy). If it is right now, the next run goes on"
    }
    if now - lastEntry > longest {
      return "the last entry of the log is of \(Timestamp.text(lastEntry)): no run for so long, or "
        + "the clock jumped; \(remedy). If it is right, the next run goes on"
    }
    return nil
  }
}
