import Foundation
import Operations
import Synchronization

/// One line on standard error that is drawn over: phase, how much, how fast, how long still.
final class ProgressMeter: Sendable {
  private struct State {
    var phase = ""
    var began = Date.distantPast
    var drawn = Date.distantPast
    var isVisible = false
  }

  private let state = Mutex(State())
  private let isTerminal = isatty(STDERR_FILENO) == 1

  /// A person reads five lines a second at most; a log wants one in ten seconds.
  private var pause: TimeInterval { isTerminal ? 0.2 : 10 }

  func show(_ progress: Operations.Progress) {
    let now = Date()
    let line: String? = state.withLock { state in
      let phase = "\(progress.phase.rawValue) \(progress.subject)"
      if phase != state.phase { (state.phase, state.began) = (phase, now) }
      guard now.timeIntervalSince(state.drawn) >= pause else { return nil }
      state.drawn = now
      state.isVisible = isTerminal
      return Self.line(progress, phase, elapsed: now.timeIntervalSince(state.began))
    }
    guard let line else { return }
    write(isTerminal ? "\r\u{1b}[K\(line.prefix(79))" : "lethe: \(line)\n")
  }

  /// Takes the line away before something else is printed.
  func clear() {
    let wasVisible = state.withLock { state in
      defer { state.isVisible = false }
      return state.isVisible
    }
    if wasVisible { write("\r\u{1b}[K") }
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

  private static func line(
    _ progress: Operations.Progress, _ phase: String, elapsed: TimeInterval
  ) -> String {
    let rate = elapsed > 0.5 ? Double(progress.done) / elapsed : 0
    var parts = [phase, amount(progress.done, progress.isBytes)]
    if let total = progress.total, total > 0 {
      parts = [
        phase, "\(progress.done * 100 / total) %",
        "\(amount(progress.done, progress.isBytes)) of \(amount(total, progress.isBytes))",
      ]
      if rate > 0 { parts.append("\(time(Double(total - progress.done) / rate)) left") }
    }
    if rate > 0 { parts.append("\(amount(Int(rate), progress.isBytes))/s") }
    return parts.joined(separator: "  ")
  }

  private static func amount(_ count: Int, _ isBytes: Bool) -> String {
    guard isBytes else { return count < 10_000 ? "\(count)" : "\(count / 1000)k" }
    return count < 1 << 20 ? "\(count >> 10) KiB" : "\(count >> 20) MiB"
  }

  private static func time(_ seconds: Double) -> String {
    let whole = Int(seconds)
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }
}
