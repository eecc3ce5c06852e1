import Sealing
import Storing
import TestKit

@testable import Format
@testable import Operations
@testable import Origins
@testable import Repository

/// Reads a vector with the code that reads the remote, and gives what a canonical writer would write.
enum VectorReading {
  /// `opened`, or the class of the failure.
  static func outcome(of vector: Vector) async throws -> (class: String, bytes: [UInt8]?) {
    do {
      return ("opened", try await read(vector))
    } catch let error as Vector.Unusable {
      throw error
    } catch {
      return (VaultError.failure(error)?.rawValue ?? "unclassified: \(error)", nil)
    }
  }

  private static func read(_ vector: Vector) async throws -> [UInt8] {
    let bytes = vector.bytes
    switch try vector.text("object") {
    case "format": return FormatObject.encode(try FormatObject.decode(bytes))
    case "log": return try await log(vector)
    case "keyring":
      let epoch = vector.has("epoch") ? UInt32(try vector.number("epoch")) : nil
      return try KeyringObject.open(
        bytes, of: epoch, kit: try vector.kit(), keys: try vector.keys
      ).encode()
    case "pack": return try chunk(vector)
    case "kit": return try kit(vector)
    case "catalogue-root": return try CatalogueRoot.decode(bytes).encode()
    case "catalogue-part": return try CataloguePart.decode(bytes).encode()
    case "rows": return try rows(bytes)
    case "records": return try FileRecord.decodeAll(bytes).flatMap { $0.encode() }
    case "database-description": return try DatabaseDescription.decode(bytes).encode()
    case "postgresql-description": return try PostgresDescription.decode(bytes).encode()
    case "tree-description": return try TreeDescription.decode(bytes).encode()
    case let kind: throw Vector.Unusable(what: "\(vector.name) holds an unknown object, \(kind)")
    }
  }

  private static func log(_ vector: Vector) async throws -> [UInt8] {
    let sequence = UInt64(try vector.number("sequence"))
    guard let name = ObjectName("log/\(LogEntry.name(of: sequence))") else {
      throw Vector.Unusable(what: "\(vector.name) has no name")
    }
    let store = MemoryStore()
    try await store.create()
    try await store.put(vector.bytes, as: name)
    let before = LogHead(sequence: sequence - 1, digest: try vector.digest("previous"))
    let chain = try await Log(store: store, keys: try vector.keys).entries(
      after: sequence == 1 ? nil : before, through: sequence)
    return chain.flatMap { $0.entry.encode() }
  }

  private static func chunk(_ vector: Vector) throws -> [UInt8] {
    let keys = try vector.keys
    let pack = try pack(vector, keys)
    let opener = ChunkOpener(repository: keys.repository)
    let ordinal = UInt32(try vector.number("ordinal"))
    if vector.has("catalogue kind") {
      guard let kind = ChunkKind(rawValue: UInt8(try vector.number("catalogue kind"))) else {
        throw Vector.Unusable(what: "the catalogue kind of \(vector.name)")
      }
      return try opener.openCatalogue(ordinal, of: pack, kind: kind, keys: keys)
    }
    let owner = KeyringContents.Account(
      number: AccountNumber(UInt32(try vector.number("account number"))),
      id: try vector.identifier("account id"), secret: try vector.bytes("account secret"),
      namingKey: try vector.bytes("naming key"), address: "", birthMark: [])
    let secret: OwnerSecret =
      vector.has("file secret")
      ? .file(try vector.bytes("file secret")) : .run(try vector.bytes("run secret"))
    let share = try ShareOpener(try vector.kit()).open(pack)
    var kind = try pack.entry(ordinal).kind
    if vector.has("chunk kind") {
      guard let expected = ChunkKind(rawValue: UInt8(try vector.number("chunk kind"))) else {
        throw Vector.Unusable(what: "the kind of \(vector.name)")
      }
      kind = expected
    }
    return try opener.open(
      ordinal, of: pack, as: kind, share: share, owner: owner, secret: secret)
  }

  private static func pack(_ vector: Vector, _ keys: MetadataKeys) throws -> PackReader {
    let pack: PackID = try vector.identifier("pack")
    guard vector.has("summary hash") else {
      return try PackReader(vector.bytes, pack: pack, keys: keys)
    }
    guard let contents = PackContents(rawValue: UInt8(try vector.number("summary contents"))) else {
      throw Vector.Unusable(what: "the contents of \(vector.name)")
    }
    let summary = PackSummary(
      pack: pack, contents: contents, byteCount: try vector.number("summary bytes"),
      digest: try vector.digest("summary hash"))
    return try PackReader(vector.bytes, summary: summary, keys: keys)
  }

  private static func kit(_ vector: Vector) throws -> [UInt8] {
    let file = try KitFile.decode(String(decoding: vector.bytes, as: UTF8.self))
    let words = vector.has("passphrase") ? try vector.bytes("passphrase") : nil
    let contents = try KitSeal.open(file, passphrase: words.map { Passphrase(copying: $0) })
    guard file.half.rawValue == (try vector.text("half")) else {
      throw Vector.Unusable(what: "\(vector.name) is another half")
    }
    switch file.half {
    case .fixed: return try StaticKit.decode(contents).encode()
    case .epoch: return try EpochKit.decode(contents).encode()
    }
  }

  /// A rows chunk of a table with row ids, taken apart and put together again.
  private static func rows(_ plaintext: [UInt8]) throws -> [UInt8] {
    let (header, slice) = try ChunkHeader.decode(plaintext)
    let body = Array(slice)
    var reader = RowReader(body)
    var joined = header.encode()
    while !reader.isAtEnd {
      let section = try reader.section()
      var head = ByteWriter()
      section.encode(to: &head)
      joined += head.bytes
      var key: Int64 = 0
      for _ in 0..<section.rowCount {
        let next = try reader.key(after: key)
        var step = ByteWriter()
        step.signed(next &- key)
        joined += step.bytes
        key = next
        for _ in 0..<section.columnCount { joined += encoded(try reader.value(), of: body) }
      }
    }
    return joined
  }

  private static func encoded(_ value: Format.RowValue, of body: [UInt8]) -> [UInt8] {
    var writer = RowWriter()
    body.withUnsafeBytes { bytes in
      switch value {
      case .null: writer.null()
      case .integer(let integer): writer.integer(integer)
      case .real(let bits): writer.real(bits: bits)
      case .text(let range): writer.text(UnsafeRawBufferPointer(rebasing: bytes[range]))
      case .blob(let range): writer.blob(UnsafeRawBufferPointer(rebasing: bytes[range]))
      }
    }
    return writer.bytes
  }
}
