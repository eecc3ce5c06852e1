/// What `doctor` says of one thing that it looked at.
package struct Diagnosis: Sendable, Codable, Equatable {
  /// Where the thing belongs, in the order in which it is told.
  package enum Area: String, Sendable, Codable, CaseIterable {
    case host, configuration, state, origins, reports, repository, kit
  }

  /// How bad it is, least first.
  package enum Verdict: String, Sendable, Codable, CaseIterable, Comparable {
    /// As it should be.
    case fine
    /// Worth knowing; nothing need be done.
    case notice
    /// Works today, and will not always.
    case warning
    /// Backups, restores or promises fail until it is mended.
    case critical

    /// Orders by how bad it is.
    package static func < (one: Self, other: Self) -> Bool {
      (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
    }
  }

  /// Where the thing belongs.
  package let area: Area
  /// How bad it is.
  package let verdict: Verdict
  /// What was seen, as a sentence that names nobody.
  package let message: String
  /// What to do; nil where all is as it should be.
  package let remedy: String?

  private init(_ area: Area, _ verdict: Verdict, _ message: String, _ remedy: String?) {
    (self.area, self.verdict, self.message, self.remedy) = (area, verdict, message, remedy)
  }

  /// A thing as it should be.
  static func fine(_ area: Area, _ message: String) -> Diagnosis {
    Diagnosis(area, .fine, message, nil)
  }

  /// A thing to know.
  static func notice(_ area: Area, _ message: String, remedy: String) -> Diagnosis {
    Diagnosis(area, .notice, message, remedy)
  }

  /// A thing that will not always work.
  static func warning(_ area: Area, _ message: String, remedy: String) -> Diagnosis {
    Diagnosis(area, .warning, message, remedy)
  }

  /// A thing that does not work.
  static func critical(_ area: Area, _ message: String, remedy: String) -> Diagnosis {
    Diagnosis(area, .critical, message, remedy)
  }

  /// A thing that does not work, as an error says.
  static func critical(_ area: Area, _ error: any Error) -> Diagnosis {
    let (cause, remedy) = OperationError(error).parts
    return Diagnosis(area, .critical, cause, remedy ?? "mend that and run `lethe doctor` again")
  }
}

/// All that `doctor` found; its JSON.
package struct DoctorReport: Sendable, Codable, Equatable {
  /// The worst of all verdicts.
  package let verdict: Diagnosis.Verdict
  /// By area.
  package let diagnoses: [Diagnosis]

  init(_ diagnoses: [Diagnosis]) {
    verdict = diagnoses.map(\.verdict).max() ?? .fine
    self.diagnoses = Diagnosis.Area.allCases.flatMap { area in
      diagnoses.filter { $0.area == area }
    }
  }
}
