internal import Files
internal import Format

/// What damage kept a tree's restore from bringing back; the rest is whole.
struct TreeLosses {
  /// Files of which a piece cannot be had.
  private(set) var files: Set<TreeWriter.File> = []
  /// Owners of file records that cannot be had.
  private(set) var accounts: Set<AccountNumber> = []
  /// Further names of files that are not there.
  private(set) var linkCount = 0
  private var reasons: [String] = []

  var isEmpty: Bool { files.isEmpty && accounts.isEmpty && linkCount == 0 }

  /// Reasons that a message gives; one damaged pack gives the same to all that lies in it.
  private static let reasonCount = 5

  /// Takes an error for a loss; throws again what is no damage.
  private mutating func note(_ error: any Error) throws {
    let failure = OperationError(error)
    guard failure.status == .damaged else { throw error }
    if reasons.count < Self.reasonCount, !reasons.contains(failure.message) {
      reasons.append(failure.message)
    }
  }

  mutating func lose(recordsOf account: AccountNumber, _ error: any Error) throws {
    try note(error)
    accounts.insert(account)
  }

  mutating func lose(_ lost: some Sequence<TreeWriter.File>, _ error: any Error) throws {
    try note(error)
    files.formUnion(lost)
  }

  mutating func loseLink() { linkCount += 1 }

  /// What is missing, in one sentence; `gone` are the names that were taken away.
  func message(origin: String, gone: Files.RestoreReport.Sample) -> String {
    var parts: [String] = []
    let count = gone.count + linkCount
    if count > 0 {
      let names = gone.paths.map { "\($0)" }.joined(separator: ", ")
      parts.append("\(count) files" + (names.isEmpty ? "" : " (\(names)\(gone.more))"))
    }
    if !accounts.isEmpty {
      let shared = accounts.contains(.server) ? ", shared ones among them" : ""
      parts.append("files of \(accounts.count) owners\(shared), whose names are lost as well")
    }
    return "origin \(origin) lacks \(parts.joined(separator: " and ")), all else of it is whole: "
      + reasons.joined(separator: "; ")
  }
}

extension Files.RestoreReport.Sample {
  fileprivate var more: String { count > paths.count ? " and others" : "" }
}
