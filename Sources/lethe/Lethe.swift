import ArgumentParser

/// The root of the command line.
@main
struct Lethe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lethe",
    abstract: "Encrypted backup and restore for XMPP servers.",
    discussion: """
      Exit statuses: 0 done, 1 failed, 3 done but partial, 10 repository missing or unreachable, \
      11 busy, 12 kit or passphrase wrong, 13 refused for safety, 14 damage found, 64 usage, \
      130 interrupted.
      """,
    version: "0.1.0",
    subcommands: [
      InitCommand.self, BackupCommand.self, PruneCommand.self, SnapshotsCommand.self,
      RestoreCommand.self, CheckCommand.self, StatusCommand.self, DoctorCommand.self,
      DrillCommand.self,
      EraseCommand.self, ErasuresCommand.self, AdoptCommand.self, KitCommand.self,
    ])

  /// Parses, runs, and ends with the documented status.
  static func main() async {
    Hardening.prepare()
    Interruption.block()
    let command = Task {
      var command = try parseAsRoot()
      if var running = command as? any AsyncParsableCommand {
        try await running.run()
      } else {
        try command.run()
      }
    }
    Interruption.listen { command.cancel() }
    do { try await command.value } catch { Console.end(with: error) }
    Console.finish()
  }
}
