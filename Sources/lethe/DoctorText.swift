import Operations
import Origins

/// What `doctor` says to people, in 80 columns.
enum DoctorText {
  private static let width = 80

  /// The findings by area, each with its remedy, then the sum.
  static func lines(_ report: DoctorReport) -> [String] {
    var lines: [String] = []
    var area: Diagnosis.Area?
    for diagnosis in report.diagnoses {
      if diagnosis.area != area {
        if area != nil { lines.append("") }
        lines.append(diagnosis.area.rawValue)
        area = diagnosis.area
      }
      lines += wrapped(diagnosis.message, after: "  " + Amount.left(diagnosis.verdict.rawValue, 9))
      if let remedy = diagnosis.remedy {
        lines += wrapped(remedy, after: Amount.left("", 11) + "remedy: ")
      }
    }
    return lines + ["", sum(report)]
  }

  private static func sum(_ report: DoctorReport) -> String {
    func count(_ verdict: Diagnosis.Verdict) -> Int {
      report.diagnoses.filter { $0.verdict == verdict }.count
    }
    let verdicts = Diagnosis.Verdict.allCases.reversed().filter { $0 != .fine && count($0) > 0 }
    let wrong = verdicts.map { "\(count($0)) \($0.rawValue)" }.joined(separator: ", ")
    return "\(report.diagnoses.count) things looked at: " + (wrong.isEmpty ? "all fine" : wrong)
  }

  /// Words in lines of at most 80 columns, the first after a head, the others below the first word.
  ///
  /// A word that is longer, such as a path or a key, has a line of its own.
  private static func wrapped(_ text: String, after head: String) -> [String] {
    var lines: [String] = []
    var line = head
    var isEmpty = true
    for word in text.split(whereSeparator: \.isWhitespace) {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = Amount.left("", head.count)
        isEmpty = true
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    return lines + [line]
  }

  /// A table for each origin: what a rule gives to whom.
  static func lines(_ report: ProfileReport) -> [String] {
    let foot = "remains: left by accounts that do not exist any more; no snapshot has them"
    return report.origins.flatMap(table) + [foot]
  }

  private static func table(_ origin: ProfileReport.Origin) -> [String] {
    let schema = origin.schema.map { ", schema \($0)" } ?? ""
    var lines = ["\(origin.name): profile \(origin.profile)\(schema)"]
    lines.append(row("", "rule", ["of accounts", "accounts", "shared", "remains"]))
    for tally in origin.rules {
      let counts = [tally.live, tally.people, tally.shared, tally.remains].map(String.init)
      lines.append(row(tally.subject, tally.rule.rawValue, counts))
      if let expression = tally.expression { lines += wrapped(expression, after: "    owner: ") }
    }
    return lines + [""]
  }

  private static func row(_ subject: String, _ rule: String, _ counts: [String]) -> String {
    var line = Amount.left("  " + subject, 27) + " " + Amount.left(rule, 9)
    for count in counts { line += " " + Amount.right(count, count.count > 9 ? 11 : 10) }
    return line
  }
}
