internal import Format
internal import Repository

/// Reads catalogue objects, keeping the few packs that hold them.
actor CatalogueReader {
  private let source: PackSource
  private var packs: [PackID: PackReader] = [:]
  private var heldByteCount = 0

  /// Catalogue packs are small; those of a fortnight fit, those of a giant are read again.
  private static let budget = 48 << 20

  init(archive: Archive) { self.init(archive.source) }

  init(_ source: PackSource) { self.source = source }

  func root(of snapshot: Snapshot) async throws -> CatalogueRoot {
    let bytes = try await open(snapshot.entry.catalogue, kind: .catalogueRoot)
    let root: CatalogueRoot
    do { root = try CatalogueRoot.decode(bytes) } catch {
      throw OperationError(
        .damaged, "the catalogue of snapshot \(snapshot.entry.run.hex) is damaged: \(error.message)"
      )
    }
    guard root.run == snapshot.entry.run else {
      throw OperationError(
        .damaged, "the catalogue of snapshot \(snapshot.entry.run.hex) is another snapshot's")
    }
    return root
  }

  func part(_ location: ChunkLocation) async throws -> CataloguePart {
    let bytes = try await open(location, kind: .cataloguePart)
    do { return try CataloguePart.decode(bytes) } catch {
      throw OperationError(
        .damaged,
        "catalogue part \(location.ordinal) of pack \(location.pack.hex) is damaged: "
          + error.message)
    }
  }

  private func open(_ location: ChunkLocation, kind: ChunkKind) async throws -> [UInt8] {
    let pack = try await pack(location.pack)
    return try ChunkOpener(repository: source.keys.repository).openCatalogue(
      location.ordinal, of: pack, kind: kind, keys: source.keys)
  }

  private func pack(_ id: PackID) async throws -> PackReader {
    if let pack = packs[id] { return pack }
    let pack = try await source.pack(id)
    let byteCount = source.summaries[id]?.byteCount ?? 0
    if heldByteCount + byteCount > Self.budget {
      packs = [:]
      heldByteCount = 0
    }
    packs[id] = pack
    heldByteCount += byteCount
    return pack
  }
}
