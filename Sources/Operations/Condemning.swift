internal import Format
internal import Repository

/// Chooses the packs whose living chunks are sent again, so that they fall as a whole.
///
/// A chunk that dies in a pack of which something lives is of no use to anybody a retention later, when
/// no kept snapshot refers to it any more, and stays until the whole pack can go. What is dead in such
/// packs now is therefore what will lie on the remote in vain then; that is kept below a share of
/// everything. To free `d` dead bytes of a pack, its `l` living ones are sent again, and lie there
/// twice for a retention: the packs with the greatest `d / l` come first. Row packs must be sealed
/// anew in each renewal period anyway, so the age of a pack changes nothing: both what is gained
/// by its going early and what it costs shrink with the time that it has left.
struct Condemning {
  private let situation: PrunePlan.Situation
  /// Packs that are not condemned and hold something that lives.
  private let packs: [PackRow]
  private let storedByteCount: Int64

  /// `packs` are those that stay.
  init(_ situation: PrunePlan.Situation, _ packs: [PackRow]) {
    self.situation = situation
    self.packs = packs.filter { $0.condemned == nil && $0.aliveByteCount ?? 1 > 0 }
    storedByteCount = packs.reduce(0) { $0 + Int64($1.summary.byteCount) }
  }

  /// Of all bytes on the remote, those that may be dead in packs of which something lives: 2 %.
  ///
  /// With those that one prune condemned a retention ago, which fall together and wait for their
  /// removal (``Pruning``), they stay below 5 %.
  static let deadShare: (Int64, of: Int64) = (20, of: 1000)

  /// The packs, and the bytes of renewal that are owed after that.
  func chosen() -> ([(pack: PackRow, reason: PrunePlan.Condemnation)], Int64) {
    let (renewed, debt) = renewal()
    let wasteful = wasteful(besides: Set(renewed.map(\.number)))
    return (wasteful.map { ($0, .wasteful) } + renewed.map { ($0, .renewal) }, debt)
  }

  /// Milliseconds since the last time, at most a renewal period.
  private var elapsed: Int64 {
    situation.renewed.map { min(max(0, situation.now - $0), situation.renewal) } ?? 0
  }

  /// What of so many bytes is to be sent anew since the last time, if all are in a renewal period.
  private func share(of byteCount: Int64) -> Int64 {
    byteCount / 1000 * (elapsed / 1000) / max(1, situation.renewal / 1_000_000)
  }

  /// Milliseconds since a pack was sealed; a wrong clock sealed what is from the future, and it is
  /// sealed anew first of all.
  private func age(of pack: PackRow) -> Int64 {
    pack.sealed <= situation.now ? situation.now - pack.sealed : .max
  }

  /// The oldest packs of rows: all whose time comes before the next prune, and as many as the share of
  /// all living rows that falls to this one.
  private func renewal() -> ([PackRow], Int64) {
    let rows = packs.filter { $0.summary.contents == .rows }
      .map { (pack: $0, age: age(of: $0)) }
      .sorted { ($1.age, $0.pack.number) < ($0.age, $1.pack.number) }
    var debt = situation.renewalDebt + share(of: rows.reduce(0) { $0 + $1.pack.livingByteCount })
    var chosen: [PackRow] = []
    for (pack, age) in rows {
      let isDue = age >= situation.renewal - situation.horizon
      guard isDue || debt >= pack.livingByteCount else { break }
      debt -= pack.livingByteCount
      chosen.append(pack)
    }
    return (chosen, max(0, debt))
  }

  /// The packs that cost least to go, until what is dead in those that are left is within its share.
  ///
  /// After many people left at once that takes a while: no more is sent again in a renewal period than
  /// there is.
  private func wasteful(besides renewed: Set<Int64>) -> [PackRow] {
    let candidates = packs.filter { !renewed.contains($0.number) && $0.deadByteCount > 0 }
    var dead = candidates.reduce(0) { $0 + $1.deadByteCount }
    let mayBeDead = storedByteCount * Self.deadShare.0 / Self.deadShare.of
    var room = share(of: storedByteCount)
    var chosen: [PackRow] = []
    for pack in candidates.sorted(by: { $0.isCheaper(than: $1) }) {
      guard dead > mayBeDead, chosen.isEmpty || room >= pack.livingByteCount else { break }
      room -= pack.livingByteCount
      dead -= pack.deadByteCount
      chosen.append(pack)
    }
    return chosen
  }
}

extension PackRow {
  /// Bytes that the newest complete snapshot refers to; of a pack of which that is not known, all.
  fileprivate var livingByteCount: Int64 { Int64(aliveByteCount ?? summary.byteCount) }

  /// Bytes of chunks that it does not refer to.
  fileprivate var deadByteCount: Int64 {
    guard let aliveByteCount, let chunkByteCount else { return 0 }
    return Int64(max(0, chunkByteCount - aliveByteCount))
  }

  /// Whether more is freed by this one for each byte that is sent again; of equals, the older.
  fileprivate func isCheaper(than other: PackRow) -> Bool {
    // Products of byte counts of packs are far below 2^63.
    let (mine, others) = (
      deadByteCount * other.livingByteCount, other.deadByteCount * livingByteCount
    )
    return mine == others ? number < other.number : mine > others
  }
}
