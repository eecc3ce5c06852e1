import ArgumentParser
import Operations

/// `lethe status`.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say how the backups stand, for people and for monitoring.",
    discussion: """
      Reads the agent's state alone, without the network, also while a run goes on. \
      Exit statuses: 0 OK, 1 warning, 2 critical, 3 unknown.
      """)

  /// What is printed.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, prometheus, nagios, html
  }

  @OptionGroup var options: GlobalOptions

  @Option(help: "How to say it.")
  var format = Format.text

  func run() async throws {
    let now = Timestamp.now()
    let status: Status
    // Whatever is wrong, monitoring is answered in its own terms.
    do { status = Status(try options.loadConfiguration(), now: now) } catch {
      status = Status(failure: error, now: now)
    }
    switch options.json ? .json : format {
    case .json: try options.jsonConsole.result(StatusReport(status), [])
    case .text: try options.console.result(StatusReport(status), StatusText.lines(status))
    case .prometheus: print(StatusExposition(status).text, terminator: "")
    case .nagios: StatusPlugin.lines(status).forEach { print($0) }
    case .html: print(StatusPage(status).text, terminator: "")
    }
    if status.state != .ok { throw ExitCode(status.state.code) }
  }
}

extension GlobalOptions {
  /// A console that prints JSON.
  fileprivate var jsonConsole: Console { Console(isJSON: true, isQuiet: quiet, isVerbose: verbose) }
}
