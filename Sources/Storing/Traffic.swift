import Synchronization

/// What a store has cost so far, for the benchmark and the round-trip budget.
package struct Traffic: Sendable, Equatable {
  /// Waits for a reply.
  ///
  /// A pipelined transfer counts one for each full window it takes.
  package var roundTrips: Int
  /// Bytes sent: on the wire for a remote store, object bytes otherwise.
  package var bytesSent: Int
  /// Bytes received: on the wire for a remote store, object bytes otherwise.
  package var bytesReceived: Int

  /// Makes a tally.
  package init(roundTrips: Int = 0, bytesSent: Int = 0, bytesReceived: Int = 0) {
    self.roundTrips = roundTrips
    self.bytesSent = bytesSent
    self.bytesReceived = bytesReceived
  }

  /// What was spent between two tallies of the same store.
  package static func - (later: Traffic, earlier: Traffic) -> Traffic {
    Traffic(
      roundTrips: later.roundTrips - earlier.roundTrips,
      bytesSent: later.bytesSent - earlier.bytesSent,
      bytesReceived: later.bytesReceived - earlier.bytesReceived)
  }
}

/// A tally several sessions add to at once.
final class TrafficMeter: Sendable {
  private let roundTrips = Atomic(0)
  private let bytesSent = Atomic(0)
  private let bytesReceived = Atomic(0)

  /// The tally now.
  var traffic: Traffic {
    Traffic(
      roundTrips: roundTrips.load(ordering: .relaxed),
      bytesSent: bytesSent.load(ordering: .relaxed),
      bytesReceived: bytesReceived.load(ordering: .relaxed))
  }

  func add(roundTrips count: Int) { roundTrips.wrappingAdd(count, ordering: .relaxed) }
  func add(bytesSent count: Int) { bytesSent.wrappingAdd(count, ordering: .relaxed) }
  func add(bytesReceived count: Int) { bytesReceived.wrappingAdd(count, ordering: .relaxed) }
}
