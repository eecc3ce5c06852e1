internal import Foundation

/// A profile as it is written.
struct ProfileFile: Decodable {
  let kind: String
  let schemas: [SchemaFile]?
  let owner: [String]?
  let files: String?
  let prosody: ProsodyFile?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, schemas, owner, files, prosody
  }

  init(from decoder: any Decoder) throws {
    let keys = try decoder.known(CodingKeys.self)
    kind = try keys.decode(String.self, forKey: .kind)
    schemas = try keys.decodeIfPresent([SchemaFile].self, forKey: .schemas)
    owner = try keys.decodeIfPresent([String].self, forKey: .owner)
    files = try keys.decodeIfPresent(String.self, forKey: .files)
    prosody = try keys.decodeIfPresent(ProsodyFile.self, forKey: .prosody)
  }
}

/// The layout of Prosody's files as it is written.
struct ProsodyFile: Decodable {
  private let hosts: [String]
  private let named: [String: String]?
  private let listed: [String: String]?
  private let shared: [String]?
  private let ephemeral: [String]?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case hosts, named, listed, shared, ephemeral
  }

  init(from decoder: any Decoder) throws {
    let keys = try decoder.known(CodingKeys.self)
    hosts = try keys.decode([String].self, forKey: .hosts)
    named = try keys.decodeIfPresent([String: String].self, forKey: .named)
    listed = try keys.decodeIfPresent([String: String].self, forKey: .listed)
    shared = try keys.decodeIfPresent([String].self, forKey: .shared)
    ephemeral = try keys.decodeIfPresent([String].self, forKey: .ephemeral)
  }

  func layout(_ path: String) throws -> ProsodyLayout {
    let groups = [Array((named ?? [:]).keys), Array((listed ?? [:]).keys), shared, ephemeral]
    var seen: Set<String> = []
    for store in groups.compactMap({ $0 }).joined() where !seen.insert(store).inserted {
      throw OriginError(.refused, "profile \(path): store \(store) is there twice")
    }
    return ProsodyLayout(
      hostStores: Set(hosts), named: named ?? [:], listed: listed ?? [:],
      shared: Set(shared ?? []), ephemeral: Set(ephemeral ?? []))
  }
}

/// A schema of a database as it is written.
struct SchemaFile: Decodable {
  private struct When: Decodable {
    let table: String
    let has: String?
    let lacks: String?

    private enum CodingKeys: String, CodingKey, CaseIterable { case table, has, lacks }

    init(from decoder: any Decoder) throws {
      let keys = try decoder.known(CodingKeys.self)
      table = try keys.decode(String.self, forKey: .table)
      has = try keys.decodeIfPresent(String.self, forKey: .has)
      lacks = try keys.decodeIfPresent(String.self, forKey: .lacks)
    }
  }

  let name: String
  /// Absent where the schema fits every database.
  private let when: When?
  private let parameters: [String]?
  private let accounts: String?
  private let hosts: String?
  private let owner: [String: String]?
  private let since: [String: String]?
  private let shared: [String]?
  private let ephemeral: [String]?
  private let postgresql: DialectFile?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name, when, parameters, accounts, hosts, owner, since, shared, ephemeral, postgresql
  }

  /// What one engine has to be asked in words of its own.
  private struct DialectFile: Decodable {
    let accounts: String?
    let hosts: String?
    let owner: [String: String]?
    let since: [String: String]?

    private enum CodingKeys: String, CodingKey, CaseIterable { case accounts, hosts, owner, since }

    init(from decoder: any Decoder) throws {
      let keys = try decoder.known(CodingKeys.self)
      accounts = try keys.decodeIfPresent(String.self, forKey: .accounts)
      hosts = try keys.decodeIfPresent(String.self, forKey: .hosts)
      owner = try keys.decodeIfPresent([String: String].self, forKey: .owner)
      since = try keys.decodeIfPresent([String: String].self, forKey: .since)
    }
  }

  init(from decoder: any Decoder) throws {
    let keys = try decoder.known(CodingKeys.self)
    name = try keys.decode(String.self, forKey: .name)
    when = try keys.decodeIfPresent(When.self, forKey: .when)
    parameters = try keys.decodeIfPresent([String].self, forKey: .parameters)
    accounts = try keys.decodeIfPresent(String.self, forKey: .accounts)
    hosts = try keys.decodeIfPresent(String.self, forKey: .hosts)
    owner = try keys.decodeIfPresent([String: String].self, forKey: .owner)
    since = try keys.decodeIfPresent([String: String].self, forKey: .since)
    shared = try keys.decodeIfPresent([String].self, forKey: .shared)
    ephemeral = try keys.decodeIfPresent([String].self, forKey: .ephemeral)
    postgresql = try keys.decodeIfPresent(DialectFile.self, forKey: .postgresql)
  }

  var fitsEveryDatabase: Bool { when == nil }

  /// Under `shared`, every table that is named nowhere.
  private static let others = "*"

  func profile(_ profile: String, _ path: String) throws -> DatabaseProfile {
    var rules: [String: DatabaseProfile.TableRule] = [:]
    let all =
      (owner ?? [:]).map { ($0.key, DatabaseProfile.TableRule.owner($0.value)) }
      + (shared ?? []).filter { $0 != Self.others }.map { ($0, .shared) }
      + (ephemeral ?? []).map { ($0, .ephemeral) }
    for (table, rule) in all {
      guard rules.updateValue(rule, forKey: table) == nil else {
        throw OriginError(.refused, "profile \(path), schema \(name): \(table) is there twice")
      }
    }
    let times = Set((since ?? [:]).keys).union((postgresql?.since ?? [:]).keys)
    let others = Set((postgresql?.owner ?? [:]).keys)
    if let stray = times.union(others).sorted().first(where: { owner?[$0] == nil }) {
      throw OriginError(
        .refused,
        "profile \(path), schema \(name): \(stray) has a `since` or a `postgresql` expression and no "
          + "`owner`")
    }
    var profile = DatabaseProfile(
      file: profile, name: name, table: when?.table, column: when?.has, absentColumn: when?.lacks,
      parameters: parameters ?? [], accounts: accounts, localHosts: hosts, rules: rules,
      since: since ?? [:], sharesOthers: shared?.contains(Self.others) ?? false)
    profile.postgresql = DatabaseProfile.Dialect(
      accounts: postgresql?.accounts, localHosts: postgresql?.hosts,
      owners: postgresql?.owner ?? [:], since: postgresql?.since ?? [:])
    return profile
  }
}

extension Decoder {
  /// The values of a mapping whose every key must be one of these: a slip is never passed over.
  fileprivate func known<Key: CodingKey & CaseIterable>(
    _: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    for key in try container(keyedBy: AnyKey.self).allKeys
    where Key(stringValue: key.stringValue) == nil {
      let known = Key.allCases.map(\.stringValue).joined(separator: ", ")
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: codingPath, debugDescription: "unknown",
          underlyingError: UnknownKey(
            description: "`\(key.stringValue)` is not a key that is known here; known are \(known)")
        ))
    }
    return try container(keyedBy: Key.self)
  }
}

/// Any key at all.
private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { return nil }
}

/// A key that no profile has there.
struct UnknownKey: Error, CustomStringConvertible {
  let description: String
}
