internal import Format
internal import Repository

/// The chunks of one segment of the last snapshot, to be recognised by owner and name.
///
/// Both they and what is looked for come owner by owner in ascending order, so one pass over them serves all: most
/// owners have a single one. Out of order a chunk would be sealed again, and nothing lost.
struct OwnedChunks {
  private let chunks: [KnownChunk]
  /// Where the chunks of the owner that was asked for last begin.
  private var start = 0

  init(_ chunks: [KnownChunk]) { self.chunks = chunks }

  /// The owner's chunk with that name; owners are asked for in ascending order, chunks of one in any.
  mutating func find(
    _ name: ChunkName, kind: ChunkKind, account: AccountNumber
  ) -> KnownChunk? {
    while start < chunks.count, chunks[start].account < account { start += 1 }
    var index = start
    while index < chunks.count, chunks[index].account == account {
      if chunks[index].name == name, chunks[index].kind == kind { return chunks[index] }
      index += 1
    }
    return nil
  }
}
