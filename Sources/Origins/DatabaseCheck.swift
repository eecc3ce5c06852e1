internal import Querying

/// What SQLite's own checks found in a restored database.
package struct DatabaseFindings: Sendable, Equatable {
  /// Lines of the integrity check that are not `ok`.
  package let integrityLines: [String]
  /// Rows that refer to rows that are not there.
  package let foreignKeyLineCount: Int
}

/// Runs SQLite's own checks on a finished database, on a thread of its own beside the proof.
package actor DatabaseCheck {
  private let executor = BlockingExecutor(label: "lethe.check")
  private let origin: String
  private let path: String

  /// The queue of its own, on which it may block.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Names the finished file; nothing is opened before ``run()``.
  package init(origin: String, path: String) {
    self.origin = origin
    self.path = path
  }

  /// Checks every page, row and index entry; a cancelled task ends it within milliseconds.
  package func run() throws -> DatabaseFindings {
    do {
      let source = try SourceDatabase(path: path, access: .atRest)
      source.shouldStop = { Task.isCancelled }
      let lines = try source.integrityCheck().filter { $0 != "ok" }
      return DatabaseFindings(
        integrityLines: lines, foreignKeyLineCount: try source.foreignKeyCheck().count)
    } catch {
      if error.code == .cancelled { throw CancellationError() }
      throw OriginError(error, origin: origin)
    }
  }
}
