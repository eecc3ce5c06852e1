/// What gives the segments of an origin, or of a part of one, one after the other.
package protocol SegmentReader: Actor {
  /// The next segment, or nil after the last.
  func nextSegment() throws -> RawSegment?
  /// Rows of accounts that no longer exist, seen so far and left out.
  var remainsCount: Int { get }
}
