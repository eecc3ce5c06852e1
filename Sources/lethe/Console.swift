import ArgumentParser
import Foundation
import Operations

/// The terminal's rules: results go to standard output; progress, warnings and errors to standard
/// error, each line with the program's name.
///
/// Nothing else prints.
struct Console: Sendable {
  let isJSON: Bool
  let isQuiet: Bool
  let isVerbose: Bool
  private let meter = ProgressMeter()

  init(isJSON: Bool, isQuiet: Bool, isVerbose: Bool) {
    self.isJSON = isJSON
    self.isQuiet = isQuiet
    self.isVerbose = isVerbose
  }

  /// Prints a result: the JSON of the value, or lines for people.
  func result(_ value: some Encodable, _ lines: @autoclosure () -> [String]) throws {
    meter.clear()
    if isJSON {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(value), as: UTF8.self))
    } else if !isQuiet {
      for line in lines() { print(line) }
    }
  }

  /// Prints warnings; a quiet success keeps them to itself, they are in the snapshot's report.
  func warn(_ messages: [String], isSuccess: Bool) {
    meter.clear()
    if isQuiet, isSuccess { return }
    for message in messages { Self.say("warning: \(message)") }
  }

  /// Shows progress on a terminal, or as occasional lines when asked to be verbose.
  var progress: Operations.Progress.Report {
    let shows = !isQuiet && (isatty(STDERR_FILENO) == 1 || isVerbose)
    guard shows else { return { _ in } }
    return { [meter] in meter.show($0) }
  }

  /// Ends the process once all is written, without the handlers that libraries left for its end.
  ///
  /// Sessions may still be closing on threads of their own, and OpenSSL's handler frees what they use: one run in a
  /// few hundred crashed after its work was done.
  static func finish(_ status: Int32 = ExitStatus.done.rawValue) -> Never {
    fflush(nil)
    _exit(status)
  }

  /// Prints an error as one line and ends with its status.
  static func end(with error: any Error) -> Never {
    if Lethe.exitCode(for: error) == .success || error is CleanExit { Lethe.exit(withError: error) }
    if error is ValidationError || String(describing: type(of: error)) == "CommandError" {
      FileHandle.standardError.write(Data((Lethe.fullMessage(for: error) + "\n").utf8))
      finish(ExitStatus.usage.rawValue)
    }
    if let code = error as? ExitCode { finish(code.rawValue) }
    // Whatever it looked like where the work stopped, the signal is why.
    let failure = Interruption.wasRequested ? .interruption : OperationError(error)
    say("error: \(failure.message)")
    finish(failure.status.rawValue)
  }

  private static func say(_ line: String) {
    // Names from servers and remotes are bytes of strangers; none of them moves the cursor.
    let safe = line.unicodeScalars.map { scalar in
      scalar.value < 0x20 || scalar.value == 0x7f
        ? "\\x\(String(scalar.value, radix: 16))" : String(scalar)
    }.joined()
    FileHandle.standardError.write(Data("lethe: \(safe)\n".utf8))
  }
}
