import Format
import Testing
import TestKit

@testable import Origins

@Suite("Records are cut into chunks as the format says")
struct ChunkCutterTests {
  /// What an owner adds.
  private enum Piece {
    case bytes([UInt8])
    case section(RowSection)
    case step(Int64)

    var bytes: [UInt8] {
      var writer = ByteWriter()
      switch self {
      case .bytes(let bytes): return bytes
      case .section(let section): section.encode(to: &writer)
      case .step(let step): writer.signed(step)
      }
      return writer.bytes
    }
  }

  /// One owner's chunks, by the words of F-ROW-1: what belongs together goes into the open chunk if there is room,
  /// for a row id as many bytes as it may have, else into the next; only what no chunk holds is cut within.
  private static func chunks(_ pieces: [Piece], lower: Int64) -> [[UInt8]] {
    var bodies: [[UInt8]] = [[]]
    func open() { if bodies[bodies.count - 1] != [] { bodies.append([]) } }
    for piece in pieces {
      let bytes = piece.bytes
      let needed = if case .step = piece { 10 } else { bytes.count }
      if bodies[bodies.count - 1].count + needed > Limits.rowChunkByteCount { open() }
      var rest = bytes[...]
      while !rest.isEmpty {
        if bodies[bodies.count - 1].count == Limits.rowChunkByteCount { open() }
        let filling = rest.prefix(Limits.rowChunkByteCount - bodies[bodies.count - 1].count)
        bodies[bodies.count - 1] += filling
        rest = rest.dropFirst(filling.count)
      }
    }
    return bodies.filter { !$0.isEmpty }.enumerated().map { part, body in
      ChunkHeader(origin: "o", table: "t", lower: lower, part: UInt32(part)).encode() + body
    }
  }

  private static func owner(_ random: inout SeededRandom) -> [Piece] {
    let most = Limits.rowChunkByteCount
    return random.list(8) { random in
      switch random.number(0...3) {
      case 0:
        .section(
          RowSection(
            table: "messages", columnCount: random.number(1...9), rowCount: random.number(1...99)))
      case 1: .step(random.signed())
      case 2: .bytes([UInt8](repeating: 7, count: random.number(0...40)))
      default:
        // At the edges: room for a row id, none, one byte too many, twice as much as a chunk holds.
        .bytes(
          [UInt8](repeating: 9, count: max(0, random.number(1...2) * most + random.number(-24...2)))
        )
      }
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `owners one after another, with rows at the edge of a chunk`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var cutter = ChunkCutter(origin: "o", table: "t", lower: -5)
    for _ in 0..<3 {
      let pieces = Self.owner(&random)
      var chunks: [[UInt8]] = []
      let take = { (chunk: UnsafeRawBufferPointer) in chunks.append([UInt8](chunk)) }
      for piece in pieces {
        switch piece {
        case .bytes(let bytes): bytes.withUnsafeBytes { cutter.append($0, take) }
        case .section(let section): cutter.append(section, take)
        case .step(let step): cutter.append(keyStep: step, take)
        }
      }
      cutter.finish(take)
      #expect(chunks == Self.chunks(pieces, lower: -5))
    }
  }

  @Test func `an owner without records has no chunk`() {
    var cutter = ChunkCutter(origin: "o", table: "", lower: 0)
    var count = 0
    cutter.finish { _ in count += 1 }
    cutter.finish { _ in count += 1 }
    #expect(count == 0)
  }
}
