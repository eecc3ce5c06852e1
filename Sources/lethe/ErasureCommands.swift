import ArgumentParser
import Operations

/// The addresses of a command line, or of standard input: arguments are seen by every user of the
/// machine, and kept by shells.
struct AddressArguments: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Bare addresses as the server stores them; `-` reads them from standard input, one a line.",
      valueName: "address"))
  var addresses: [String]

  var all: [String] {
    guard addresses == ["-"] else { return addresses }
    var lines: [String] = []
    while let line = readLine() { if !line.isEmpty { lines.append(line) } }
    return lines
  }
}

extension GlobalOptions {
  /// Runs the body on the erasures of the configuration's repository.
  fileprivate func withErasing<Result>(
    _ body: (Erasing) async throws -> Result
  ) async throws -> Result {
    let configuration = try loadConfiguration()
    return try await withStore(configuration) { store in
      try await body(Erasing(configuration, store: store, now: Timestamp.now()))
    }
  }
}

/// `lethe erase`.
struct EraseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase", abstract: "Report deleted accounts: no snapshot brings them back.",
    discussion: """
      From now on every restore leaves them out. After the hold their keys are destroyed, here and on \
      the remote; until then `lethe erasures cancel` takes it back.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var people: AddressArguments

  @Flag(help: "Destroy the keys now; nothing takes that back.")
  var now = false

  @Flag(help: "Say what would be done; change nothing.")
  var dryRun = false

  func run() async throws {
    let addresses = people.all
    let receipts = try await options.withErasing { erasing in
      try await erasing.erase(
        addresses, atOnce: now, isRehearsal: dryRun)
    }
    let head =
      dryRun
      ? "would exclude \(receipts.count) accounts from every restore"
      : "\(receipts.count) accounts are excluded from every restore of every snapshot"
    options.console.warn(receipts.warnings, isSuccess: false)
    try options.console.result(receipts, [head] + ErasuresCommand.lines(receipts.erasures))
    if !receipts.warnings.isEmpty { throw ExitCode(ExitStatus.partial.rawValue) }
  }
}

/// `lethe erasures`.
struct ErasuresCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "erasures", abstract: "Erasures and the brake: list, take back, confirm.",
    subcommands: [List.self, Cancel.self, Readmit.self, Confirm.self, Rebase.self],
    defaultSubcommand: List.self)

  /// Lines that name nobody.
  static func lines(_ erasures: [ErasureList.Line]) -> [String] {
    guard !erasures.isEmpty else { return [] }
    let head =
      Amount.left("id", 12) + "  " + Amount.left("cause", 13) + "  "
      + Amount.left("excluded", 20) + "  keys"
    return [head]
      + erasures.map { line in
        let keys: String =
          if let beyond = line.beyond_kit {
            "destroyed \(line.destroyed ?? ""), beyond the kit since \(beyond)"
          } else if let destroyed = line.destroyed {
            "destroyed \(destroyed), beyond the kit at its next advance"
          } else { "held until \(line.due)" }
        return [
          String(line.id.prefix(12)), Amount.left(line.cause, 13), line.excluded, keys,
        ].joined(separator: "  ")
      }
  }

  /// `lethe erasures list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the receipt of each erasure, which names nobody, and the brake.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
      let list = try Erasing.list(try options.loadConfiguration(), now: Timestamp.now())
      let brake = list.brake.map { ["since \($0.since): \($0.message)"] } ?? []
      let lines = ErasuresCommand.lines(list.erasures)
      try options.console.result(
        list, brake + (lines.isEmpty ? ["no account was erased so far"] : lines))
    }
  }

  /// `lethe erasures cancel`.
  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take erasures back while their keys are held.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var people: AddressArguments

    func run() async throws {
      let addresses = people.all
      let receipts = try await options.withErasing { erasing in
        try await erasing.cancel(addresses)
      }
      try options.console.result(
        receipts,
        ["\(receipts.count) erasures are cancelled: every snapshot holds these accounts again"])
    }
  }

  /// `lethe erasures readmit`.
  struct Readmit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Back up addresses again whose keys were destroyed; what was sealed stays gone.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var people: AddressArguments

    func run() async throws {
      let addresses = people.all
      let count = try await options.withErasing { erasing in
        try await erasing.readmit(addresses)
      }
      try options.console.result(
        ["count": count], ["\(count) addresses are new accounts to the next run"])
    }
  }

  /// `lethe erasures confirm`.
  struct Confirm: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Release the brake: what looked like mass deletion is one.")

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Say what would be done; change nothing.")
    var dryRun = false

    func run() async throws {
      let report = try await options.withErasing { erasing in
        try await erasing.confirm(
          isRehearsal: dryRun)
      }
      try options.console.result(
        report,
        [
          "brake \(report.cause), on since \(report.since)\(dryRun ? "" : ", is released")",
          "\(report.erased) accounts \(dryRun ? "would be" : "are") excluded from every restore; their "
            + "keys are held until \(report.due)",
          "\(report.held) accounts that were excluded before it are destroyed in their time",
        ])
    }
  }

  /// `lethe erasures rebase`.
  struct Rebase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Announce that an older snapshot was put into service.",
      discussion: """
        The next run then takes nobody who registered since that snapshot for deleted, and the brake \
        does not mind them.
        """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
      try await options.withErasing { erasing in
        try erasing.rebase()
      }
      try options.console.result(
        ["rebased": true], ["the next run takes the server's list of accounts as it is"])
    }
  }
}
