package import Files
package import Format

/// Who owns the paths of one tree.
package struct TreeOwners: Sendable {
  private let forms: [DirectoryProfile.Form]
  private var known: [[UInt8]: Owner] = [:]
  private let bornAt: [AccountNumber: Int64]
  /// Names that stand for more than one account; what lies there is kept as shared data.
  package private(set) var ambiguousCount = 0

  /// Knows the accounts of the origins that the tree's configuration names.
  ///
  /// `bornAt` is in seconds since 1970: a file older than its owner was left behind by somebody else.
  package init(
    profile: DirectoryProfile, accounts: [(address: String, number: AccountNumber)],
    bornAt: [AccountNumber: Int64] = [:]
  ) {
    forms = profile.forms
    self.bornAt = bornAt
    for (address, number) in accounts {
      for form in forms { add(Self.component(for: address, form: form), .account(number)) }
    }
  }

  private mutating func add(_ name: [UInt8], _ owner: Owner) {
    guard let before = known.updateValue(owner, forKey: name), before != owner else { return }
    known[name] = .server
    ambiguousCount += 1
  }

  private static func component(for address: String, form: DirectoryProfile.Form) -> [UInt8] {
    switch form {
    case .sha1: return SHA1.hexadecimal(Array(address.utf8))
    case .node:
      let node = address.unicodeScalars.prefix { $0 != "@" }
      var name = String.UnicodeScalarView()
      for scalar in node { name.append(isKept(scalar) ? scalar : "_") }
      return Array(String(name).utf8)
    }
  }

  private static func isKept(_ scalar: Unicode.Scalar) -> Bool {
    if "_.-".unicodeScalars.contains(scalar) { return true }
    return switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber:
      true
    default: false
    }
  }

  /// The owner of an entry by the first component of its path.
  package func owner(of entry: FileEntry) -> Owner {
    guard !forms.isEmpty, let first = entry.path.components.first.map(Array.init) else {
      return .server
    }
    if let owner = known[first] { return isOlder(entry, than: owner) ? .remains : owner }
    let isTop = entry.path.components.count == 1
    if isTop, entry.kind != .directory { return .server }
    return looksOwned(first) ? .remains : .server
  }

  private func isOlder(_ entry: FileEntry, than owner: Owner) -> Bool {
    guard case .account(let account) = owner, let born = bornAt[account], entry.kind != .directory
    else { return false }
    return entry.attributes.modificationTime.seconds < born
  }

  /// Whether an unknown directory can only be a person's.
  private func looksOwned(_ name: [UInt8]) -> Bool {
    if forms.contains(.node) { return true }
    return name.count == 40
      && name.allSatisfy { Hexadecimal.decode("0\(Character(Unicode.Scalar($0)))") != nil }
  }
}
