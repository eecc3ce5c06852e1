/// One file, directory or link of a tree. [F-REC-1]
package struct FileRecord: Equatable, Sendable {
  /// A piece of a file's content, at a multiple of 4 MiB.
  package enum Piece: Equatable, Sendable {
    /// Nothing but hole.
    case hole
    /// A content chunk: its name, and the 32 bytes without which it cannot be opened.
    case chunk(name: ChunkName, secret: [UInt8])
  }

  /// The kind of a file, and what belongs to that kind alone.
  package enum Body: Equatable, Sendable {
    case directory
    /// Holes are in ascending order, not empty, and do not touch.
    case regular(byteCount: Int, holes: [Range<Int>], pieces: [Piece])
    case symbolicLink(target: [UInt8])
    /// Another name of a regular file of the same owner that comes earlier in the tree.
    case hardLink(path: [UInt8])
  }

  /// Below the origin's root; components joined by `/`.
  package let path: [UInt8]
  /// Permission bits with set-user-id, set-group-id and sticky.
  package let mode: UInt16
  /// The user's number; the name is not kept.
  package let owner: UInt32
  /// The group's number; the name is not kept.
  package let group: UInt32
  /// Seconds since 1970 UTC, negative before that.
  package let modified: Int64
  /// Nanoseconds on top of the seconds, 0 … 999,999,999.
  package let modifiedNanoseconds: UInt32
  /// Its kind, with the pieces of a regular file or the target of a link.
  package let body: Body

  /// Makes a record of its fields, unchecked; decoding and restoring refuse bad ones.
  package init(
    path: [UInt8], mode: UInt16, owner: UInt32, group: UInt32, modified: Int64,
    modifiedNanoseconds: UInt32, body: Body
  ) {
    self.path = path
    self.mode = mode
    self.owner = owner
    self.group = group
    self.modified = modified
    self.modifiedNanoseconds = modifiedNanoseconds
    self.body = body
  }

  /// How many pieces a file of that many bytes has.
  package static func pieceCount(of byteCount: Int) -> Int {
    (byteCount + Limits.filePieceByteCount - 1) / Limits.filePieceByteCount
  }

  /// One record; a body is one after the other, with no count before them.
  package func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.string(path)
    writer.varint(UInt64(mode))
    writer.varint(UInt64(owner))
    writer.varint(UInt64(group))
    writer.signed(modified)
    writer.varint(UInt64(modifiedNanoseconds))
    switch body {
    case .directory: writer.byte(1)
    case .regular(let byteCount, let holes, let pieces):
      writer.byte(2)
      Self.encode(byteCount, holes, pieces, to: &writer)
    case .symbolicLink(let target):
      writer.byte(3)
      writer.string(target)
    case .hardLink(let path):
      writer.byte(4)
      writer.string(path)
    }
    return writer.bytes
  }

  private static func encode(
    _ byteCount: Int, _ holes: [Range<Int>], _ pieces: [Piece], to writer: inout ByteWriter
  ) {
    writer.count(byteCount)
    writer.count(holes.count)
    var end = 0
    for hole in holes {
      writer.count(hole.lowerBound - end)
      writer.count(hole.count)
      end = hole.upperBound
    }
    for piece in pieces {
      switch piece {
      case .hole: writer.byte(0)
      case .chunk(let name, let secret):
        writer.byte(1)
        writer.identifier(name)
        writer.append(secret)
      }
    }
  }

  /// Whether a piece lies in a hole; asked for one piece after the other, it drops the holes before.
  private static func isHole(
    _ index: Int, of byteCount: Int, _ holes: inout ArraySlice<Range<Int>>
  ) -> Bool {
    let start = index * Limits.filePieceByteCount
    let end = min(start + Limits.filePieceByteCount, byteCount)
    while let first = holes.first, first.upperBound <= start { holes.removeFirst() }
    guard let first = holes.first else { return false }
    return first.lowerBound <= start && first.upperBound >= end
  }

  /// Decodes the joined body of one owner's record chunks.
  package static func decodeAll(_ bytes: [UInt8]) throws(FormatError) -> [FileRecord] {
    var reader = ByteReader(bytes, subject: "a file record")
    var records: [FileRecord] = []
    while reader.remaining > 0 { records.append(try decode(&reader)) }
    return records
  }

  private static func decode(_ reader: inout ByteReader) throws(FormatError) -> FileRecord {
    let path = try reader.string(limit: Limits.pathByteCount)
    let mode = UInt16(try reader.count(limit: 0o7777))
    let owner = UInt32(try reader.count(limit: Int(UInt32.max)))
    let group = UInt32(try reader.count(limit: Int(UInt32.max)))
    let modified = try reader.signed()
    let nanoseconds = UInt32(try reader.count(limit: 999_999_999))
    let body: Body
    switch try reader.byte() {
    case 1: body = .directory
    case 2: body = try regular(&reader)
    case 3: body = .symbolicLink(target: try reader.string(limit: Limits.pathByteCount))
    case 4: body = .hardLink(path: try reader.string(limit: Limits.pathByteCount))
    default: throw reader.malformed("unknown kind of file")
    }
    return FileRecord(
      path: path, mode: mode, owner: owner, group: group, modified: modified,
      modifiedNanoseconds: nanoseconds, body: body)
  }

  private static func regular(_ reader: inout ByteReader) throws(FormatError) -> Body {
    let limit = Limits.filePieceCount * Limits.filePieceByteCount
    let byteCount = try reader.count(limit: limit)
    var holes: [Range<Int>] = []
    var end = 0
    for _ in 0..<(try reader.count(limit: Limits.holeCount, eachAtLeast: 2)) {
      let start = end + (try reader.count(limit: byteCount - end))
      let count = try reader.count(limit: byteCount - start)
      guard count > 0, start > end || holes.isEmpty else {
        throw reader.malformed("holes are empty or touch")
      }
      end = start + count
      holes.append(start..<end)
    }
    var pieces: [Piece] = []
    var rest = holes[...]
    for index in 0..<pieceCount(of: byteCount) {
      let isChunk = try reader.flag()
      guard isChunk != isHole(index, of: byteCount, &rest) else {
        throw reader.malformed("piece \(index) and the holes contradict each other")
      }
      if isChunk {
        pieces.append(
          .chunk(
            name: try reader.identifier(),
            secret: Array(try reader.take(KeyringContents.secretByteCount))))
      } else {
        pieces.append(.hole)
      }
    }
    return .regular(byteCount: byteCount, holes: holes, pieces: pieces)
  }
}
