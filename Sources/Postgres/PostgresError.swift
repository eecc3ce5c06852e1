/// What went wrong with a PostgreSQL database, on which object, and what to do next.
package struct PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of failure that callers treat differently.
  package enum Code: Sendable, Equatable {
    /// The server does not answer, or stopped answering; trying again later may succeed.
    case unreachable
    /// The server is there and does not let us in, or not read something.
    case denied
    /// A database, table, column or function that was asked for is not there.
    case missing
    /// Somebody else holds a lock or changes tables; trying again later may succeed.
    case busy
    /// What is there is not what it claims to be.
    case damaged
    /// It could not be restored exactly, so nothing was done.
    case refused
    /// The caller asked to stop.
    case cancelled
    /// Anything else: a time that is up, a statement that the server does not accept.
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
