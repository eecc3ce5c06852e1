/// What gives the segments of an origin, or of a part of one, one after the other.
package protocol SegmentReader: Actor {
  /// The next segment, or nil after the last.
  func nextSegment() throws -> ScannedSegment?
  /// Rows of accounts that no longer exist, seen so far and left out.
  var remainsCount: Int { get }
}

/// A segment, read only as far as it had to be.
package enum ScannedSegment: Sendable {
  case read(RawSegment)
  /// The last snapshot's segment of this table that begins here: its rows are as they were, and were not read.
  case same(RawSegment.Table, lower: Int64)
}
