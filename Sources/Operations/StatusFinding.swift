/// Something that `status` reports.
package struct StatusFinding: Sendable, Codable, Equatable {
  /// How bad it is, least first.
  package enum Severity: String, Sendable, Codable, CaseIterable, Comparable {
    /// Worth knowing; the state stays OK.
    case notice
    /// Look at it today.
    case warning
    /// Look at it now.
    case critical
    /// Nothing can be said.
    case unknown

    /// Orders by how bad it is.
    package static func < (one: Self, other: Self) -> Bool {
      (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
    }
  }

  /// How bad it is.
  package let severity: Severity
  /// The word for machines.
  package let kind: String
  /// What is wrong, which names nobody.
  package let message: String
  /// What to do about it.
  package let remedy: String

  init(_ severity: Severity, _ kind: String, _ message: String, remedy: String) {
    self.severity = severity
    self.kind = kind
    self.message = message
    self.remedy = remedy
  }
}

/// The sum of all findings.
package enum StatusState: String, Sendable, CaseIterable {
  case ok, warning, critical, unknown

  /// The exit status of `status`, as Nagios has it.
  package var code: Int32 {
    switch self {
    case .ok: 0
    case .warning: 1
    case .critical: 2
    case .unknown: 3
    }
  }

  init(_ findings: [StatusFinding]) {
    switch findings.map(\.severity).max() {
    case nil, .notice: self = .ok
    case .warning: self = .warning
    case .critical: self = .critical
    case .unknown: self = .unknown
    }
  }
}
