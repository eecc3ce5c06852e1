package import Format

internal import Sealing

/// A pack that was read whole, its bytes and its header proved. [F-PACK-4]
package struct PackReader: Sendable {
  /// What the pack says of itself, proved by its seal. [F-PACK-2]
  package let header: PackHeader
  private let bytes: [UInt8]
  private let offsets: [Int]
  /// The object's name, for messages.
  package let name: String

  /// Proves the bytes against the log's hash, then opens the header.
  package init(_ bytes: [UInt8], summary: PackSummary, keys: MetadataKeys) throws {
    let name = "pack \(summary.pack.hex)"
    guard bytes.count == summary.byteCount, Hash.digest(bytes) == summary.digest.bytes else {
      throw VaultError(
        .damaged, "\(name) is damaged: its bytes do not have the hash that the log has of it",
        failure: .forged)
    }
    try self.init(bytes, pack: summary.pack, keys: keys)
    guard header.contents == summary.contents else {
      throw VaultError(
        .damaged, "\(name) is damaged: it is not of the kind that the log says", failure: .malformed
      )
    }
  }

  /// Opens the header of a pack of which nothing but the name is known.
  package init(_ bytes: [UInt8], pack: PackID, keys: MetadataKeys) throws {
    name = "pack \(pack.hex)"
    do {
      let prefix = try PackPrefix.decode(bytes)
      guard prefix.pack == pack else {
        throw FormatError(.malformed, "it carries the name of pack \(prefix.pack.hex)")
      }
      let body = PackPrefix.byteCount + prefix.headerByteCount
      guard body <= bytes.count else { throw FormatError(.truncated, "its header is cut off") }
      let sealed = bytes[PackPrefix.byteCount..<body]
      header = try PackHeader.decode(
        try keys.open(sealed, as: .pack, for: .pack, named: pack.bytes))
      offsets = try Self.offsets(of: header, from: body, in: bytes.count)
    } catch { throw VaultError.damaged(name, error) }
    self.bytes = bytes
  }

  private static func offsets(
    of header: PackHeader, from start: Int, in byteCount: Int
  ) throws(FormatError) -> [Int] {
    var offsets: [Int] = []
    offsets.reserveCapacity(header.entries.count + 1)
    var offset = start
    for entry in header.entries {
      offsets.append(offset)
      offset += entry.sealedByteCount
    }
    guard offset <= byteCount else { throw FormatError(.truncated, "its last chunks are cut off") }
    offsets.append(offset)
    return offsets
  }

  /// The header's line for a chunk; an ordinal that it does not have is `malformed`. [F-PACK-3]
  package func entry(_ ordinal: UInt32) throws -> PackEntry {
    guard Int(ordinal) < header.entries.count else {
      throw VaultError(
        .damaged, "\(name) has no chunk \(ordinal), which a catalogue refers to",
        failure: .malformed)
    }
    return header.entries[Int(ordinal)]
  }

  /// The whole object, as it came.
  package var allBytes: [UInt8] { bytes }

  /// Lends the bytes of a chunk that ``entry(_:)`` has given.
  func withSealedBytes<Result>(
    _ ordinal: UInt32, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let range = offsets[Int(ordinal)]..<offsets[Int(ordinal) + 1]
    return try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }
}
