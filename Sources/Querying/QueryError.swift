/// What went wrong with a database file, on which object, and what to do next.
package struct QueryError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of failure that callers treat differently.
  package enum Code: Sendable, Equatable {
    /// A file, table or column that was asked for is not there.
    case missing
    /// What is there is not what it claims to be.
    case damaged
    /// Going on would harm the live server or lose exactness, so nothing was done.
    case refused
    /// Somebody else holds a lock; trying again later may succeed.
    case busy
    /// The caller asked to stop.
    case cancelled
    /// Anything else: a full disk, no permission, a statement that SQLite does not accept.
    case failed
  }

  /// The kind of failure.
  package let code: Code

  /// What failed, on which object, why, and what to do next.
  package let message: String

  /// Creates an error from its parts.
  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  package var description: String { message }
}
