internal import Format
package import Repository

/// The receipts of all erasures, which name nobody; the JSON of `erasures`.
package struct ErasureList: Sendable, Codable, Equatable {
  /// One receipt; times are RFC 3339 UTC.
  package struct Line: Sendable, Codable, Equatable {
    /// The account's id: random, and all that is left of it.
    package let id: String
    /// event, administrator, missing or reborn.
    package let cause: String
    /// When the deletion was reported, or first seen.
    package let reported: String
    /// From then on no restore of any snapshot brings the account back.
    package let excluded: String
    /// When the keys are destroyed at the earliest.
    package let due: String
    /// When they were; nil while they are held and the erasure can be cancelled.
    package let destroyed: String?
    /// When the kit was advanced past every keyring that ever held them; nil until it is.
    package let beyond_kit: String?
  }

  /// The brake that is on.
  package struct BrakeLine: Sendable, Codable, Equatable {
    /// The word for its cause.
    package let cause: String
    /// When it came on, in RFC 3339.
    package let since: String
    /// Accounts that are gone.
    package let gone: Int
    /// Of so many.
    package let known: Int
    /// What is wrong and what to do, in one line.
    package let message: String

    init(_ brake: Brake) {
      cause = brake.cause.rawValue
      since = Timestamp.text(brake.since)
      gone = brake.goneCount
      known = brake.knownCount
      message = brake.message
    }
  }

  /// All of them, the oldest first.
  package let erasures: [Line]
  /// Excluded, and their keys still there.
  package let held: Int
  /// Held although their time has come: the next run destroys them, if no brake is on.
  package let due: Int
  /// The brake, while one is on.
  package let brake: BrakeLine?

  /// Reads the agent's state alone; the remote is not asked.
  package init(_ state: AgentState, now: Int64) throws {
    let rows = try state.erasures()
    erasures = rows.map(Self.line).sorted { ($0.excluded, $0.id) < ($1.excluded, $1.id) }
    held = rows.filter { $0.erasure.isHeld }.count
    due = rows.filter { $0.erasure.isHeld && $0.erasure.entry.due <= now }.count
    brake = try Brake.load(state).map(BrakeLine.init)
  }

  static func line(_ row: ErasureRow) -> Line {
    let erasure = row.erasure
    return Line(
      id: erasure.entry.id.hex, cause: erasure.entry.cause.name,
      reported: Timestamp.text(erasure.entry.reported),
      excluded: Timestamp.text(erasure.excluded), due: Timestamp.text(erasure.entry.due),
      destroyed: erasure.destroyed.map(Timestamp.text),
      beyond_kit: row.beyondKit.map(Timestamp.text))
  }
}

extension ErasureCause {
  /// The word for people and machines.
  package var name: String {
    switch self {
    case .event: "event"
    case .administrator: "administrator"
    case .missing: "missing"
    case .reborn: "reborn"
    }
  }
}
