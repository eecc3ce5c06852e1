@testable import Compressing
import TestKit
import Testing

@Suite struct `A frame gives exactly what was promised` {
  private func stanzas(_ byteCount: Int) -> [UInt8] {
    let stanza = Array("<message to='romeo@example.net' type='chat'><body>O</body></message>".utf8)
    return (0..<byteCount).map { stanza[$0 % stanza.count] ^ ($0 % 977 == 0 ? 1 : 0) }
  }

  private func compressed(_ bytes: [UInt8], withDictionary: Bool) -> [UInt8]? {
    Compressor().compress(bytes, withDictionary: withDictionary)
  }

  private func message(
    _ frame: [UInt8], _ byteCount: Int, withDictionary: Bool = false
  ) -> String? {
    do {
      _ = try Decompressor().decompress(frame, byteCount: byteCount, withDictionary: withDictionary)
      return nil
    } catch { return error.message }
  }

  @Test(arguments: [100, 4_096, 1 << 20], [false, true])
  func `what was compressed comes back`(_ byteCount: Int, _ withDictionary: Bool) throws {
    let bytes = stanzas(byteCount)
    let frame = try #require(compressed(bytes, withDictionary: withDictionary))
    #expect(frame.count < bytes.count)
    let back = try Decompressor().decompress(
      frame, byteCount: byteCount, withDictionary: withDictionary)
    #expect(back == bytes)
  }

  @Test func `what does not get smaller is not compressed`() {
    var random = Seed.generator("noise")
    #expect(compressed(random.bytes(5_000), withDictionary: false) == nil)
    #expect(compressed(random.bytes(5_000), withDictionary: true) == nil)
    #expect(compressed([], withDictionary: true) == nil)
  }

  @Test(arguments: [false, true])
  func `a frame longer or shorter than promised is refused`(_ withDictionary: Bool) throws {
    let frame = try #require(compressed(stanzas(4_096), withDictionary: withDictionary))
    for promised in [0, 1, 4_095, 4_097, 1 << 24] {
      #expect(message(frame, promised, withDictionary: withDictionary) != nil)
    }
    #expect(message(frame, -1, withDictionary: withDictionary) != nil)
  }

  @Test func `a cut frame, two frames and trailing bytes are refused`() throws {
    let frame = try #require(compressed(stanzas(4_096), withDictionary: false))
    for count in 0..<frame.count { #expect(message(Array(frame.prefix(count)), 4_096) != nil) }
    #expect(message(frame + [0], 4_096) != nil)
    #expect(message(frame + frame, 4_096) != nil)
    #expect(message(frame + frame, 8_192) != nil)
  }

  @Test func `a frame of one dictionary does not open with another or none`() throws {
    let with = try #require(compressed(stanzas(4_096), withDictionary: true))
    #expect(message(with, 4_096, withDictionary: false) != nil)
  }

  /// Magic, a descriptor that says that eight bytes of content size and a window follow, 1 TiB, and
  /// one block of a repeated byte.
  private let bomb =
    hex("28b52ffd c0 58 0000000000010000") + hex("030004") + [0]

  @Test(arguments: [0, 1, 1 << 20, 16 << 20])
  func `a frame that claims a tebibyte is refused at once`(_ promised: Int) {
    let start = ContinuousClock.now
    #expect(message(bomb, promised) != nil)
    #expect(ContinuousClock.now - start < .seconds(10), "it is not inflated")
  }

  /// Content size absent: a window of 1 KiB, then 100 blocks of 128 KiB of one repeated byte each.
  @Test func `a frame that hides how long it is is refused`() {
    let blocks = (0..<100).flatMap { index -> [UInt8] in
      let header = UInt32(128 << 10) << 3 | 1 << 1 | (index == 99 ? 1 : 0)
      return (0..<3).map { UInt8(truncatingIfNeeded: header >> UInt32(8 * $0)) } + [0x61]
    }
    let frame = hex("28b52ffd 00 38") + blocks
    #expect(message(frame, 100 << 17) != nil)
    #expect(message(frame, 1_000) != nil)
  }
}
