import ArgumentParser
import Glibc
import Operations
import Storing

/// `lethe restore`.
struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Bring a snapshot back into an empty directory.",
    discussion: """
      A database origin becomes TARGET/<origin>/<file name>, a directory origin TARGET/<origin>/. \
      Nothing is written over live data: stop the server and move the result to its place.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var kit: KitOptions

  @Option(help: ArgumentHelp("An empty directory, or one to be made.", valueName: "dir"))
  var target: String

  @Option(help: ArgumentHelp("latest, an id, or a time.", valueName: "which"))
  var snapshot = "latest"

  @Option(help: ArgumentHelp("Only this origin; may be repeated.", valueName: "name"))
  var origin: [String] = []

  @Option(help: ArgumentHelp("Only this account; may be repeated.", valueName: "address"))
  var account: [String] = []

  @Flag(
    help: ArgumentHelp(
      "Bring back accounts that are held because a list did not have them.",
      discussion: "For the day on which the database was damaged, and its agent is gone."
    ))
  var includeHeld = false

  @Flag(help: "Say what would be restored; write nothing.")
  var dryRun = false

  func run() async throws {
    // SQLite sorts the keys of an index in files; people's words belong on no other disk.
    setenv("SQLITE_TMPDIR", RestoreTarget.scratch(in: target), 1)
    let configuration = try options.loadConfiguration()
    let console = options.console
    let opened = try kit.directory.open(passphrase: try kit.passphrase())
    let request = RestoreRequest(
      target: target, snapshot: snapshot, origins: origin, accounts: account,
      includesHeld: includeHeld)
    let report: RestoreReport? = try await options.withStore(configuration) { store in
      let began = Timestamp.now()
      let restore = Restore(store: store, progress: console.progress)
      let plan = try await restore.plan(request, kit: opened)
      if dryRun {
        try console.result(RestorePlanReport(plan), plan.summary)
        return nil
      }
      let report = try await restore.carryOut(plan)
      VerifiedRestore.note(
        report, of: plan, in: configuration, began: began, ended: Timestamp.now())
      return report
    }
    guard let report else { return }
    console.warn(report.warnings, isSuccess: report.verified)
    try console.result(report, Self.lines(report))
    if !report.verified { throw ExitCode(ExitStatus.damaged.rawValue) }
  }

  private static func lines(_ report: RestoreReport) -> [String] {
    [
      "restored snapshot \(report.snapshot.prefix(12)) of \(report.time) into \(report.target)",
      "\(report.restored.rows) rows, \(report.restored.files) files, "
        + "\(report.restored.accounts) accounts, \(Amount.bytes(report.restored.bytes)); left out: "
        + "\(report.excluded.accounts) accounts, \(report.excluded.rows) rows, "
        + "\(report.excluded.files) files",
      report.verified
        ? "verified: every row was read back, every file proved before it was written"
        : "NOT verified: see the warnings",
      "next:",
    ] + report.next_steps.map { "  - \($0)" }
  }
}
