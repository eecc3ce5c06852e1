import ArgumentParser
import Operations

/// `lethe check`.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Prove that everything is there that the snapshots need.",
    discussion: """
      Reads the log, all lists, headers and catalogues, without the kit. What is damaged is sent again \
      by the next backup, as far as the server still has it; copies of keyrings are mended at once. \
      Exit status 14 says that something was found.
      """)

  @OptionGroup var options: GlobalOptions

  @Option(
    defaultAsFlag: 100,
    help: ArgumentHelp(
      "Compare so many percent of the packs' bytes with their hashes, those first that were not read "
        + "for the longest time; all without a number.", valueName: "percent"))
  var readData: Int?

  func validate() throws {
    if let readData, !(1...100).contains(readData) {
      throw ValidationError("--read-data takes a whole number from 1 to 100")
    }
  }

  func run() async throws {
    let configuration = try options.loadConfiguration()
    let console = options.console
    let report = try await options.withStore(configuration) { store in
      try await Check(
        configuration, store: store, reading: readData, now: Timestamp.now(),
        progress: console.progress
      ).run()
    }
    try console.result(report, Self.lines(report))
    if !report.isClean { throw ExitCode(ExitStatus.damaged.rawValue) }
  }

  private static func lines(_ report: CheckReport) -> [String] {
    let findings = report.findings.flatMap {
      ["\($0.severity.rawValue): \($0.message)", "  \($0.remedy)"]
    }
    let oldest = report.oldest_unverified.map {
      "longest unread: \($0.pack), since \($0.since)"
    }
    return findings + [
      "\(report.snapshots) snapshots, \(report.packs) packs, \(report.log_entries) log entries; "
        + "\(report.packs_read) packs compared with their hashes",
      report.isClean ? "no damage found" : "damage was found",
    ] + (oldest.map { [$0] } ?? [])
  }
}
