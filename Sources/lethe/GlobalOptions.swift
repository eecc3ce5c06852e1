import ArgumentParser
import Foundation
import Operations
import Sealing
import Storing

/// What every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The configuration file; LETHE_CONFIG, else /etc/lethe/lethe.yaml.", valueName: "path"))
  var config: String?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Flag(help: "Print errors only.")
  var quiet = false

  @Flag(help: "Print what is being done, also where standard error is no terminal.")
  var verbose = false

  func loadConfiguration() throws -> Configuration {
    let environment = ProcessInfo.processInfo.environment["LETHE_CONFIG"]
    return try Configuration.load(config ?? environment ?? "/etc/lethe/lethe.yaml")
  }

  var console: Console { Console(isJSON: json, isQuiet: quiet, isVerbose: verbose) }

  /// Runs the body with the store of the configuration, which is closed in the end.
  func withStore<Result>(
    _ configuration: Configuration, _ body: (any Store) async throws -> Result
  ) async throws -> Result {
    let store = try Destination.store(configuration.repository)
    do {
      let result = try await body(store)
      await store.close()
      return result
    } catch {
      await store.close()
      throw error
    }
  }
}

/// Where the kit is and how it is opened.
struct KitOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The directory with both halves of the kit.", valueName: "dir"))
  var kit: String

  @Option(
    help: ArgumentHelp(
      "A file whose first line is the passphrase; else it is asked for.", valueName: "file"))
  var passphraseFile: String?

  var directory: KitDirectory { KitDirectory(kit) }

  /// The passphrase from the file or the terminal; nil where the kit takes none.
  func passphrase() throws -> Passphrase? {
    try PassphraseSource.passphrase(of: directory, file: passphraseFile)
  }
}
