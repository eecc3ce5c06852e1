/// Whether and how a database file gives free pages back; the raw value is that of the pragma.
package enum AutoVacuum: UInt8, Sendable, Equatable {
  /// Free pages stay in the file.
  case none = 0
  /// Every commit gives free pages back.
  case full = 1
  /// `PRAGMA incremental_vacuum` gives free pages back.
  case incremental = 2
}
