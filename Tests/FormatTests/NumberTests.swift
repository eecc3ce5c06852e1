import Format
import TestKit
import Testing

@Suite struct `Numbers have one encoding each` {
  @Test func `unsigned numbers come back, in the fewest bytes`() throws {
    var random = Seed.generator("varint")
    let edges = (0..<64).flatMap { [UInt64(1) << UInt64($0), UInt64(1) << UInt64($0) - 1] }
    for value in edges + [.max] + (0..<1_000).map({ _ in random.next() }) {
      var writer = ByteWriter()
      writer.varint(value)
      let bitCount = max(1, 64 - value.leadingZeroBitCount)
      #expect(writer.bytes.count == (bitCount + 6) / 7)
      var reader = ByteReader(writer.bytes, subject: "a number")
      #expect(try reader.varint() == value, "\(Seed.hint)")
      try reader.end()
    }
  }

  @Test func `signed and fixed numbers come back`() throws {
    var random = Seed.generator("signed")
    for _ in 0..<2_000 {
      let (signed, long, short) = (random.signed(), random.next(), random.word())
      var writer = ByteWriter()
      writer.signed(signed)
      writer.fixed64(long)
      writer.fixed32(short)
      var reader = ByteReader(writer.bytes, subject: "numbers")
      #expect(try reader.signed() == signed, "\(Seed.hint)")
      #expect(try reader.fixed64() == long, "\(Seed.hint)")
      #expect(try reader.fixed32() == short, "\(Seed.hint)")
      try reader.end()
    }
  }

  @Test func `fixed numbers are little-endian, identifiers big-endian`() {
    var writer = ByteWriter()
    writer.fixed32(0x0102_0304)
    writer.identifier(PackID(high: 1, low: 2))
    #expect(writer.bytes == hex("04030201 0000000000000001 0000000000000002"))
  }

  /// A longer form of a short number, a tenth byte with more than one bit, and no end.
  @Test(arguments: [
    ("8000", FormatError.Code.malformed), ("ff00", .malformed),
    ("ffffffffffffffffff02", .malformed), ("ffffffffffffffffff81", .malformed),
    ("80808080808080808080", .malformed), ("", .truncated), ("80", .truncated),
    ("ffffffffffffffffff", .truncated),
  ])
  func `no other form is accepted`(_ digits: String, _ code: FormatError.Code) {
    #expect(code == refusal { reader in try reader.varint() })
    // Rows are read by another reader, which must have the same rules.
    do {
      var rows = RowReader(hex(digits))
      _ = try rows.key(after: 0)
      Issue.record("a row reader accepted the number")
    } catch { #expect(error.code == code) }

    func refusal(_ read: (inout ByteReader) throws -> UInt64) -> FormatError.Code? {
      var reader = ByteReader(hex(digits), subject: "a number")
      do { _ = try read(&reader) } catch { return (error as? FormatError)?.code }
      return nil
    }
  }

  @Test func `a count that cannot be there allocates nothing`() {
    for (bytes, code) in [
      (hex("ffffffffffffffffff01"), FormatError.Code.overLimit), (hex("64"), .truncated),
    ] {
      var reader = ByteReader(bytes, subject: "a list")
      do {
        _ = try reader.count(limit: 1_000, eachAtLeast: 2)
        Issue.record("a count was accepted")
      } catch { #expect(error.code == code) }
    }
  }

  @Test func `flags are 0 or 1`() throws {
    var reader = ByteReader([0, 1, 2], subject: "flags")
    #expect(try reader.flag() == false)
    #expect(try reader.flag() == true)
    #expect(throws: FormatError.self) { try reader.flag() }
  }
}
