internal import Format
internal import Repository

/// What a log's faults mean to the administrator.
enum LogFindings {
  private static let copies =
    "put it back from the provider's copies of the remote; without it nothing can be restored, and "
    + "if there are none, begin a new repository with `lethe init`"

  static func findings(_ faults: [LogFault]) -> [Finding] { faults.map(finding) }

  private static func path(_ sequence: UInt64) -> String { "log/\(LogEntry.name(of: sequence))" }

  private static func finding(_ fault: LogFault) -> Finding {
    switch fault {
    case .strange(let message):
      return Finding(
        .critical, .foreignObject, "log", "the log holds what is no entry: \(message)",
        remedy: "look at what is there, and remove what is not Lethe's")
    case .missing(let range):
      let count = range.count == 1 ? "is" : "and up to \(path(range.upperBound)) are"
      return Finding(
        .critical, .logEntryMissing, path(range.lowerBound),
        "\(path(range.lowerBound)) \(count) missing although later entries are there, which "
          + "touches every snapshot", remedy: copies)
    case .damaged(let sequence, let message):
      return Finding(
        .critical, .logEntryDamaged, path(sequence),
        "\(path(sequence)) does not open, which touches every snapshot: \(message)", remedy: copies)
    case .unlinked(let sequence):
      return Finding(
        .critical, .logBroken, path(sequence),
        "\(path(sequence)) does not continue the entry before it: one of the two was replaced",
        remedy: copies)
    case .contradiction(let sequence, let message):
      return Finding(
        .critical, .logContradiction, path(sequence),
        "\(path(sequence)) cannot be true: \(message)",
        remedy: "somebody who holds the keys wrote it: find out who, and take the machine for "
          + "broken into until then")
    default: return position(fault)
    }
  }

  /// Faults of where the log stands against what the agent has seen.
  private static func position(_ fault: LogFault) -> Finding {
    switch fault {
    case .rolledBack(let last, let seen):
      return Finding(
        .critical, .logRolledBack, path(seen),
        "the log ends at entry \(last), but this agent has seen entry \(seen): the remote was rolled "
          + "back or its newest entries were taken away",
        remedy: "restore the remote from its provider's copies; if that is impossible, "
          + "`lethe adopt` with the kit goes on from there")
    case .forked(let sequence):
      return Finding(
        .critical, .logForked, path(sequence),
        "\(path(sequence)) is not the one that this agent wrote: the log was forked or replaced",
        remedy: "restore the remote from its provider's copies; find out what else writes there")
    case .otherAgent(let sequence):
      return Finding(
        .critical, .otherAgent, path(sequence),
        "\(path(sequence)) was written by another agent: this machine was replaced",
        remedy: "if this machine should be the agent again, run `lethe adopt` here with the kit")
    case .unknownToState(let sequence):
      return Finding(
        .critical, .staleState, path(sequence),
        "\(path(sequence)) is this agent's but not in its state: the state directory is an old copy "
          + "or was cloned",
        remedy: "stop the other copy, then run `lethe adopt` with the kit")
    case .strange, .missing, .damaged, .unlinked, .contradiction:
      preconditionFailure("told by the other function")
    }
  }
}
