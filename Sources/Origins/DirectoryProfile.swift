/// Who owns a path.
package struct DirectoryProfile: Sendable, Equatable {
  /// How the first component of a path stands for an account.
  package enum Form: String, Sendable {
    /// Lower-case hexadecimal SHA-1 of the bare address.
    case sha1
    /// The address's node, with everything but letters, digits, `_`, `.` and `-` replaced by `_`.
    case node
  }

  /// How the files of a tree are told apart.
  package enum Layout: Sendable, Equatable {
    /// Everything is shared.
    case shared
    /// By the first component, in forms that are tried in order.
    case people([Form])
    /// By their names, whose owners this query over a database origin gives: name, bare address.
    case named(query: String)
    /// As Prosody's internal storage lays them out.
    case prosody(ProsodyLayout)
  }

  /// How the files are told apart.
  package let layout: Layout

  /// Whether the tree itself says who exists.
  package var listsAccounts: Bool {
    if case .prosody = layout { true } else { false }
  }

  /// Checks the values of a profile at a path.
  init(_ file: ProfileFile, path: String) throws {
    let forms = try (file.owner ?? []).map { name in
      guard let form = Form(rawValue: name) else {
        throw OriginError(.refused, "profile \(path): \(name) is not sha1 or node")
      }
      return form
    }
    let given = [!forms.isEmpty, file.files != nil, file.prosody != nil].count { $0 }
    guard given <= 1 else {
      throw OriginError(
        .refused, "profile \(path): of `owner`, `files` and `prosody` only one can be meant")
    }
    layout =
      if let query = file.files {
        .named(query: query)
      } else if let prosody = file.prosody {
        .prosody(try prosody.layout(path))
      } else {
        forms.isEmpty ? .shared : .people(forms)
      }
  }
}

/// What Prosody's internal storage keeps otherwise than under an account's name.
///
/// `<host>/<store>/<user>.dat` or `.list` belongs to user@host where the host is a virtual host;
/// what stands on a component, or directly below a host, is shared.
package struct ProsodyLayout: Sendable, Equatable {
  /// A host with one of these stores has accounts, or had.
  let hostStores: Set<String>
  /// Stores whose files are named otherwise, and the key under which each names its account.
  let named: [String: String]
  /// Stores whose files are named for the items of another store's list, whose `with` is the owner.
  let listed: [String: String]
  /// Stores that belong to nobody, wherever they are.
  let shared: Set<String>
  /// Stores that come back empty.
  let ephemeral: Set<String>
}
