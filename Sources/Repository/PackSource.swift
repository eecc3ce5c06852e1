package import Format
package import Storing

/// The packs that the log lists and did not drop, read from the remote and proved.
package struct PackSource: Sendable {
  /// What the log says of each.
  package let summaries: [PackID: PackSummary]
  /// Opens their headers and the chunks of catalogues.
  package let keys: MetadataKeys
  private let store: any Store

  /// Lends access to listed packs.
  package init(_ summaries: [PackID: PackSummary], keys: MetadataKeys, store: any Store) {
    self.summaries = summaries
    self.keys = keys
    self.store = store
  }

  /// Reads a pack whole and proves it.
  package func pack(_ id: PackID) async throws -> PackReader {
    let (summary, name) = try listed(id)
    let bytes: [UInt8]
    do { bytes = try await store.get(name, upTo: summary.byteCount) } catch {
      throw Self.failure(error, name, doing: "cannot read \(name)")
    }
    return try PackReader(bytes, summary: summary, keys: keys)
  }

  /// Small packs' headers come with the first read: 600 entries of 24 bytes fit.
  private static let firstReadByteCount = 16 << 10

  /// Reads the header of a pack alone; its seal proves it, not the hash of the whole. [F-PACK-4]
  package func header(of id: PackID) async throws -> PackHeader {
    let (summary, name) = try listed(id)
    do {
      let first = min(summary.byteCount, Self.firstReadByteCount)
      var start = try await store.get(name, range: 0..<first)
      let prefix = try PackPrefix.decode(start)
      guard prefix.pack == id else {
        throw FormatError(.malformed, "it carries the name of pack \(prefix.pack.hex)")
      }
      let end = PackPrefix.byteCount + prefix.headerByteCount
      guard end <= summary.byteCount else {
        throw FormatError(.truncated, "its header is longer than the pack")
      }
      if end > first { start += try await store.get(name, range: first..<end) }
      let header = try PackHeader.decode(
        try keys.open(
          start[PackPrefix.byteCount..<end], as: .pack, for: .pack, named: id.bytes))
      try Self.check(header, summary, from: end)
      return header
    } catch let error as StoreError {
      throw Self.failure(error, name, doing: "cannot read the header of \(name)")
    } catch { throw VaultError.damaged("\(name)", error) }
  }

  private static func check(
    _ header: PackHeader, _ summary: PackSummary, from start: Int
  ) throws(FormatError) {
    guard header.contents == summary.contents else {
      throw FormatError(.malformed, "it is not of the kind that the log says")
    }
    guard header.entries.reduce(start, { $0 + $1.sealedByteCount }) <= summary.byteCount else {
      throw FormatError(.truncated, "its last chunks are cut off")
    }
  }

  private func listed(_ id: PackID) throws -> (PackSummary, ObjectName) {
    guard let summary = summaries[id], let name = ObjectName("packs/\(id.hex)") else {
      throw VaultError(
        .damaged, "a catalogue refers to pack \(id.hex), which the log does not know",
        failure: .malformed)
    }
    return (summary, name)
  }

  private static func failure(
    _ error: StoreError, _ name: ObjectName, doing action: String
  ) -> VaultError {
    switch error.code {
    case .missing:
      VaultError(
        .damaged,
        "\(name) is missing from the remote; a backup from the live source heals later "
          + "snapshots, this one lacks what the pack held", failure: .missing)
    case .oversized:
      VaultError(
        .damaged, "\(name) is damaged: it is longer than the log says", failure: .forged)
    default: VaultError(error, doing: action)
    }
  }
}
