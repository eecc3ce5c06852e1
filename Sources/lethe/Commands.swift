import ArgumentParser
import Operations

/// `lethe init`.
struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Create the repository of the configuration, and its kit.")

  @OptionGroup var options: GlobalOptions

  @Option(
    help: ArgumentHelp("The directory to write the kit's two halves into.", valueName: "dir"))
  var kit: String

  @Option(
    help: ArgumentHelp("A file whose first line is the kit's passphrase.", valueName: "file"))
  var passphraseFile: String?

  @Flag(help: "Wrap the kit with no passphrase: whoever holds it restores.")
  var noPassphrase = false

  func validate() throws {
    if noPassphrase, passphraseFile != nil {
      throw ValidationError("--no-passphrase and --passphrase-file exclude one another")
    }
  }

  func run() async throws {
    let configuration = try options.loadConfiguration()
    let directory = KitDirectory(kit)
    try directory.checkEmpty()
    let passphrase =
      noPassphrase
      ? nil : try passphraseFile.map(PassphraseSource.read) ?? PassphraseSource.askNew()
    let report = try await options.withStore(configuration) { store in
      try await Initialisation(configuration, store: store).run(
        kit: directory, passphrase: passphrase, time: Timestamp.now())
    }
    try options.console.result(
      report,
      [
        "created repository \(report.repository) at \(report.url)",
        "the kit is in \(report.kit): move both halves off this machine now; without them nothing "
          + "can be restored",
        "  lethe-static.kit never changes and may be printed",
        "  lethe-epoch.kit belongs on media that can be erased, in two copies",
      ])
  }
}

/// `lethe backup`.
struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Take a snapshot, seal it, ship it, commit it.")

  @OptionGroup var options: GlobalOptions

  @Flag(help: "Expire and remove nothing afterwards.")
  var noPrune = false

  func run() async throws {
    let configuration = try options.loadConfiguration()
    let console = options.console
    let hooks = Hooks(configuration, command: "backup")
    let report: BackupReport
    do {
      report = try await options.withStore(configuration) { store in
        try await Backup(
          configuration, store: store, pruning: noPrune ? .never : .inTurn,
          now: { Timestamp.now() }, boot: { BootTime.now() },
          progress: console.progress
        ).run()
      }
    } catch {
      console.warn(await hooks.tell(error), isSuccess: false)
      throw error
    }
    console.warn(report.warnings, isSuccess: report.state == "complete")
    console.warn(await hooks.tell(report), isSuccess: false)
    try console.result(report, Self.lines(report))
    if report.state == "partial" { throw ExitCode(ExitStatus.partial.rawValue) }
    if report.state == "degraded" { throw ExitCode(ExitStatus.refused.rawValue) }
  }

  private static func lines(_ report: BackupReport) -> [String] {
    [
      "snapshot \(report.snapshot.prefix(12)) is \(report.state)",
      report.origins.map { origin in
        "\(origin.name): "
          + (origin.files > 0 ? "\(origin.files) files" : "\(origin.rows) rows")
      }.joined(separator: ", "),
      "accounts: \(report.accounts.live) live, \(report.accounts.new) new, "
        + "\(report.accounts.erased) erased"
        + (report.accounts.held > 0 ? ", keys of \(report.accounts.held) held" : "")
        + (report.accounts.destroyed > 0
          ? ", keys of \(report.accounts.destroyed) destroyed" : ""),
      "sent \(Amount.bytes(report.stored.bytes_uploaded)) in \(report.stored.chunks_new) new of "
        + "\(report.stored.chunks_total) chunks, \(report.stored.round_trips) round trips",
    ]
  }
}

/// `lethe prune`.
struct PruneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Expire snapshots past their time, drop what nobody needs.",
    discussion: "Every backup does this after its commit.")

  @OptionGroup var options: GlobalOptions

  @Flag(help: "Say what would be done; change nothing.")
  var dryRun = false

  func run() async throws {
    let configuration = try options.loadConfiguration()
    let report = try await options.withStore(configuration) { store in
      try await Prune(
        configuration, store: store, now: Timestamp.now(), boot: BootTime.now()
      ).run(isRehearsal: dryRun)
    }
    try options.console.result(report, Self.lines(report))
    if let objection = report.objection {
      options.console.warn([objection], isSuccess: false)
      throw ExitCode(ExitStatus.refused.rawValue)
    }
  }

  private static func lines(_ report: PruneReport) -> [String] {
    let verb = report.dry_run ? "would be " : ""
    return [
      "\(report.expired.count) snapshots \(verb)expired",
      "\(report.dropped_packs) packs \(verb)dropped, \(Amount.bytes(report.dropped_bytes)); a prune an "
        + "hour later removes them",
      "\(report.removed_packs) packs \(verb)removed, \(Amount.bytes(report.removed_bytes))",
      "\(report.condemned_packs) packs \(verb)condemned, \(Amount.bytes(report.condemned_bytes)): what "
        + "lives of them is sent anew by the next run",
      "\(report.leftovers) objects that cut-off runs left \(verb)removed, "
        + Amount.bytes(report.leftover_bytes),
    ]
  }
}

/// `lethe snapshots`.
struct SnapshotsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshots", abstract: "List the snapshots, oldest first.")

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let configuration = try options.loadConfiguration()
    let list = try await options.withStore(configuration) { store in
      try await SnapshotList(configuration, store: store)
    }
    try options.console.result(list, Self.lines(list))
  }

  private static func lines(_ list: SnapshotList) -> [String] {
    let head = "id            time                  state     accounts      rows   files     added"
    return [head]
      + list.snapshots.map { line in
        [
          String(line.id.prefix(12)), line.time, Amount.left(line.state, 8),
          Amount.right("\(line.accounts)", 8), Amount.right("\(line.rows)", 8),
          Amount.right("\(line.files)", 6), Amount.right(Amount.bytes(line.bytes_stored), 8),
        ].joined(separator: "  ")
      }
  }
}

/// `lethe adopt`.
struct AdoptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt", abstract: "Make this machine the agent of an existing repository.")

  @OptionGroup var options: GlobalOptions
  @OptionGroup var kit: KitOptions

  func run() async throws {
    let configuration = try options.loadConfiguration()
    let passphrase = try kit.passphrase()
    let report = try await options.withStore(configuration) { store in
      try await Adoption(configuration, store: store).run(
        kit: kit.directory, passphrase: passphrase, time: Timestamp.now())
    }
    try options.console.result(
      report,
      [
        "this machine is now the agent of repository \(report.repository)",
        "the next `lethe backup` sends what changed; an agent elsewhere will be refused",
      ])
  }
}
