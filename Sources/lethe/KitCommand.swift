import ArgumentParser
import Operations

/// `lethe kit`.
struct KitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kit",
    abstract: "Look at the recovery kit, or prove that it opens the repository.",
    subcommands: [Show.self, Verify.self])

  /// `lethe kit show`.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say which repository the kit belongs to; no secret is shown.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var kit: KitOptions

    func run() async throws {
      let passphrase = try kit.passphrase()
      let opened = try kit.directory.open(passphrase: passphrase)
      let report = KitReport(opened, hasPassphrase: try kit.directory.needsPassphrase())
      try options.console.result(report, KitCommand.lines(report))
    }
  }

  /// `lethe kit verify`.
  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prove that the kit opens the repository as it is now.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var kit: KitOptions

    func run() async throws {
      let configuration = try options.loadConfiguration()
      let passphrase = try kit.passphrase()
      let opened = try kit.directory.open(passphrase: passphrase)
      let report = try await options.withStore(configuration) { store in
        try await KitReport(
          verifying: opened, hasPassphrase: try kit.directory.needsPassphrase(), store: store)
      }
      try options.console.result(report, KitCommand.lines(report))
    }
  }

  fileprivate static func lines(_ report: KitReport) -> [String] {
    var lines = [
      "repository  \(report.repository)", "address     \(report.url)",
      "epoch       \(report.epoch)",
      "passphrase  \(report.has_passphrase ? "yes" : "no: whoever holds the kit restores")",
    ]
    if !report.host_key.isEmpty { lines.append("host key    \(report.host_key)") }
    if let opens = report.opens {
      lines.append(
        "verified: it opens \(opens.log_entries) log entries, \(opens.accounts) accounts, "
          + "\(opens.runs) runs and the newest of \(opens.snapshots) snapshots")
    }
    return lines
  }
}
