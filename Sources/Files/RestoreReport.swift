/// What a restore of files created, and what it did on purpose otherwise than recorded.
package struct RestoreReport: Sendable, Equatable {
  /// How many entries something concerns, and the first of them.
  package struct Sample: Sendable, Equatable {
    /// How many paths are kept at most: enough to recognise a cause.
    package static let maximumPathCount = 20
    /// The number of all entries concerned.
    package private(set) var count = 0
    /// The first of them, in the order in which they were met.
    package private(set) var paths: [RelativePath] = []

    mutating func add(_ path: @autoclosure () -> RelativePath?) {
      count += 1
      guard paths.count < Self.maximumPathCount, let path = path() else { return }
      paths.append(path)
    }
  }

  /// Directories created.
  package internal(set) var directoryCount = 0
  /// Regular files created.
  package internal(set) var fileCount = 0
  /// Symbolic links created.
  package internal(set) var symbolicLinkCount = 0
  /// Further names given to files.
  package internal(set) var hardLinkCount = 0
  /// Bytes of content written.
  package internal(set) var writtenByteCount: UInt64 = 0
  /// Entries whose set-user-ID or set-group-ID bit was left out: not asked for, or not the owner's.
  package internal(set) var withoutSetID = Sample()
  /// Entries that belong to another user or group than recorded.
  package internal(set) var ownedOtherwise = Sample()
  /// Entries with another time than recorded, which the target's file system cannot keep.
  package internal(set) var timedOtherwise = Sample()
  /// Directories nobody described: created for what is beneath them, with mode 0700.
  package internal(set) var undescribedDirectories = Sample()
}
