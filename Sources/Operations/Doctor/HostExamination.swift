internal import Foundation

/// The machine and the process: who runs, what is kept from the swap, what starts the runs.
struct HostExamination {
  func diagnoses() -> [Diagnosis] { [user, memory, timer].compactMap { $0 } }

  private var user: Diagnosis {
    let user = geteuid()
    guard user != 0 else {
      return .fine(.host, "runs as root, and opens each database as the owner of its file")
    }
    return .notice(
      .host, "runs as \(PathStatus.name(of: user)), which must own every database it reads",
      remedy: "as root it reads databases of several owners; nothing need be done if all are this "
        + "user's")
  }

  /// Keys lie in locked memory; beyond the limit they may reach the swap.
  private var memory: Diagnosis? {
    var limit = rlimit()
    let swaps = (try? String(contentsOfFile: "/proc/swaps", encoding: .utf8)) ?? ""
    let hasSwap = swaps.split(separator: "\n").count > 1
    guard getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit) == 0 else { return nil }
    // A few thousand secrets, each on pages of its own between guards.
    let needed: rlim_t = 8 << 20
    guard hasSwap, limit.rlim_cur < needed, geteuid() != 0 else {
      return .fine(.host, hasSwap ? "keys are kept from the swap" : "there is no swap")
    }
    return .warning(
      .host,
      "this user may lock \(limit.rlim_cur >> 10) KiB of memory; keys beyond may be "
        + "swapped out",
      remedy: "set `LimitMEMLOCK=64M` in the service, or `ulimit -l 65536`")
  }

  private static let timers = [
    "/etc/systemd/system/timers.target.wants/lethe.timer",
    "/run/systemd/system/timers.target.wants/lethe.timer",
  ]

  /// Whether something starts the runs: a timer of the system's manager, or a table of cron's.
  private var timer: Diagnosis {
    if Self.timers.contains(where: FileManager.default.fileExists) {
      return .fine(.host, "lethe.timer is enabled")
    }
    if Self.crontabs.contains(where: { Self.mentions($0) }) {
      return .fine(.host, "cron runs `lethe backup`")
    }
    return .warning(
      .host, "no timer starts `lethe backup` here",
      remedy: "run `systemctl enable --now lethe.timer`, or run it from cron every four hours; "
        + "ignore "
        + "this on a machine that only restores")
  }

  private static var crontabs: [String] {
    ["/etc/cron.d", "/var/spool/cron/crontabs"].flatMap { directory in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      return names.map { "\(directory)/\($0)" }
    } + ["/etc/crontab"]
  }

  private static func mentions(_ path: String) -> Bool {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return false }
    return text.split(separator: "\n").contains { line in
      !line.hasPrefix("#") && line.contains("lethe") && line.contains("backup")
    }
  }
}
