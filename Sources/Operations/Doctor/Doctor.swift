package import Storing

/// Looks at everything that backups depend on, before it fails, and says how to mend it.
///
/// It takes no lock and changes nothing, but for an object of its own in the repository's `tmp`, which it
/// removes.
package struct Doctor: Sendable {
  private let configuration: Configuration
  private let store: any Store
  private let now: Int64

  /// `now` is in milliseconds since 1970.
  package init(_ configuration: Configuration, store: any Store, now: Int64) {
    self.configuration = configuration
    self.store = store
    self.now = now
  }

  /// Examines everything; `kit` is where the kit can be seen at the moment, if anywhere.
  package func run(kit: KitDirectory?) async -> DoctorReport {
    var diagnoses = HostExamination().diagnoses()
    diagnoses += ConfigurationExamination(configuration).diagnoses()
    diagnoses += StateExamination(configuration).diagnoses()
    diagnoses += await OriginExamination(configuration).diagnoses()
    diagnoses += ReportExamination(configuration).diagnoses()
    diagnoses += await RepositoryExamination(configuration, store: store, now: now).diagnoses()
    diagnoses += KitExamination(configuration, now: now).diagnoses(kit)
    return DoctorReport(diagnoses)
  }
}
