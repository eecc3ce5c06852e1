internal import Foundation
internal import GRDB

/// How much of each pack is alive, in bytes.
///
/// The sizes of chunks lie in a table of their own: a pack's row changes often, and they never do.
extension AgentState {
  /// Notes which chunks of each pack the newest complete snapshot refers to.
  package func note(alive: [Int64: OrdinalSet]) throws {
    try write { database in
      try database.execute(
        sql: "UPDATE pack SET aliveByteCount = 0 WHERE aliveByteCount IS NOT 0")
      for (pack, chunks) in alive {
        let sizes = try Data.fetchOne(
          database, sql: "SELECT sizes FROM chunkSizes WHERE pack = ?", arguments: [pack])
        try database.execute(
          sql: "UPDATE pack SET aliveByteCount = ? WHERE number = ?",
          arguments: [sizes.map { chunks.sum(of: Self.decode(sizes: $0)) }, pack])
      }
    }
  }

  /// Notes the bytes of the chunks in packs whose headers an adoption read.
  package func note(sizes: [Int64: [UInt32]]) throws {
    try write { database in
      for (pack, sizes) in sizes { try Self.note(sizes: sizes, of: pack, database) }
    }
  }

  static func note(sizes: [UInt32], of pack: Int64, _ database: Database) throws {
    let bytes = sizes.map(\.littleEndian).withUnsafeBytes { Data($0) }
    try database.execute(
      sql: "INSERT OR REPLACE INTO chunkSizes VALUES (?, ?)", arguments: [pack, bytes])
    try database.execute(
      sql: "UPDATE pack SET chunkByteCount = ? WHERE number = ?",
      arguments: [sizes.reduce(0) { $0 + Int($1) }, pack])
  }

  private static func decode(sizes: Data) -> [UInt32] {
    sizes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count - 3, by: 4).map {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
      }
    }
  }
}
