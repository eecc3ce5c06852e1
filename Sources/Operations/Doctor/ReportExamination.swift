internal import Foundation

/// What comes from the server and goes to monitoring beside the backups: the inbox and the metrics.
struct ReportExamination {
  private let configuration: Configuration

  init(_ configuration: Configuration) { self.configuration = configuration }

  func diagnoses() -> [Diagnosis] { inbox + metrics }

  private var inbox: [Diagnosis] {
    let path = configuration.inbox
    guard let status = PathStatus(path) else {
      return [
        .notice(
          .reports, "there is no inbox \(path): deletions are learned from the lists of accounts",
          remedy: "install the server's module (Config/modules) to learn of each at once")
      ]
    }
    guard status.isDirectory else {
      return [.critical(.reports, "\(path) is no directory", remedy: "move it away")]
    }
    guard status.mode & 0o002 == 0 else {
      return [
        .critical(
          .reports,
          "everybody may write into \(path) (mode \(status.modeText)) and report anybody deleted",
          remedy: "chmod o-w \(path), and let the server's user own it")
      ]
    }
    guard access(path, R_OK | W_OK | X_OK) == 0 else {
      return [
        .critical(
          .reports, "\(path) belongs to \(status.owner) and cannot be emptied from here",
          remedy: "run as root, or give this user's group the right to it: chmod 770")
      ]
    }
    return [.fine(.reports, "the inbox \(path) belongs to \(status.owner)")]
  }

  private var metrics: [Diagnosis] {
    guard let path = configuration.metrics else { return [] }
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard access(directory, W_OK | X_OK) == 0 else {
      return [
        .warning(
          .reports, "the metrics \(path) cannot be written: \(String(cString: strerror(errno)))",
          remedy: "install -d -m 755 \(directory), or remove `metrics` from the configuration")
      ]
    }
    return [.fine(.reports, "metrics are written to \(path)")]
  }
}
