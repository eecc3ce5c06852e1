internal import Origins

/// The configuration file, the files it names, and what its values mean together.
struct ConfigurationExamination {
  private let configuration: Configuration

  init(_ configuration: Configuration) { self.configuration = configuration }

  func diagnoses() -> [Diagnosis] {
    [file] + identity + profiles + times + provider
  }

  /// Who may write the configuration says which programs run, and as whom.
  private var file: Diagnosis {
    let path = configuration.path
    guard let status = PathStatus(path), status.mode & 0o022 != 0 else {
      return .fine(.configuration, "\(path) is well-formed, and nobody else may write it")
    }
    return .critical(
      .configuration,
      "\(path) may be written by others (mode \(status.modeText)), who can then have any program run",
      remedy: "chmod go-w \(path)")
  }

  private var identity: [Diagnosis] {
    guard let path = configuration.repository.identity else { return [] }
    guard let status = PathStatus(path) else {
      return [
        .critical(
          .configuration, "the identity \(path) does not exist",
          remedy: "ssh-keygen -t ed25519 -N '' -f \(path), and add \(path).pub to the "
            + "authorized_keys on the backup host")
      ]
    }
    guard status.mode & 0o077 != 0 else {
      return [.fine(.configuration, "the identity \(path) is its owner's alone")]
    }
    return [
      .critical(
        .configuration,
        "the identity \(path) may be read by others than \(status.owner) (mode \(status.modeText))",
        remedy: "chmod 600 \(path); make a new one if somebody may have read it")
    ]
  }

  private var profiles: [Diagnosis] {
    configuration.origins.compactMap { origin in
      do {
        _ = try Profile.load(origin.profile, from: configuration.profileDirectories)
        return nil
      } catch { return .critical(.configuration, error) }
    }
  }

  private var times: [Diagnosis] {
    let (interval, retention) = (configuration.interval, configuration.retention)
    guard retention < 2 * interval else { return [] }
    return [
      .warning(
        .configuration,
        "retention is less than two intervals: one run that is missed leaves a single snapshot",
        remedy: "raise `retention`, or lower `interval` and run `lethe backup` more often")
    ]
  }

  /// Storage whose own copies outlive what Lethe removes.
  private static let providers = [
    "rsync.net": "keeps snapshots of its file system for days",
    "your-storagebox.de": "can take snapshots of the box, which keep what was removed",
    "hetzner.com": "can take snapshots of the box, which keep what was removed",
  ]

  private var provider: [Diagnosis] {
    Self.providers.filter { configuration.repository.url.contains($0.key) }.map { name, habit in
      .notice(
        .configuration, "\(name) \(habit)",
        remedy: "destroyed keys are still destroyed there once the kit is advanced (`lethe kit "
          + "advance`); for the promise of fourteen days keep the provider's copies shorter or off")
    }
  }
}
