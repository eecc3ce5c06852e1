internal import Foundation
internal import Repository

/// How long the machine has been up, which nobody can set, as they can the time of day.
package struct BootTime: Sendable, Codable {
  /// The kernel's identity of this start of the machine.
  let boot: String
  /// Of the clock that goes on while the machine sleeps.
  let instant: ContinuousClock.Instant

  /// A moment within one start of the machine; ``now()`` gives the present one.
  package init(boot: String, instant: ContinuousClock.Instant) {
    self.boot = boot
    self.instant = instant
  }

  /// The present; nil where the kernel does not tell.
  package static func now() -> BootTime? {
    guard
      let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
    else { return nil }
    return BootTime(boot: boot, instant: .now)
  }
}

/// Both clocks at one moment, so that the next run can tell whether the time of day was set.
struct ClockReading: Sendable, Codable {
  /// Milliseconds since 1970.
  let now: Int64
  let boot: BootTime

  /// By how many milliseconds the time of day moved more than time did since this; nil where the machine
  /// was started since.
  func drift(to now: Int64, _ later: BootTime) -> Int64? {
    guard later.boot == boot.boot else { return nil }
    let (seconds, attoseconds) = (later.instant - boot.instant).components
    return now - self.now - (seconds * 1000 + attoseconds / 1_000_000_000_000_000)
  }

  /// What the last run noted; nil before the first.
  static func load(_ state: AgentState) throws -> ClockReading? {
    try state.value(.clockReading).flatMap {
      try? JSONDecoder().decode(ClockReading.self, from: Data($0))
    }
  }

  func save(_ state: AgentState) throws {
    try state.set([.clockReading: Array(try JSONEncoder().encode(self))])
  }

  /// The drift since the last reading, which this one then replaces unless it is a rehearsal.
  static func drift(
    to now: Int64, _ boot: BootTime?, in state: AgentState, isRehearsal: Bool = false
  ) throws -> Int64? {
    guard let boot else { return nil }
    let drift = try load(state)?.drift(to: now, boot)
    if !isRehearsal { try ClockReading(now: now, boot: boot).save(state) }
    return drift
  }
}
