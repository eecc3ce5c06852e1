import Format
import Repository
import Sealing
import TestKit
import Testing

@Suite struct `Damage in a pack is found` {
  /// A pack of row chunks with what opens it.
  private struct Sample {
    let pack: FinishedPack
    let plaintexts: [[UInt8]]
    let keys: MetadataKeys
    let run: RunKeys
    let owner: KeyringContents.Account

    init() throws {
      let repository: RepositoryID = try identifier()
      keys = MetadataKeys(Random.bytes(32), repository: repository)
      run = RunKeys(
        id: try identifier(), share: SharedSecret(Secret(randomByteCount: 32)),
        secret: Random.bytes(32))
      owner = Vault.makeAccount(number: AccountNumber(7), address: "a@x", birthMark: [])
      let sealer = ChunkSealer(repository: repository, run: run)
      let share = try ChunkKeys.sealShare(
        run.share, repository: repository, run: run.id, to: KeyPair().publicKey)
      var builder = PackBuilder(contents: .rows, run: run.id, sealedShare: share)
      var random = Seed.generator("pack")
      plaintexts = (0..<20).map { index in
        index % 2 == 0
          ? random.bytes(100 + 37 * index) : [UInt8](repeating: UInt8(index), count: 900)
      }
      for plaintext in plaintexts {
        let name = ChunkKeys.name(
          kind: .rows, plaintext: plaintext, namingKey: owner.namingKey)
        _ = builder.append(sealer.seal(plaintext, kind: .rows, name: name, owner: owner))
      }
      pack = builder.finish(keys: keys, isLast: true)
    }

    /// Opens everything, with the log's hash or with nothing but the pack's name.
    func open(_ bytes: [UInt8], knowsHash: Bool) throws -> [[UInt8]] {
      let reader =
        knowsHash
        ? try PackReader(bytes, summary: pack.summary, keys: keys)
        : try PackReader(bytes, pack: pack.summary.pack, keys: keys)
      let opener = ChunkOpener(repository: keys.repository)
      return try plaintexts.indices.map { index in
        try opener.open(
          UInt32(index), of: reader, as: .rows, share: run.share, owner: owner,
          secret: .run(run.secret))
      }
    }

    func code(_ bytes: [UInt8], knowsHash: Bool) -> VaultError.Code? {
      do {
        _ = try open(bytes, knowsHash: knowsHash)
        return nil
      } catch { return (error as? VaultError)?.code }
    }

    /// Where the chunks begin and end.
    var chunks: Range<Int> {
      get throws {
        let header = try PackPrefix.decode(pack.bytes).headerByteCount
        let start = PackPrefix.byteCount + header
        return start..<start + pack.entries.reduce(0) { $0 + $1.sealedByteCount }
      }
    }
  }

  @Test(arguments: [false, true]) func `a whole pack opens`(_ knowsHash: Bool) throws {
    let sample = try Sample()
    #expect(try sample.open(sample.pack.bytes, knowsHash: knowsHash) == sample.plaintexts)
  }

  @Test(arguments: [false, true])
  func `every flipped byte of prefix and header is found`(_ knowsHash: Bool) throws {
    let sample = try Sample()
    for index in 0..<(try sample.chunks.lowerBound) {
      var bytes = sample.pack.bytes
      bytes[index] ^= 0x10
      let code = sample.code(bytes, knowsHash: knowsHash)
      // Without the hash, another version byte is a later program's.
      #expect(code == (index == 4 && !knowsHash ? .refused : .damaged), "byte \(index)")
    }
  }

  @Test(arguments: [false, true])
  func `every 64th flipped byte of the chunks is found`(_ knowsHash: Bool) throws {
    let sample = try Sample()
    let chunks = try sample.chunks
    for index in stride(from: chunks.lowerBound, to: chunks.upperBound, by: 64) {
      var bytes = sample.pack.bytes
      bytes[index] ^= 0x10
      #expect(sample.code(bytes, knowsHash: knowsHash) == .damaged, "byte \(index)")
    }
  }

  @Test func `a flipped byte of the padding is found by the log's hash`() throws {
    let sample = try Sample()
    var bytes = sample.pack.bytes
    bytes[bytes.count - 1] ^= 1
    #expect(sample.code(bytes, knowsHash: true) == .damaged)
    #expect(sample.code(bytes, knowsHash: false) == nil)
  }

  @Test(arguments: [false, true]) func `a cut pack is found`(_ knowsHash: Bool) throws {
    let sample = try Sample()
    let end = try sample.chunks.upperBound
    for count in [0, 7, 8, 27, 28, 100, end - 1] {
      let code = sample.code(Array(sample.pack.bytes.prefix(count)), knowsHash: knowsHash)
      #expect(code == .damaged, "\(count) bytes")
    }
  }

  @Test func `another pack's bytes are found`() throws {
    let sample = try Sample()
    let other = try Sample()
    #expect(sample.code(other.pack.bytes, knowsHash: true) == .damaged)
    #expect(sample.code(other.pack.bytes, knowsHash: false) == .damaged)
  }

  @Test func `a chunk that is not there is damage`() throws {
    let sample = try Sample()
    let reader = try PackReader(sample.pack.bytes, summary: sample.pack.summary, keys: sample.keys)
    for ordinal in [20, UInt32.max] {
      #expect(throws: VaultError.self) { _ = try reader.entry(ordinal) }
    }
  }
}
