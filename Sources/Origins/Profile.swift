internal import Foundation
internal import Yams

/// How one kind of server stores data: who owns a row or a path, and what is not backed up.
package struct Profile: Sendable, Equatable {
  /// What a profile is for: databases, or directories.
  package enum Kind: Sendable, Equatable {
    /// The schemas that this kind of server may have; the live one decides which.
    case database([DatabaseProfile])
    case directory(DirectoryProfile)
  }

  /// The name or path by which the configuration calls it.
  package let name: String
  /// What it says of rows, or of paths.
  package let kind: Kind

  /// Whether an origin of this profile may say who exists.
  package var mayListAccounts: Bool {
    switch kind {
    case .database: true
    case .directory(let directory): directory.listsAccounts
    }
  }

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
        if let early = schemas.dropLast().first(where: \.fitsEveryDatabase) {
          throw OriginError(
            .refused,
            "profile \(path): schema \(early.name) has no `when` and fits every database; "
              + "put it last")
        }
        return Profile(name: name, kind: .database(try schemas.map { try $0.profile(name, path) }))
      case "directory":
        return Profile(
          name: name, kind: .directory(try DirectoryProfile(file, path: path)))
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
      case .dataCorrupted(let context):
        (context, (context.underlyingError as? UnknownKey)?.description ?? "it is not YAML")
      @unknown default:
        (DecodingError.Context(codingPath: [], debugDescription: ""), "it is not YAML")
      }
    let place = context.codingPath.map { $0.intValue.map { "\($0 + 1)" } ?? $0.stringValue }
    let cause =
      context.underlyingError is UnknownKey
      ? nil : context.underlyingError.map { "\($0)" }?.split(separator: "\n").first
    return (place.isEmpty ? "" : place.joined(separator: ".") + ": ") + what
      + (cause.map { " (\($0))" } ?? "")
  }
}
