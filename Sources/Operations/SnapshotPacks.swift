internal import Format
internal import Repository

/// Learns from the catalogues which packs each kept snapshot needs, as an adopted agent must before it
/// may drop any.
struct SnapshotPacks {
  private let archive: Archive
  private let reader: CatalogueReader
  private let numbers: [PackID: Int64]
  /// What parts refer to; snapshots share most of them.
  private var known: [ChunkLocation: Set<Int64>] = [:]

  init(_ archive: Archive) {
    self.archive = archive
    reader = CatalogueReader(archive: archive)
    numbers = archive.packNumbers
  }

  /// Notes all kept snapshots in a new agent's state.
  mutating func note(in state: AgentState) async throws {
    for snapshot in archive.snapshots {
      // A damaged catalogue does not say what it needs, so it keeps everything while it is kept.
      var packs = Set(numbers.values)
      do { packs = try await self.packs(of: snapshot) } catch {
        guard OperationError(error).status == .damaged else { throw error }
      }
      try state.adopt(snapshot.entry, sequence: snapshot.sequence, packs: packs)
    }
  }

  private mutating func packs(of snapshot: Snapshot) async throws -> Set<Int64> {
    var packs = try number(snapshot.entry.catalogue)
    for origin in try await reader.root(of: snapshot).origins {
      packs.formUnion(try number(origin.description))
      for segment in origin.segments { packs.formUnion(try await self.packs(of: segment.part)) }
    }
    return packs
  }

  private mutating func packs(of location: ChunkLocation) async throws -> Set<Int64> {
    if let packs = known[location] { return packs }
    var packs = try number(location)
    for group in try await reader.part(location).groups {
      for place in group.records + group.contents { packs.formUnion(try number(place)) }
    }
    known[location] = packs
    return packs
  }

  private func number(_ location: ChunkLocation) throws -> Set<Int64> {
    guard let number = numbers[location.pack] else {
      throw OperationError(
        .damaged, "a catalogue refers to pack \(location.pack.hex), unknown to the log")
    }
    return [number]
  }
}
