internal import Format
internal import Repository

/// What the facts mean.
extension StatusFacts {
  private static let day: Int64 = 86_400_000

  var findings: [StatusFinding] {
    age + wholeness + clock + brakeOn + lastRun + forgetting + sweeping + keeping + room + proof
  }

  /// A snapshot is as old as its run's beginning.
  ///
  /// Until the next commits, its age reaches one interval,
  /// the timer's random delay and the run itself; one more interval is the margin for these. Beyond
  /// twice the interval one run was missed for sure, beyond three times it two were.
  private var age: [StatusFinding] {
    guard let newest else {
      return [
        StatusFinding(
          .critical, "snapshot-none",
          "there is no complete snapshot: nothing can be restored whole",
          remedy: "run `lethe backup` and heed what it says")
      ]
    }
    let age = now - newest.started
    guard age > 2 * interval else { return [] }
    let isCritical = age > 3 * interval
    let rule =
      isCritical
      ? "3 × \(Elapsed.text(interval)) = \(Elapsed.text(3 * interval))"
      : "\(Elapsed.text(interval)) + as much margin = \(Elapsed.text(2 * interval))"
    return [
      StatusFinding(
        isCritical ? .critical : .warning, "snapshot-old",
        "the newest complete snapshot is \(Elapsed.text(age)) old, more than \(rule)",
        remedy: "see that the timer of `lethe backup` is on, run it, and heed what it says")
    ]
  }

  private var wholeness: [StatusFinding] {
    switch snapshots.last?.state {
    case .partial:
      [
        StatusFinding(
          .warning, "snapshot-partial",
          "the newest snapshot is partial: an origin or a file could not be read",
          remedy: "run `lethe backup`: its warnings name what it cannot read and why")
      ]
    case .degraded:
      [
        StatusFinding(
          .critical, "snapshot-degraded",
          "the newest snapshot was taken while the lists of accounts could not be believed",
          remedy: "put the accounts' database in order, or confirm the brake with `lethe erasures "
            + "confirm`; then run `lethe backup`")
      ]
    case .complete, nil: []
    }
  }

  private var clock: [StatusFinding] {
    let clock = Clock(now: now, lastEntry: lastEntry, remote: nil)
    guard let objection = clock.objection(longest: retention) ?? objection else { return [] }
    return [
      StatusFinding(
        .critical, "clock", objection,
        remedy: "set the clock with `timedatectl` and run `lethe backup`")
    ]
  }

  private var brakeOn: [StatusFinding] {
    guard let brake else { return [] }
    return [
      StatusFinding(
        .critical, "brake", brake.message + " (since \(Timestamp.text(brake.since)))",
        remedy: "look whether the accounts' database is the right one and whole; if it is, run "
          + "`lethe erasures confirm`")
    ]
  }

  private var lastRun: [StatusFinding] {
    var findings: [StatusFinding] = []
    if let running, now - running.started > interval {
      findings.append(
        StatusFinding(
          .warning, "run-long",
          "the run in progress began \(Elapsed.text(now - running.started)) ago, more than the "
            + "interval of \(Elapsed.text(interval))",
          remedy: "look at what it says; if it hangs, end it: the next goes on where it stopped"))
    }
    guard let last = runs.last, !last.outcome.isCommitted else { return findings }
    let time = Timestamp.text(last.finished ?? last.started)
    let message =
      switch last.outcome {
      case .died: "the run of \(time) ended without a word: killed, out of memory, or power lost"
      case .interrupted: "the run of \(time) was interrupted"
      default:
        "the run of \(time) failed (\(last.outcome.rawValue))"
          + (last.message.map { ": \($0)" } ?? "")
      }
    findings.append(
      StatusFinding(
        .warning, last.outcome == .died ? "run-died" : "run-failed", message,
        remedy: "run `lethe backup` and heed what it says; what is stored is not sent again"))
    return findings
  }

