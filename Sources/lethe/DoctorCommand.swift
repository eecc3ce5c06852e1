import ArgumentParser
import Operations
import Origins

/// `lethe doctor`.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look at everything that backups depend on, and say how to mend it.",
    discussion: """
      Changes nothing, but for an object of its own in the repository's tmp/, which it removes. Exit \
      status 1 says that something must be mended.
      """)

  @OptionGroup var options: GlobalOptions

  @Option(help: ArgumentHelp("Look at the kit in this directory too.", valueName: "dir"))
  var kit: String?

  @Flag(
    help: ArgumentHelp(
      "Say instead whose the rows and files are.",
      discussion: "Reads every row of the live databases: a wrong rule shows before it matters."))
  var profile = false

  @Option(
    help: ArgumentHelp("With --profile: only this origin; may be repeated.", valueName: "name"))
  var origin: [String] = []

  func validate() throws {
    if !origin.isEmpty, !profile { throw ValidationError("--origin goes with --profile") }
  }

  func run() async throws {
    let configuration = try options.loadConfiguration()
    if profile {
      let report = try await ProfileExamination(configuration).run(origins: origin)
      options.console.warn(report.warnings, isSuccess: true)
      return try options.console.result(report, DoctorText.lines(report))
    }
    let report = try await options.withStore(configuration) { store in
      await Doctor(configuration, store: store, now: Timestamp.now())
        .run(kit: kit.map(KitDirectory.init))
    }
    try options.console.result(report, DoctorText.lines(report))
    if report.verdict == .critical { throw ExitCode(ExitStatus.failed.rawValue) }
  }
}
