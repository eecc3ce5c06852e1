@testable import Compressing
import Files
import Format
@testable import Operations
@testable import Origins
import Querying
import TestKit

extension Ordeals {
  static let origins: [Ordeal] = [
    Ordeal(
      name: "database description",
      samples: { random in (0..<32).map { _ in random.databaseDescription().encode() } },
      parse: { try DatabaseDescription.decode($0).encode() }),
    Ordeal(
      name: "PostgreSQL description",
      samples: { random in (0..<32).map { _ in random.postgresDescription() } },
      parse: { try PostgresDescription.decode($0).encode() }),
    Ordeal(
      name: "tree description",
      samples: { random in
        (0..<32).map { _ in
          TreeDescription(
            FileAttributes(
              mode: UInt16(random.number(0...0o7777)), owner: random.word(), group: random.word(),
              modificationTime: FileTime(
                seconds: random.signed(), nanoseconds: UInt32(random.number(0...999_999_999))))
          ).encode()
        }
      },
      parse: { try TreeDescription.decode($0).encode() }),
    Ordeal(
      name: "zstd frame", samples: { random in frames(&random) },
      parse: { bytes in
        guard let promised = bytes.last, let codec = bytes.dropLast().last else { return nil }
        let frame = Array(bytes.dropLast(2))
        _ = try Decompressor().decompress(
          frame, byteCount: Int(promised) * 8, withDictionary: codec & 1 == 1)
        return nil
      }),
  ]

  /// Frames with and without dictionary; two bytes behind each say how it is to be read.
  private static func frames(_ random: inout SeededRandom) -> [[UInt8]] {
    let compressor = Compressor()
    return (0..<32).compactMap { index in
      let words = [
        "<message from='juliet@example.org'>", "<body>", "romeo", "@example.org", "\0\u{3}",
      ]
      var text: [UInt8] = []
      while text.count < 8 * (8 + index) {
        text += Array((words.randomElement(using: &random) ?? "").utf8)
      }
      text.removeLast(text.count - 8 * (8 + index))
      let frame = compressor.compress(text, withDictionary: index % 2 == 1)
      return frame.map { $0 + [UInt8(index % 2), UInt8(8 + index)] }
    }
  }

  /// Values of the restored databases, which whoever wrote them may have made hostile.
  static let sharedValues: [Ordeal] = [
    ordeal(.erlangTerms, [SharedValues.erlangRoom]), ordeal(.json, SharedValues.json),
    ordeal(.luaData, [SharedValues.luaRoom]), ordeal(.luaItems, [SharedValues.luaItems]),
  ]

  private static func ordeal(_ syntax: MentionScrubber.Syntax, _ samples: [String]) -> Ordeal {
    Ordeal(
      name: "shared value, \(syntax)", inputCount: 20_000,
      samples: { _ in samples.map { Array($0.utf8) } },
      parse: { bytes in
        let scrubber = MentionScrubber(isErased: SharedValues.isErased)
        guard scrubber.scrub(bytes, syntax: syntax) != .unreadable else {
          throw TestKitError("unreadable")
        }
        return nil
      })
  }

  static let texts: [Ordeal] = [
    Ordeal(
      name: "kit text",
      samples: { random in (0..<32).map { _ in Array(random.kitFile().encode().utf8) } },
      parse: { bytes in
        // Spaces and empty lines are the reader's freedom, so the value is compared, not the text.
        let file = try KitFile.decode(String(decoding: bytes, as: UTF8.self))
        let again = try KitFile.decode(file.encode())
        return again == file ? nil : []
      }),
    Ordeal(
      name: "configuration", inputCount: 20_000,
      samples: { _ in [Array(configuration.utf8)] },
      parse: { bytes in
        _ = try Configuration.parse(String(decoding: bytes, as: UTF8.self), path: "lethe.yaml")
        return nil
      }),
    Ordeal(
      name: "profile", inputCount: 20_000,
      samples: { _ in
        [Array(databaseProfile.utf8), Array("kind: directory\nowner: [sha1, node]\n".utf8)]
      },
      parse: { bytes in
        _ = try Profile.parse(String(decoding: bytes, as: UTF8.self), name: "p", path: "p.yaml")
        return nil
      }),
  ]

  private static let configuration = """
    repository: {url: "sftp://b@h:22/r", identity: /k, host-key: ssh-ed25519 AAAA, connections: 2}
    state: /s
    interval: 4h
    erasure: {hold: 72h, brake: {accounts: 5, percent: 1}}
    origins:
      - {name: chat, database: /d, profile: ejabberd, host: x}
      - {name: up, directory: /u, profile: uploads, accounts: [chat]}

    """

  private static let databaseProfile = """
    kind: database
    schemas:
      - name: old
        when: {table: users, has: username, lacks: server_host}
        parameters: [host]
        accounts: SELECT 1
        owner: {users: username}
        shared: [a]
        ephemeral: [b]

    """
}

extension SeededRandom {
  /// The bytes of everything about a PostgreSQL database but its rows.
  mutating func postgresDescription() -> [UInt8] {
    var writer = ByteWriter()
    writer.count(150_000 + number(0...99))
    writer.text("UTF8")
    writer.text("ENCODING 'UTF8'")
    let roles = list(3) { $0.text(1...20) }
    writer.count(roles.count)
    for role in roles { writer.text(role) }
    for _ in 0..<2 { writer.string(bytes(number(0...200))) }
    let tables = list(3) { $0.text(1...20) }
    writer.count(tables.count)
    for table in tables {
      for _ in 0..<3 { writer.text(table) }
      let isNumbered = Bool.random(using: &self)
      writer.byte(isNumbered ? 1 : 0)
      if isNumbered { writer.count(number(0...1)) }
      writer.count(2)
      for _ in 0..<2 { writer.text(text(0...10)) }
    }
    writer.count(1)
    writer.text("public.s")
    writer.signed(signed())
    writer.byte(1)
    return writer.bytes
  }

  /// Everything about a database but its rows.
  mutating func databaseDescription() -> DatabaseDescription {
    DatabaseDescription(
      fileName: "ejabberd.db", mode: UInt16(number(0...0o7777)), owner: word(), group: word(),
      schema: DatabaseSchema(
        pageByteCount: 4096, encoding: one(of: TextEncoding.self), autoVacuum: .incremental,
        schemaFormat: 4, userVersion: Int32(bitPattern: word()),
        applicationID: Int32(bitPattern: word()),
        isWAL: Bool.random(using: &self),
        objects: list(3) { random in
          SchemaObject(
            kind: [.table, .index, .view, .trigger].randomElement(using: &random) ?? .table,
            name: random.text(0...20), tableName: random.text(0...20),
            sql: Bool.random(using: &random) ? nil : random.bytes(30),
            hasStorage: Bool.random(using: &random))
        }, tables: list(2) { $0.tableLayout() }))
  }

  private mutating func tableLayout() -> TableLayout {
    let columns = (0..<3).map { StoredColumn(name: "c\($0)", isGenerated: $0 == 2) }
    let key = [
      KeyColumn(position: number(0...2), collation: .caseInsensitive, isDescending: true),
      KeyColumn(position: 1, collation: .binary, isDescending: false),
    ]
    let kinds: [TableLayout.Kind] = [
      .rowid(name: "rowid", aliasPosition: nil), .rowid(name: "_rowid_", aliasPosition: 1),
      .withoutRowid(key: key),
    ]
    return TableLayout(
      name: text(1...20), kind: kinds.randomElement(using: &self) ?? kinds[0], columns: columns,
      indexes: [IndexLayout(name: "i", key: key), IndexLayout(name: "j", key: nil)])
  }
}
