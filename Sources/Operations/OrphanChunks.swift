internal import Format
internal import Repository

/// Chunks in stored packs of interrupted runs, to be recognised by name: of which segments they are, nobody knows.
///
/// Sorted and searched by halves: a killed first backup leaves
/// hundreds of thousands, which a dictionary would hold in three times the memory.
struct OrphanChunks: Sendable {
  private let chunks: [KnownChunk]

  init(_ chunks: [KnownChunk]) { self.chunks = chunks.sorted { $0.name < $1.name } }

  func find(_ name: ChunkName, kind: ChunkKind, account: AccountNumber) -> KnownChunk? {
    var (low, high) = (0, chunks.count)
    while low < high {
      let middle = (low + high) / 2
      if chunks[middle].name < name { low = middle + 1 } else { high = middle }
    }
    // The same name twice is one chunk that two interrupted runs stored.
    while low < chunks.count, chunks[low].name == name {
      if chunks[low].kind == kind, chunks[low].account == account { return chunks[low] }
      low += 1
    }
    return nil
  }
}
