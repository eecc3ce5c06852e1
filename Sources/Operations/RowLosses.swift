internal import Format

/// What damage kept a database's restore from bringing back; the rest is whole.
struct RowLosses {
  /// Owners of whom rows are missing.
  private(set) var accounts: Set<AccountNumber> = []
  /// Tables in which they are missing.
  private var tables: Set<String> = []
  private var reasons: [String] = []

  var isEmpty: Bool { accounts.isEmpty }

  /// Names that a message gives: enough to ask about, few enough to read.
  private static let nameCount = 20

  mutating func add(_ opened: ChunkFetcher.Opened, tables: [String]) {
    guard !opened.lost.isEmpty else { return }
    accounts.formUnion(opened.lost)
    self.tables.formUnion(tables)
    for reason in opened.reasons where !reasons.contains(reason.message) {
      reasons.append(reason.message)
    }
  }

  /// What is missing, in one sentence.
  func message(origin: String, addresses: (AccountNumber) -> String?) -> String {
    let names = accounts.subtracting([.server]).compactMap(addresses).sorted()
    var owners: [String] = []
    if !names.isEmpty {
      let more = names.count > Self.nameCount ? " and others" : ""
      owners.append(
        "\(names.count) accounts (\(names.prefix(Self.nameCount).joined(separator: ", "))\(more))")
    }
    if accounts.contains(.server) { owners.append("shared data") }
    return "origin \(origin) lacks rows of \(owners.joined(separator: " and of ")) in the tables "
      + "\(tables.sorted().joined(separator: ", ")), all else of it is whole: "
      + reasons.joined(separator: "; ")
  }
}
