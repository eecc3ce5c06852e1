import ArgumentParser
import Glibc
import Operations

/// `lethe drill`.
struct DrillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drill",
    abstract: "Restore the newest snapshot into scratch space, prove it, remove it again.",
    discussion: """
      Needs the kit, and room for everything. On the agent's machine the result goes into the log, and \
      `lethe status` tells how old it is. Once a month is good practice.
      """)

  @OptionGroup var options: GlobalOptions

  @Option(help: ArgumentHelp("The directory with both halves of the kit.", valueName: "dir"))
  var kit: String?

  @Option(
    help: ArgumentHelp(
      "A file whose first line is the passphrase; else it is asked for.", valueName: "file"))
  var passphraseFile: String?

  @Option(
    help: ArgumentHelp(
      "Only tell the log of a drill elsewhere, by the line that it printed.", valueName: "receipt"))
  var receipt: String?

  @Option(
    help: ArgumentHelp(
      "A directory with room for everything; the state directory without it.", valueName: "dir"))
  var scratch: String?

  @Option(
    help: ArgumentHelp(
      "Fail unless this account is among those restored.", valueName: "address"))
  var canary: String?

  func validate() throws {
    if (kit == nil) == (receipt == nil) {
      throw ValidationError("either --kit, to drill, or --receipt, of a drill elsewhere, is needed")
    }
  }

  func run() async throws {
    let configuration = try options.loadConfiguration()
    if let receipt { return try await record(try DrillReceipt(receipt), configuration) }
    let console = options.console
    let scratch = self.scratch ?? configuration.state
    // SQLite sorts the keys of an index in files; people's words belong on no other disk.
    setenv("SQLITE_TMPDIR", RestoreTarget.scratch(in: Drill.target(in: scratch)), 1)
    let directory = KitDirectory(kit ?? "")
    let passphrase = try PassphraseSource.passphrase(of: directory, file: passphraseFile)
    let opened = try directory.open(passphrase: passphrase)
    let hooks = Hooks(configuration, command: "drill")
    let report: DrillReport
    do {
      report = try await options.withStore(configuration) { store in
        try await Drill(
          configuration, store: store, now: { Timestamp.now() }, progress: console.progress
        ).run(DrillRequest(scratch: scratch, canary: canary), kit: opened)
      }
    } catch {
      console.warn(await hooks.tell(error), isSuccess: false)
      throw error
    }
    console.warn(report.warnings, isSuccess: true)
    console.warn(await hooks.tell(report), isSuccess: false)
    try console.result(report, Self.lines(report))
  }

  private func record(_ receipt: DrillReceipt, _ configuration: Configuration) async throws {
    let time = try await options.withStore(configuration) { store in
      try await receipt.record(configuration, store: store, time: Timestamp.now())
    }
    try options.console.result(
      ["last_verified_restore": time], ["the last verified restore is of \(time)"])
  }

  private static func lines(_ report: DrillReport) -> [String] {
    [
      "snapshot \(report.snapshot.prefix(12)) of \(report.time) was restored and proved in "
        + span(report.seconds),
      "\(report.restored.rows) rows, \(report.restored.files) files, "
        + "\(Amount.bytes(report.restored.bytes)); \(report.listed_accounts) accounts are listed "
        + "by what "
        + "was restored",
      note(report.recorded) + "; what was restored is removed again",
    ] + (report.receipt.map { ["run on the agent's machine: lethe drill --receipt \($0)"] } ?? [])
  }

  private static func span(_ seconds: Double) -> String {
    seconds < 10 ? "\((seconds * 10).rounded() / 10) s" : Elapsed.text(Int64(seconds * 1000))
  }

  private static func note(_ record: DrillReport.Record) -> String {
    switch record {
    case .log: "the log tells of it"
    case .local: "a run held the state too long, so that this machine alone knows of it"
    case .elsewhere:
      "this machine is not the agent, so that `lethe status` there does not know "
        + "of it"
    }
  }
}
