internal import Foundation
internal import Format
internal import Repository

/// The kit: how far behind it is, and where it lies.
struct KitExamination {
  private let configuration: Configuration
  private let now: Int64

  /// `now` is in milliseconds since 1970.
  init(_ configuration: Configuration, now: Int64) {
    self.configuration = configuration
    self.now = now
  }

  private static let day: Int64 = 86_400_000

  func diagnoses(_ directory: KitDirectory?) -> [Diagnosis] {
    let state = try? AgentState(reading: configuration.state)
    return (state.map(age) ?? []) + (directory.map { look(at: $0, state) } ?? [])
  }

  /// Whoever was erased since the last advance is beyond everybody but the holder of the kit.
  private func age(_ state: AgentState) -> [Diagnosis] {
    guard let erasures = try? state.erasures() else { return [] }
    let waiting = erasures.filter { !$0.erasure.isHeld && $0.beyondKit == nil }
    guard let oldest = waiting.compactMap(\.erasure.destroyed).min() else {
      return [.fine(.kit, "no erasure waits for the kit to be advanced")]
    }
    let message =
      "\(waiting.count) erasures are not yet beyond the kit, the oldest since "
      + Elapsed.text(now - oldest)
    let remedy = "take the epoch half out of its drawer and run `lethe kit advance --kit DIR`"
    // A season.
    return [
      now - oldest > 90 * Self.day
        ? .warning(.kit, message, remedy: remedy) : .notice(.kit, message, remedy: remedy)
    ]
  }

  private func look(at directory: KitDirectory, _ state: AgentState?) -> [Diagnosis] {
    var found: [Diagnosis] = []
    for half in KitFile.Half.allCases {
      let path = "\(directory.path)/\(half.fileName)"
      guard let status = PathStatus(path) else {
        found.append(
          .critical(
            .kit, "\(path) is missing: without both halves nothing can be restored",
            remedy: "fetch it from where it is kept, and look for the second copy"))
        continue
      }
      if status.mode & 0o077 != 0 {
        found.append(
          .critical(
            .kit, "\(path) may be read by others (mode \(status.modeText))",
            remedy: "chmod 600 \(path)"))
      }
      found += belongs(path, state)
    }
    if let kit = PathStatus(directory.path), let here = PathStatus(configuration.path),
      kit.shares(with: here)
    {
      found.append(
        .warning(
          .kit, "the kit lies on this machine's own disk: who breaks in here has it",
          remedy: "move both halves off this machine, each in two copies; the static one may be "
            + "printed"
        ))
    }
    return found.isEmpty ? [.fine(.kit, "both halves are there, and of this repository")] : found
  }

  private func belongs(_ path: String, _ state: AgentState?) -> [Diagnosis] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let file = try? KitFile.decode(text)
    else {
      return [
        .critical(
          .kit, "\(path) is damaged",
          remedy: "replace it by the other copy, and make a second "
            + "again")
      ]
    }
    guard let known = try? state?.required(.repository), known != file.repository.bytes else {
      return []
    }
    return [
      .critical(
        .kit, "\(path) is of another repository", remedy: "fetch the kit that belongs to this one")
    ]
  }
}
