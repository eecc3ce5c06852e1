/// Where a long command stands.
package struct Progress: Sendable, Equatable {
  package enum Phase: String, Sendable {
    case reading = "reading rows"
    case files = "reading files"
    case rows = "restoring rows"
    case contents = "restoring files"
    case verifying
    case checking
  }

  package let phase: Phase
  /// The origin, or the empty string.
  package let subject: String
  package let done: Int
  /// Nil while it is not known.
  package let total: Int?
  /// Whether `done` and `total` are bytes.
  package let isBytes: Bool

  /// Takes what there is to show; it must return at once.
  package typealias Report = @Sendable (Progress) -> Void
}
