internal import Format

/// Cuts the records of one owner after another in one segment into chunks, each with its header. [F-ROW-1]
///
/// A chunk is lent to a body as soon as it is full, and its room serves the next: one call may lend several, and
/// most lend none.
package struct ChunkCutter {
  private let origin: String
  private let table: String
  private let lower: Int64
  /// The encoded header of an owner's first chunk: most owners have no other.
  private let first: [UInt8]
  private var chunk: [UInt8]
  private var headerByteCount: Int
  /// Chunks of the present owner that are cut off.
  private var part: UInt32 = 0
  private var section = ByteWriter()

  /// For one segment; in a tree `table` is empty and `lower` 0.
  package init(origin: String, table: String, lower: Int64) {
    (self.origin, self.table, self.lower) = (origin, table, lower)
    first = ChunkHeader(origin: origin, table: table, lower: lower, part: 0).encode()
    chunk = first
    headerByteCount = first.count
  }

  private var isEmpty: Bool { chunk.count == headerByteCount }
  private var room: Int { Limits.rowChunkByteCount - (chunk.count - headerByteCount) }

  /// Adds bytes that belong together; only what is larger than a chunk is cut within.
  package mutating func append(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    if bytes.count > room, !isEmpty { try close(body) }
    var rest = bytes
    while rest.count > room {
      let count = room
      chunk.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest[..<count]))
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      try close(body)
    }
    chunk.append(contentsOf: rest)
  }

  /// Adds what stands before the rows of a table.
  mutating func append(
    _ section: RowSection, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    self.section.removeAll()
    section.encode(to: &self.section)
    let bytes = self.section.bytes
    try bytes.withUnsafeBytes { try append($0, body) }
  }

  /// Adds a row id, as the signed difference to the one before it.
  mutating func append(
    keyStep step: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    // Ten bytes hold any number; fewer than that of room are left unused.
    if room < 10, !isEmpty { try close(body) }
    var rest = UInt64(bitPattern: step << 1 ^ step >> 63)
    while rest >= 0x80 {
      chunk.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    chunk.append(UInt8(rest))
  }

  private mutating func close(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    try chunk.withUnsafeBytes(body)
    part += 1
    begin(ChunkHeader(origin: origin, table: table, lower: lower, part: part).encode())
  }

  private mutating func begin(_ header: [UInt8]) {
    chunk.removeAll(keepingCapacity: true)
    chunk += header
    headerByteCount = header.count
  }

  /// Lends the owner's last chunk, unless there is nothing in it, and begins with the next owner.
  package mutating func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    if !isEmpty { try chunk.withUnsafeBytes(body) }
    part = 0
    begin(first)
  }
}
