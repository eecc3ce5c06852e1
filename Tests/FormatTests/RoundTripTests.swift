import Format
import TestKit
import Testing

@Suite struct `Every value comes back as it was written` {
  private static let count = 2_000

  /// Writes, reads, compares, and writes again: what comes back has one encoding.
  private func check<Value: Equatable>(
    _ make: (inout SeededRandom) -> Value, encode: (Value) -> [UInt8],
    decode: ([UInt8]) throws -> Value, _ purpose: String = #function
  ) throws {
    var random = Seed.generator(purpose)
    for _ in 0..<Self.count {
      let value = make(&random)
      let bytes = encode(value)
      let back: Value
      do { back = try decode(bytes) } catch {
        Issue.record("\(value) cannot be read back: \(error); \(Seed.hint)")
        return
      }
      guard back == value, encode(back) == bytes else {
        Issue.record("\(value) became \(back); \(Seed.hint)")
        return
      }
    }
  }

  @Test(arguments: 0..<SeededRandom.logEntryKindCount)
  func `log entries of every kind`(_ kind: Int) throws {
    try check(
      { $0.logEntry(kind: kind) }, encode: { $0.encode() }, decode: { try LogEntry.decode($0) },
      "log entry \(kind)")
  }

  @Test func `pack headers`() throws {
    try check(
      { $0.packHeader() }, encode: { $0.encode() }, decode: { try PackHeader.decode($0) })
  }

  @Test func `pack prefixes`() throws {
    try check(
      {
        PackPrefix(
          pack: $0.identifier(), headerByteCount: $0.number(0...Limits.maximumPackByteCount))
      }, encode: { $0.encode() }, decode: { try PackPrefix.decode($0) })
  }

  @Test func `keyrings`() throws {
    try check(
      { $0.keyring() }, encode: { $0.encode() }, decode: { try KeyringContents.decode($0) })
  }

  @Test func `catalogue roots`() throws {
    try check(
      { $0.catalogueRoot() }, encode: { $0.encode() }, decode: { try CatalogueRoot.decode($0) })
  }

  @Test func `catalogue parts`() throws {
    try check(
      { $0.cataloguePart() }, encode: { $0.encode() }, decode: { try CataloguePart.decode($0) })
  }

  @Test func `chunk headers, with the body behind them`() throws {
    var random = Seed.generator("chunk header")
    for _ in 0..<Self.count {
      let (header, body) = (random.chunkHeader(), random.bytes(random.number(0...20)))
      let back = try ChunkHeader.decode(header.encode() + body)
      #expect(back.header == header && Array(back.body) == body, "\(Seed.hint)")
    }
  }

  @Test func `rows of every type`() throws {
    try check(
      { random in random.list(3) { $0.section() } }, encode: { TestSection.encode($0) },
      decode: { try TestSection.decode($0) })
  }

  @Test func `file records`() throws {
    try check(
      { random in random.list(4) { $0.fileRecord() } },
      encode: { $0.flatMap { $0.encode() } }, decode: { try FileRecord.decodeAll($0) })
  }

  @Test func `kit files`() throws {
    try check(
      { $0.kitFile() }, encode: { Array($0.encode().utf8) },
      decode: { try KitFile.decode(String(decoding: $0, as: UTF8.self)) })
  }

  @Test func `static halves`() throws {
    try check(
      { random in
        StaticKit(
          recoverySecret: random.bytes(32), metadataKey: random.bytes(32),
          repositoryURL: random.text(0...200), hostKey: random.text(0...200))
      }, encode: { $0.encode() }, decode: { try StaticKit.decode($0) })
  }

  @Test func `epoch halves`() throws {
    try check(
      { EpochKit(epoch: $0.word(), seed: $0.bytes(32)) }, encode: { $0.encode() },
      decode: { try EpochKit.decode($0) })
  }

  @Test func `format objects`() throws {
    try check(
      { random -> RepositoryID in random.identifier() }, encode: { FormatObject.encode($0) },
      decode: { try FormatObject.decode($0) })
  }

  @Test func `identifiers and their digits, in one order`() {
    var random = Seed.generator("identifiers")
    for _ in 0..<Self.count {
      let (one, other): (PackID, PackID) = (random.identifier(), random.identifier())
      #expect(PackID(one.bytes) == one && PackID(hex: one.hex) == one, "\(Seed.hint)")
      #expect((one < other) == one.bytes.lexicographicallyPrecedes(other.bytes), "\(Seed.hint)")
      #expect((one < other) == (one.hex < other.hex), "\(Seed.hint)")
    }
  }
}
