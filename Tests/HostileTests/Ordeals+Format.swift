import Format
import TestKit

/// The parsers of everything that comes from the remote or from the kit.
enum Ordeals {
  /// Parsers of the format, of Origins, of Compressing and of what people write, by name.
  static let all: [String: Ordeal] = Dictionary(
    uniqueKeysWithValues: (format + origins + sharedValues + texts).map { ($0.name, $0) })

  private static func ordeal<Value>(
    _ name: String, _ make: @escaping @Sendable (inout SeededRandom) -> Value,
    encode: @escaping @Sendable (Value) -> [UInt8],
    decode: @escaping @Sendable ([UInt8]) throws -> Value
  ) -> Ordeal {
    Ordeal(
      name: name,
      samples: { random in (0..<32).map { _ in encode(make(&random)) } },
      parse: { encode(try decode($0)) })
  }

  private static let format: [Ordeal] = [
    Ordeal(
      name: "log entry",
      samples: { random in
        (0..<6 * SeededRandom.logEntryKindCount).map {
          random.logEntry(kind: $0 % SeededRandom.logEntryKindCount).encode()
        }
      },
      parse: { try LogEntry.decode($0).encode() }),
    ordeal(
      "pack header", { $0.packHeader() }, encode: { $0.encode() },
      decode: { try PackHeader.decode($0) }),
    Ordeal(
      name: "pack prefix",
      samples: { random in
        (0..<32).map { _ in
          PackPrefix(
            pack: random.identifier(),
            headerByteCount: random.number(0...Limits.maximumPackByteCount)
          ).encode()
        }
      },
      parse: { bytes in
        let encoded = try PackPrefix.decode(bytes).encode()
        return encoded + bytes.dropFirst(encoded.count)
      }),
    ordeal(
      "keyring", { $0.keyring() }, encode: { $0.encode() },
      decode: { try KeyringContents.decode($0) }),
    ordeal(
      "catalogue root", { $0.catalogueRoot() }, encode: { $0.encode() },
      decode: { try CatalogueRoot.decode($0) }),
    ordeal(
      "catalogue part", { $0.cataloguePart() }, encode: { $0.encode() },
      decode: { try CataloguePart.decode($0) }),
    Ordeal(
      name: "chunk header",
      samples: { random in (0..<32).map { _ in random.chunkHeader().encode() + random.bytes(9) } },
      parse: { bytes in
        let (header, body) = try ChunkHeader.decode(bytes)
        return header.encode() + body
      }),
    ordeal(
      "row body", { random in random.list(3) { $0.section() } },
      encode: { TestSection.encode($0) }, decode: { try TestSection.decode($0) }),
    ordeal(
      "file records", { random in random.list(3) { $0.fileRecord() } },
      encode: { $0.flatMap { $0.encode() } }, decode: { try FileRecord.decodeAll($0) }),
    ordeal(
      "format object", { $0.identifier() }, encode: { FormatObject.encode($0) },
      decode: { try FormatObject.decode($0) }),
    ordeal(
      "static kit",
      { random in
        StaticKit(
          recoverySecret: random.bytes(32), metadataKey: random.bytes(32),
          repositoryURL: random.text(0...60), hostKey: random.text(0...90))
      }, encode: { $0.encode() }, decode: { try StaticKit.decode($0) }),
    ordeal(
      "epoch kit", { EpochKit(epoch: $0.word(), seed: $0.bytes(32)) }, encode: { $0.encode() },
      decode: { try EpochKit.decode($0) }),
  ]
}
