import Files
import Glibc
import Testing

/// Carries a tree over through the module, as a backup and a restore would.
struct Transfer {
  private struct Piece {
    let file: TreeWriter.File
    let offset: UInt64
    let bytes: [UInt8]
  }

  var options = TreeWriter.Options()
  var resolution: PathResolution?
  var pieceByteCount = 65_536

  /// Copies the tree at `source` to `target`; with a generator, entries and content in any order.
  func copy(
    _ source: String, to target: String, shuffledBy generator: SeededGenerator? = nil
  ) throws -> RestoreReport {
    let root = try TreeRoot(source, resolution: resolution)
    var entries = try events(of: root).compactMap { event in
      if case .entry(let entry) = event { entry } else { nil }
    }
    let firstNames = Dictionary(
      entries.map { ($0.identity, $0.path) }, uniquingKeysWith: { min($0, $1) })
    var pieces: [Piece] = []
    var generator = generator
    var writer = try TreeWriter(target: target, options: options, resolution: resolution)
    writer.describeTarget(root.attributes)
    if generator != nil { shuffle(&entries, &generator) }
    for entry in entries where firstNames[entry.identity] == entry.path {
      pieces += try make(entry, from: root, with: &writer)
    }
    for entry in entries {
      guard let first = firstNames[entry.identity], first != entry.path else { continue }
      try writer.makeHardLink(entry.path, to: first)
    }
    shuffle(&pieces, &generator)
    for piece in pieces {
      try writer.write(piece.bytes.span.bytes, to: piece.file, at: piece.offset)
    }
    return try writer.finish()
  }

  private func shuffle<Element>(_ elements: inout [Element], _ generator: inout SeededGenerator?) {
    guard var own = generator else { return }
    elements.shuffle(using: &own)
    generator = own
  }

  private func make(
    _ entry: FileEntry, from root: borrowing TreeRoot, with writer: inout TreeWriter
  ) throws -> [Piece] {
    switch entry.kind {
    case .directory:
      try writer.makeDirectory(entry.path, entry.attributes)
    case .symbolicLink(let target):
      try writer.makeSymbolicLink(entry.path, target: target, entry.attributes)
    case .special:
      Issue.record("a special file is in the tree")
    case .regular:
      let reader = try root.open(entry)
      let file = try writer.makeFile(
        entry.path, byteCount: reader.byteCount, reader.entry.attributes)
      let pieces = try self.pieces(of: reader).map { Piece(file: file, offset: $0, bytes: $1) }
      #expect(try reader.changes() == [])
      if pieces.isEmpty { try writer.close(file) }
      return pieces
    }
    return []
  }

  /// All data of the file with the places where it belongs.
  func pieces(of reader: borrowing FileReader) throws -> [(UInt64, [UInt8])] {
    var pieces: [(UInt64, [UInt8])] = []
    var place: UInt64 = 0
    while let extent = try reader.dataExtent(atOrAfter: place) {
      place = extent.lowerBound
      while place < extent.upperBound {
        let count = Int(min(UInt64(pieceByteCount), extent.upperBound - place))
        pieces.append((place, try bytes(of: reader, at: place, count)))
        place += UInt64(count)
      }
    }
    return pieces
  }
}

/// Up to `count` bytes of the file.
func bytes(of reader: borrowing FileReader, at offset: UInt64, _ count: Int) throws -> [UInt8] {
  var bytes = [UInt8](repeating: 0xee, count: count)
  var span = bytes.mutableSpan
  var raw = span.mutableBytes
  let placed = try reader.read(at: offset, into: &raw)
  return Array(bytes.prefix(placed))
}

/// Everything a walk of `root` meets.
func events(of root: borrowing TreeRoot) throws -> [TreeWalker.Event] {
  var walker = try TreeWalker(root)
  var events: [TreeWalker.Event] = []
  while let event = try walker.next() { events.append(event) }
  return events
}

/// The entries a walk of the directory at `path` meets.
func entries(_ path: String) throws -> [FileEntry] {
  try events(of: TreeRoot(path)).compactMap { event in
    if case .entry(let entry) = event { entry } else { nil }
  }
}
