package import Format

/// Takes the rows of a snapshot's segments and makes a database of them, whatever engine is to read it.
package protocol RowRebuild: Actor {
  /// Adds the rows of one segment; every body holds the rows of some owners.
  func insert(_ bodies: [[UInt8]], of segment: SegmentKey) throws
  /// What erased people were taken out of; nil where none can be.
  var mentions: MentionPass? { get }
}
