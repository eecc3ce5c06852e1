package import Files
package import Format

/// Who owns the paths of one tree.
package struct TreeOwners: Sendable {
  private let layout: DirectoryProfile.Layout
  private var forms: [DirectoryProfile.Form] = []
  private var known: [[UInt8]: Owner] = [:]
  private let table: OwnerTable
  private let survey: TreeSurvey
  private let bornAt: [AccountNumber: Int64]
  /// Names that stand for more than one account; what lies there is kept as shared data.
  package private(set) var ambiguousCount = 0

  /// Knows the accounts of the origins that the tree's configuration names.
  ///
  /// `bornAt` is in seconds since 1970: a file older than its owner was left behind by somebody else.
  package init(
    profile: DirectoryProfile, accounts: [(address: String, number: AccountNumber)],
    localHosts: [String] = [], survey: TreeSurvey = TreeSurvey(),
    bornAt: [AccountNumber: Int64] = [:]
  ) {
    layout = profile.layout
    self.survey = survey
    self.bornAt = bornAt
    guard case .people(let forms) = layout else {
      table = OwnerTable(accounts: accounts, localHosts: localHosts)
      return
    }
    table = OwnerTable(accounts: [], localHosts: [])
    self.forms = forms
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

  /// The owner of an entry of the tree.
  package func owner(of entry: FileEntry) -> Owner {
    let owner = owner(of: entry.path, isDirectory: entry.kind == .directory)
    return isOlder(entry, than: owner) ? .remains : owner
  }

  /// The owner of what a path leads to, as far as the path tells.
  func owner(of path: RelativePath, isDirectory: Bool) -> Owner {
    switch layout {
    case .shared: .server
    case .people: personalOwner(of: path, isDirectory)
    case .named: namedOwner(of: path, isDirectory)
    case .prosody(let layout): owner(of: path, isDirectory, in: layout)
    }
  }

  /// Whether an entry is not worth keeping, or not as a file, whoever it belongs to.
  package func isEphemeral(_ entry: FileEntry) -> Bool {
    if survey.databases.contains(entry.path.bytes) { return true }
    guard case .prosody(let layout) = layout, entry.kind != .directory else { return false }
    let components = entry.path.components.map(Array.init)
    guard components.count > 1, let store = PercentName.stem(of: components[1]) else {
      // The server's own socket is among its data.
      if case .special = entry.kind { return true }
      return false
    }
    return layout.ephemeral.contains(String(decoding: store, as: UTF8.self))
  }

  /// By the first component of the path.
  private func personalOwner(of path: RelativePath, _ isDirectory: Bool) -> Owner {
    guard let first = path.components.first.map(Array.init) else { return .server }
    if let owner = known[first] { return owner }
    let isTop = path.components.count == 1
    if isTop, !isDirectory { return .server }
    return looksOwned(first) ? .remains : .server
  }

  /// By what the database says of the file's name; what it does not know, the server does not give
  /// out either, and nobody can tell whose it was.
  private func namedOwner(of path: RelativePath, _ isDirectory: Bool) -> Owner {
    if isDirectory { return .server }
    guard let file = path.components.last, let name = PercentName.stem(of: file),
      let address = survey.claims[name]
    else { return .remains }
    return owner(of: address)
  }

  private func owner(of address: [UInt8]) -> Owner {
    address.withUnsafeBytes { table.owner(of: $0) }
  }

  /// `<host>/<store>/<user>.dat`, and what is kept otherwise.
  private func owner(
    of path: RelativePath, _ isDirectory: Bool, in layout: ProsodyLayout
  ) -> Owner {
    let components = path.components.map(Array.init)
    guard components.count > 2, !isDirectory,
      let host = PercentName.decode(components[0]),
      let storeName = PercentName.decode(components[1])
    else { return .server }
    let store = String(decoding: storeName, as: UTF8.self)
    let file = components[components.count - 1]
    if layout.listed[store] != nil || layout.named[store] != nil {
      let stem = Array(file.prefix { $0 != UInt8(ascii: ".") })
      let path = ProsodySurvey.joined([components[0], components[1], stem])
      return survey.claims[path].map(owner) ?? .remains
    }
    guard survey.hosts.contains(components[0]), !layout.shared.contains(store) else {
      return .server
    }
    guard let node = PercentName.stem(of: file), !node.isEmpty else { return .remains }
    return owner(of: node + [UInt8(ascii: "@")] + host)
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
