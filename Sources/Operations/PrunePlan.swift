internal import Format
internal import Repository

/// Exactly what a prune does, as a value: `--dry-run` prints it.
struct PrunePlan: Sendable {
  /// What the plan is made from.
  struct Situation: Sendable {
    /// Kept snapshots, oldest first.
    let snapshots: [KeptSnapshot]
    let packs: [PackRow]
    /// Milliseconds since 1970.
    let now: Int64
    /// Milliseconds.
    let retention: Int64
    let renewal: Int64
    /// When packs were last condemned, and how many bytes of renewal were still owed then.
    let renewed: Int64?
    let renewalDebt: Int64
    /// Milliseconds until a prune comes again: rows whose time comes before that are sealed anew with this one.
    let horizon: Int64
    /// Why nothing may expire, or go in any other way: a brake, or a clock that cannot be believed.
    let objection: String?
  }

  /// Why a pack is condemned.
  enum Condemnation: Sendable, Equatable {
    /// Its time has come: its rows are sealed anew, so that its run's secret can be destroyed.
    case renewal
    /// It holds much that is dead, and more is dead in all packs than may be.
    case wasteful
  }

  let expired: [KeptSnapshot]
  /// Packs that no kept snapshot refers to.
  let dropped: [PackRow]
  /// Whether these are more than a hundredth of all bytes: too much to wait for the next prune.
  let isDropLarge: Bool
  /// Packs that were dropped long enough ago.
  let removed: [PackRow]
  let condemned: [(pack: PackRow, reason: Condemnation)]
  /// Bytes of renewal that are owed after this.
  let renewalDebt: Int64
  let objection: String?

  /// How long a dropped pack stays, for restores that began before it was dropped.
  static let grace: Int64 = 3_600_000

  init(_ situation: Situation) {
    objection = situation.objection
    guard situation.objection == nil else {
      (expired, dropped, removed, condemned) = ([], [], [], [])
      isDropLarge = false
      renewalDebt = situation.renewalDebt
      return
    }
    expired = Self.expired(situation)
    let gone = Set(expired.map(\.run))
    let needed = situation.snapshots.filter { !gone.contains($0.run) }
      .reduce(into: Set<Int64>()) { $0.formUnion($1.packs) }
    // Without a snapshot there is nothing to tell what is needed by.
    dropped =
      situation.snapshots.isEmpty
      ? [] : situation.packs.filter { $0.state == .committed && !needed.contains($0.number) }
    isDropLarge = Self.byteCount(of: dropped) > Self.byteCount(of: situation.packs) / 100
    removed = situation.packs.filter { pack in
      pack.dropped.map { $0 > situation.now || $0 + Self.grace <= situation.now } ?? false
    }
    let dead = Set(dropped.map(\.number))
    (condemned, renewalDebt) = Condemning(
      situation, situation.packs.filter { $0.state == .committed && !dead.contains($0.number) }
    ).chosen()
  }

  static func byteCount(of packs: [PackRow]) -> Int {
    packs.reduce(0) { $0 + $1.summary.byteCount }
  }

  /// Snapshots past their time; the newest complete one stays whatever its age, and so does the newest
  /// that no check found damaged.
  private static func expired(_ situation: Situation) -> [KeptSnapshot] {
    let complete = situation.snapshots.filter { $0.state == .complete }
    guard let newest = complete.last else { return [] }
    let damaged = Set(situation.packs.filter { $0.damaged != nil }.map(\.number))
    let kept = [newest.run, complete.last { $0.packs.isDisjoint(with: damaged) }?.run]
    return zip(situation.snapshots, times(situation)).filter { snapshot, time in
      !kept.contains(snapshot.run) && time <= situation.now - situation.retention
    }.map(\.0)
  }

  /// When each snapshot was taken, in the order of the log, which a clock that was wrong for a while
  /// does not change: one that claims to be older than one before it is as old as that, and so is one
  /// from the future.
  private static func times(_ situation: Situation) -> [Int64] {
    let past = situation.snapshots.map(\.started).filter { $0 <= situation.now }
    var latest = past.first ?? situation.now
    return situation.snapshots.map { snapshot in
      if snapshot.started <= situation.now { latest = max(latest, snapshot.started) }
      return latest
    }
  }
}
