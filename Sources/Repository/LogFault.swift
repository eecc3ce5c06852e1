/// One thing that is wrong with a log.
package enum LogFault: Sendable, Equatable {
  /// The directory of the log cannot be listed, or holds what is no entry.
  case strange(String)
  /// Entries that are not there although later ones are.
  case missing(ClosedRange<UInt64>)
  /// An entry that does not open, and why.
  case damaged(UInt64, String)
  /// An entry that does not continue the one before it.
  case unlinked(UInt64)
  /// The log ends before what the agent has seen.
  case rolledBack(last: UInt64, seen: UInt64)
  /// Another entry is in the place of the newest that the agent knows.
  case forked(UInt64)
  /// An agent that replaced this one wrote it.
  case otherAgent(UInt64)
  /// This agent wrote it, but not with this state.
  case unknownToState(UInt64)
  /// It says what cannot be true after the entries before it.
  case contradiction(UInt64, String)
}
