internal import Foundation
internal import Origins

/// Tells the configured programs how a command ended; none of them can make it fail.
package struct Hooks: Sendable {
  private let hooks: Configuration.Hooks
  private let command: String

  /// For the command of this name.
  package init(_ configuration: Configuration, command: String) {
    hooks = configuration.hooks
    self.command = command
  }

  /// What a program finds on its standard input, as one line of JSON.
  struct Message: Encodable {
    /// success, failure or brake.
    let event: String
    /// The command's name.
    let command: String
    /// When it ended, in RFC 3339.
    let time: String
    /// The exit status of the command.
    let exit_status: Int32
    /// Why it failed, or null.
    @OrNull var message: String?
    /// The command's own JSON, or null.
    @OrNull var report: AnyEncodable?
  }

  /// Tells of a run that committed a snapshot; returns why a program could not be told.
  package func tell(_ report: BackupReport) async -> [String] {
    switch report.state {
    case "complete": await tell(hooks.onSuccess, "success", .done, nil, report)
    case "degraded": await tell(hooks.onBrake, "brake", .refused, report.warnings.first, report)
    default: await tell(hooks.onFailure, "failure", .partial, report.warnings.first, report)
    }
  }

  /// Tells of a drill that proved what it restored.
  package func tell(_ report: DrillReport) async -> [String] {
    await tell(hooks.onSuccess, "success", .done, nil, report)
  }

  /// Tells of a failure; one that somebody asked for is none.
  package func tell(_ error: any Error) async -> [String] {
    let failure = OperationError(error)
    guard failure.status != .interrupted, !Task.isCancelled else { return [] }
    return await tell(hooks.onFailure, "failure", failure.status, failure.message, nil)
  }

  private func tell(
    _ program: [String], _ event: String, _ status: ExitStatus, _ text: String?,
    _ report: (any Encodable & Sendable)?
  ) async -> [String] {
    guard !program.isEmpty else { return [] }
    let message = Message(
      event: event, command: command, time: Timestamp.text(Timestamp.now()),
      exit_status: status.rawValue, message: OrNull(wrappedValue: text),
      report: OrNull(wrappedValue: report.map(AnyEncodable.init)))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let bytes = try? encoder.encode(message) else { return [] }
    do {
      try await Self.run(program, Array(bytes) + [UInt8(ascii: "\n")], seconds: hooks.timeout)
      return []
    } catch { return ["the hook for \(event) failed: \(OperationError(error).message)"] }
  }

  /// More than a megabyte of output is a program that went wild; what it prints goes nowhere.
  private static let maximumByteCount = 1 << 20

  /// Runs a program off the cooperative threads, which must not block.
  private static func run(_ program: [String], _ input: [UInt8], seconds: Int) async throws {
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      DispatchQueue.global().async {
        done.resume(
          with: Result {
            _ = try CommandOutput.of(
              program, input: input, seconds: seconds, maximumByteCount: maximumByteCount)
          })
      }
    }
  }
}

/// Any value that can be encoded.
struct AnyEncodable: Encodable, Sendable {
  private let value: any Encodable & Sendable

  init(_ value: any Encodable & Sendable) { self.value = value }

  func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
