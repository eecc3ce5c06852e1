import ArgumentParser
import Operations

/// `lethe kit`.
struct KitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kit",
    abstract: "Look at the recovery kit, prove that it opens the repository, move it on.",
    subcommands: [Show.self, Verify.self, Advance.self])

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

  /// `lethe kit advance`.
  struct Advance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Move the kit to the present epoch and destroy its old seed.",
      discussion: """
        From then on nobody reads with this kit what was destroyed before, not even from old copies of \
        the remote. Put the new lethe-epoch.kit in the place of every other copy.
        """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var kit: KitOptions

    func run() async throws {
      let configuration = try options.loadConfiguration()
      let passphrase = try kit.passphrase()
      let report = try await options.withStore(configuration) { store in
        try await KitAdvance(configuration, store: store).run(
          kit: kit.directory, passphrase: passphrase, time: Timestamp.now())
      }
      try options.console.result(
        report,
        report.epoch == report.epoch_before
          ? ["the kit stands at epoch \(report.epoch) already, the present one"]
          : [
            "the kit moved from epoch \(report.epoch_before) to \(report.epoch); the old seed is "
              + "overwritten in \(report.kit)",
            "\(report.erasures_beyond_kit) erasures are beyond even the kit now",
            "put the new lethe-epoch.kit in the place of every other copy of it, and overwrite those",
          ])
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
