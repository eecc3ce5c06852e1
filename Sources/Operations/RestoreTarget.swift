internal import Format
internal import Foundation
internal import Repository

/// The directory that a restore fills.
package struct RestoreTarget: Sendable {
  let path: String
  /// Sealed packs that are needed again, and what SQLite sorts.
  let scratch: String
  /// Whether the directory was not there before.
  private let isNew: Bool

  /// Makes the directory, or takes one that is empty.
  init(_ path: String) throws {
    isNew = mkdir(path, 0o700) == 0
    if !isNew {
      let number = errno
      guard number == EEXIST, let names = try? FileManager.default.contentsOfDirectory(atPath: path)
      else {
        throw OperationError(
          .failed,
          "cannot make the target \(path): \(String(cString: strerror(number))); name a "
            + "directory that is empty, or one that can be made")
      }
      guard names.isEmpty else {
        throw OperationError(
          .refused, "the target \(path) is not empty; name an empty directory, never the live one")
      }
    }
    self.path = path
    scratch = Self.scratch(in: path)
    do { try AgentState.makeDirectory(scratch) } catch {
      if isNew { rmdir(path) }
      throw error
    }
  }

  /// Where a restore into a target keeps what it needs for a while.
  package static func scratch(in target: String) -> String { target + "/.lethe-scratch" }

  /// The directory of one origin.
  func directory(of origin: String) -> String { "\(path)/\(origin)" }

  /// Takes away what was made of an origin.
  func remove(_ origin: String) {
    try? FileManager.default.removeItem(atPath: directory(of: origin))
  }

  /// Takes everything away.
  func abandon() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
    if isNew { rmdir(path) }
  }

  /// Leaves what was restored and nothing else.
  func finish() throws { try FileManager.default.removeItem(atPath: scratch) }

  /// What to say of a restore in which some origins met damage.
  ///
  /// The others, the `whole` ones, are restored; with `isEmpty` nothing is.
  func failure(_ damage: [String], whole: [String], isEmpty: Bool) -> OperationError {
    try? finish()
    if isEmpty, isNew { rmdir(path) }
    let rest =
      isEmpty
      ? "; nothing was restored"
      : whole.isEmpty ? "" : "; restored whole: \(whole.joined(separator: ", "))"
    return OperationError(
      .damaged,
      damage.joined(separator: "; ") + "\(rest); try an older snapshot "
        + "with --snapshot, or what is undamaged with --origin or --account")
  }
}
