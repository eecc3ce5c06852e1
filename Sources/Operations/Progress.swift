/// Where a long command stands.
package struct Progress: Sendable, Equatable {
  /// What a command does; the raw value is the word that people see.
  package enum Phase: String, Sendable {
    case reading = "reading rows"
    case files = "reading files"
    case rows = "restoring rows"
    case contents = "restoring files"
    case verifying
    case checking
  }

  /// What is done with the subject; two origins may report in turn.
  package let phase: Phase
  /// The origin, or the empty string.
  package let subject: String
  /// Rows or bytes of this phase and subject so far.
  package let done: Int
  /// Nil while it is not known.
  package let total: Int?
  /// Whether `done` and `total` are bytes.
  package let isBytes: Bool

  /// Takes what there is to show; it must return at once.
  package typealias Report = @Sendable (Progress) -> Void
}