  private var forgetting: [StatusFinding] {
    guard let first = late.map(\.erasure.entry.due).min() else { return [] }
    let isCritical = now - first > Self.day
    return [
      StatusFinding(
        isCritical ? .critical : .warning, "erasures-late",
        "the keys of \(late.count) erased \(late.count == 1 ? "account" : "accounts") should have been "
          + "destroyed, the first for "
          + "\(Elapsed.text(now - first)), more than "
          + (isCritical ? "a day" : "one interval of \(Elapsed.text(interval))"),
        remedy: brake == nil
          ? "run `lethe backup`, which destroys them, and heed what it says"
          : "release the brake with `lethe erasures confirm`, then run `lethe backup`")
    ]
  }

  /// A run that may remove sweeps at once, so what lasts longer than an interval is left to a second key.
  private var sweeping: [StatusFinding] {
    guard let sweepOwed, running == nil, now - sweepOwed > interval else { return [] }
    return [
      StatusFinding(
        now - sweepOwed > Self.day ? .critical : .warning, "keyrings-kept",
        "keyrings of before are still on the remote after \(Elapsed.text(now - sweepOwed)), with keys "
          + "that are destroyed here",
        remedy: "run `lethe prune` with a configuration whose `identity` may remove files there")
    ]
  }

  /// Pruning follows every run, so a day of grace is six runs of every four hours.
  private var keeping: [StatusFinding] {
    var findings: [StatusFinding] = []
    let old = snapshots.filter {
      $0.started <= now - retention - Self.day && $0.run != newest?.run
        && $0.sequence < newest?.sequence ?? 0
    }
    if let oldest = old.first {
      findings.append(
        StatusFinding(
          .critical, "retention-exceeded",
          "\(old.count) snapshots are older than the retention of \(Elapsed.text(retention)) and a "
            + "day, the oldest \(Elapsed.text(now - oldest.started)), though a newer one is complete",
          remedy: "run `lethe prune` and heed what it says"))
    }
    if let newest, newest.started <= now - retention - Self.day, snapshots.last?.run != newest.run {
      findings.append(
        StatusFinding(
          .critical, "snapshot-outlived",
          "the newest complete snapshot is \(Elapsed.text(now - newest.started)) old and is kept beyond "
            + "the retention of \(Elapsed.text(retention)), since none after it is complete",
          remedy:
            "make readable what the warnings of `lethe backup` name, or take it out of `origins`; "
            + "the old snapshot goes with the first complete one"))
    }
    // Rows are sealed anew within one renewal, and what was sealed before goes with the last snapshot
    // that refers to it.
    if let sealed = packs.oldestRows, newest != nil, sealed <= now - retention - renewal - Self.day
    {
      findings.append(
        StatusFinding(
          .warning, "renewal-late",
          "rows that were sealed \(Elapsed.text(now - sealed)) ago are still kept, longer than "
            + "retention and renewal, \(Elapsed.text(retention + renewal)), and a day",
          remedy: "run `lethe backup` regularly, without --no-prune"))
    }
    return findings
  }

  /// Renewal needs room for the new before the old goes: below a tenth of what is stored it is scarce.
  private var room: [StatusFinding] {
    guard let free = freeByteCount, free < max(packs.byteCount / 10, Self.fullByteCount)
    else { return [] }
    let isFull = free < Self.fullByteCount
    return [
      StatusFinding(
        isFull ? .critical : .warning, "remote-full",
        "the remote had \(Amount.bytes(free)) free after the last run, "
          + (isFull
            ? "no room for another"
            : "less than a tenth of the \(Amount.bytes(packs.byteCount)) stored there"),
        remedy: isFull
          ? "give the remote more space, or free some with a shorter `retention` and `lethe prune`, "
            + "twice, an hour apart" : "give the remote more space")
    ]
  }

  /// A small run takes a third of that.
  private static let fullByteCount = 1 << 20

  /// A drill every month, with a few days to spare.
  private var proof: [StatusFinding] {
    let message =
      switch verified {
      case nil: "no restore of everything was ever verified"
      case .some(let verified) where now - verified.ended > 35 * Self.day:
        "the last restore that was verified is \(Elapsed.text(now - verified.ended)) old"
      default: ""
      }
    guard !message.isEmpty else { return [] }
    return [
      StatusFinding(
        .notice, "restore-unproved", message,
        remedy: "run `lethe drill --kit DIR` once a month")
    ]
  }
}
