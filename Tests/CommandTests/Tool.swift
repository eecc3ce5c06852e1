import Foundation
import TestKit
import Testing

/// The program itself, as it was built beside these tests.
enum Tool {
  /// What became of one call.
  struct Outcome: Sendable {
    /// The exit status, or 128 and the signal's number.
    let status: Int32
    let output: String
    let errors: String

    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
  }

  static let path =
    ((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "")
    .split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/lethe"

  /// Starts a call and waits for its end; `meanwhile` is given the process.
  static func run(
    _ arguments: [String], environment: [String: String] = [:],
    meanwhile: (@Sendable (pid_t) async -> Void)? = nil
  ) async throws -> Outcome {
    let directory = try TemporaryDirectory("lethe-call")
    let (output, errors) = (directory.path + "/out", directory.path + "/err")
    let status = try await ChildProcess.run(
      [path] + arguments,
      environment: ["PATH": "/usr/bin:/bin", "HOME": "/root"].merging(environment) { $1 },
      output: output, errors: errors, meanwhile: meanwhile)
    return Outcome(
      status: status, output: try String(contentsOfFile: output, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8))
  }
}

extension Site {
  /// Calls a command with this site's configuration.
  func lethe(_ command: String, _ arguments: String...) async throws -> Tool.Outcome {
    try await Tool.run([command, "--config", configuration] + arguments)
  }

  /// Makes the repository, without a passphrase unless there is a file with one.
  func initialise(passphraseFile: String? = nil) async throws {
    let words = passphraseFile.map { ["--passphrase-file", $0] } ?? ["--no-passphrase"]
    let outcome = try await Tool.run(["init", "--config", configuration, "--kit", kit] + words)
    try #require(outcome.status == 0, "\(outcome.errors)")
  }

  /// Runs a backup that must succeed.
  @discardableResult
  func backup() async throws -> Tool.Outcome {
    let outcome = try await lethe("backup")
    try #require(outcome.status == 0, "\(outcome.errors)")
    return outcome
  }

  /// Restores with the program and compares with the live server.
  func expectRestoreEqualsSource(
    _ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let directory = try TemporaryDirectory("lethe-target")
    let target = directory.path + "/t"
    let outcome = try await lethe("restore", "--kit", kit, "--target", target)
    try #require(
      outcome.status == 0, "\(comment): \(outcome.errors)", sourceLocation: sourceLocation)
    let rows = try DatabaseImage(target + "/xmpp/ejabberd.db")
      .differences(from: try databaseImage())
    #expect(rows == [], "\(comment)", sourceLocation: sourceLocation)
    let files = try TreeImage(target + "/uploads").differences(from: try uploadImage())
    #expect(files == [], "\(comment)", sourceLocation: sourceLocation)
  }
}

/// Expects a status, nothing on standard output, and one line that says all of the words.
func expect(
  _ status: Int32, saying words: String..., from outcome: Tool.Outcome,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
  #expect(outcome.output == "", sourceLocation: sourceLocation)
  let line = outcome.errorLines.first ?? ""
  #expect(outcome.errorLines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
  #expect(line.hasPrefix("lethe: error: "), "\(outcome.errors)", sourceLocation: sourceLocation)
  for dump in ["Error(", "Optional(", "code:", "error 1.)", "Swift."] {
    #expect(!line.contains(dump), sourceLocation: sourceLocation)
  }
  for word in words {
    #expect(line.contains(word), "\(line)", sourceLocation: sourceLocation)
  }
}
