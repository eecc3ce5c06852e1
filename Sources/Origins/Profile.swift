internal import Foundation
internal import Yams

/// How one kind of server stores data: who owns a row or a path, and what is not backed up.
package struct Profile: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// The schemas that this kind of server may have; the live one decides which.
    case database([DatabaseProfile])
    case directory(DirectoryProfile)
  }

  package let name: String
  package let kind: Kind

  /// Finds a profile by name in the directories given, or by path, and checks it.
  package static func load(_ name: String, from directories: [String]) throws -> Profile {
    let candidates =
      name.contains("/") ? [name] : directories.map { "\($0)/\(name).yaml" }
    for path in candidates {
      guard let data = FileManager.default.contents(atPath: path) else { continue }
      return try parse(String(decoding: data, as: UTF8.self), name: name, path: path)
    }
    throw OriginError(
      .missing,
      "there is no profile \(name) (looked for \(candidates.joined(separator: ", "))); the names are "
        + "those of the files in Config/profiles, or give a path")
  }

  static func parse(_ text: String, name: String, path: String) throws -> Profile {
    do {
      let file = try YAMLDecoder().decode(ProfileFile.self, from: text)
      switch file.kind {
      case "database":
        guard let schemas = file.schemas, !schemas.isEmpty else {
          throw OriginError(.refused, "profile \(path) lists no schemas")
        }
        if let early = schemas.dropLast().first(where: { $0.when == nil }) {
          throw OriginError(
            .refused,
            "profile \(path): schema \(early.name) has no `when` and fits every database; "
              + "put it last")
        }
        return Profile(name: name, kind: .database(try schemas.map { try $0.profile(path) }))
      case "directory":
        return Profile(
          name: name, kind: .directory(try DirectoryProfile(owner: file.owner ?? [], path: path)))
      default:
        throw OriginError(
          .refused, "profile \(path) is of kind \(file.kind); it must be database or directory")
      }
    } catch let error as DecodingError {
      throw OriginError(.refused, "profile \(path) cannot be read: \(reason(error))")
    }
  }

  /// Where and why the file is not as it must be, in one line.
  private static func reason(_ error: DecodingError) -> String {
    let (context, what): (DecodingError.Context, String) =
      switch error {
      case .keyNotFound(let key, let context): (context, "`\(key.stringValue)` is missing")
      case .typeMismatch(_, let context): (context, "a value of another kind belongs there")
      case .valueNotFound(_, let context): (context, "a value is missing")
      case .dataCorrupted(let context): (context, "it is not YAML")
      @unknown default:
        (DecodingError.Context(codingPath: [], debugDescription: ""), "it is not YAML")
      }
    let place = context.codingPath.map { $0.intValue.map { "\($0 + 1)" } ?? $0.stringValue }
    let cause = context.underlyingError.map { "\($0)" }?.split(separator: "\n").first
    return (place.isEmpty ? "" : place.joined(separator: ".") + ": ") + what
      + (cause.map { " (\($0))" } ?? "")
  }
}

/// One schema of one kind of server's database.
package struct DatabaseProfile: Sendable, Equatable {
  package enum TableRule: Sendable, Equatable {
    /// An SQL expression over the row that gives the owner's bare address, or NULL.
    case owner(String)
    case shared
    /// Sessions, routes, caches: the table comes back empty.
    case ephemeral
  }

  package let name: String
  /// The table and column by which this schema is told from the others, and a column it lacks; no
  /// table where it fits every database.
  let table: String?
  let column: String?
  let absentColumn: String?
  /// Names of values that the origin's configuration must give, such as `host`.
  package let parameters: [String]
  /// A query of two columns: bare address and birth mark.
  package let accounts: String?
  /// A query of the hosts whose unknown addresses are remains.
  package let localHosts: String?
  package let rules: [String: TableRule]
  /// For tables with an owner, an SQL expression over the row for the time it is from, in seconds since
  /// 1970: what is older than somebody who registered an address anew is not theirs.
  package let since: [String: String]
  /// Whether tables that have no rule are shared data and no surprise.
  package let sharesOthers: Bool
}

/// Who owns a path.
package struct DirectoryProfile: Sendable, Equatable {
  /// How the first component of a path stands for an account.
  package enum Form: String, Sendable {
    /// Lower-case hexadecimal SHA-1 of the bare address.
    case sha1
    /// The address's node, with everything but letters, digits, `_`, `.` and `-` replaced by `_`.
    case node
  }

  /// Tried in order; none means that everything is shared.
  package let forms: [Form]

  init(owner: [String], path: String) throws {
    forms = try owner.map { name in
      guard let form = Form(rawValue: name) else {
        throw OriginError(.refused, "profile \(path): \(name) is not sha1 or node")
      }
      return form
    }
  }
}

/// A profile as it is written.
private struct ProfileFile: Decodable {
  let kind: String
  let schemas: [SchemaFile]?
  let owner: [String]?
}

private struct SchemaFile: Decodable {
  struct When: Decodable {
    let table: String
    let has: String?
    let lacks: String?
  }

  let name: String
  /// Absent where the schema fits every database.
  let when: When?
  let parameters: [String]?
  let accounts: String?
  let hosts: String?
  let owner: [String: String]?
  let since: [String: String]?
  let shared: [String]?
  let ephemeral: [String]?

  /// Under `shared`, every table that is named nowhere.
  private static let others = "*"

  func profile(_ path: String) throws -> DatabaseProfile {
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
    if let stray = since?.keys.sorted().first(where: { owner?[$0] == nil }) {
      throw OriginError(
        .refused, "profile \(path), schema \(name): \(stray) has a `since` and no `owner`")
    }
    return DatabaseProfile(
      name: name, table: when?.table, column: when?.has, absentColumn: when?.lacks,
      parameters: parameters ?? [], accounts: accounts, localHosts: hosts, rules: rules,
      since: since ?? [:], sharesOthers: shared?.contains(Self.others) ?? false)
  }
}
