import TestKit
import Testing

/// Text that people type has many spellings; everything else has one.
private let spelledFreely: Set<String> = ["kit"]

@Suite struct `No bytes stop a reader` {
  /// Enough that every field of every object is hit many times; a second in all.
  private static let mutationCount = 300

  private static var whole: [Vector] {
    get throws { try Vector.all.filter { try $0.text("expect") == "opened" } }
  }

  @Test(arguments: [UInt64(20_261_122)])
  func `changed bytes are refused in a class of failure, or are the one encoding of what they say`(
    seed: UInt64
  ) async throws {
    var random = SeededRandom(seed: seed)
    for vector in try Self.whole where !vector.bytes.isEmpty {
      let isSlow = vector.has("passphrase")
      for _ in 0..<(isSlow ? 3 : Self.mutationCount) {
        let changed = vector.replacing(Self.mutated(vector.bytes, &random))
        let outcome = try await VectorReading.outcome(of: changed)
        #expect(
          !outcome.class.hasPrefix("unclassified"),
          "\(outcome.class), seed \(seed), \(vector.name): \(changed.bytes)")
        guard let read = outcome.bytes, !vector.has("plaintext"),
          !spelledFreely.contains(try vector.text("object"))
        else { continue }
        #expect(read == changed.bytes, "seed \(seed), \(vector.name)")
      }
    }
  }

  /// A few bytes changed to what numbers overflow at, removed, or put in.
  private static func mutated(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
      let index = Int.random(in: bytes.indices, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[index] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
      case 2: bytes.remove(at: index)
      case 3: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: index)
      case 4:
        let largest = [UInt8](repeating: 0xff, count: 9) + [1]
        bytes.replaceSubrange(index...index, with: largest)
      default: bytes.removeSubrange(index...)
      }
    }
    return bytes
  }
}
