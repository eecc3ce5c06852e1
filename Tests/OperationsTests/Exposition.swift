import Foundation

/// Metrics in the text format of Prometheus, taken apart without any lenience.
struct Exposition {
  /// What is wrong with the text.
  struct Objection: Error, Equatable {
    let line: String
  }

  /// Values by the name with its labels.
  private(set) var values: [String: Int] = [:]
  /// Names without labels.
  private(set) var families: Set<String> = []

  /// Every family has its help, its type and at least one sample, in this order and once.
  init(_ text: String) throws {
    guard text.hasSuffix("\n") else { throw Objection(line: "the end") }
    var lines = text.dropLast().components(separatedBy: "\n")[...]
    while let head = lines.popFirst() {
      let help = /# HELP ([a-z][a-z0-9_]*) (\S.*)/
      guard let name = try help.wholeMatch(in: head)?.1, !families.contains(String(name)) else {
        throw Objection(line: head)
      }
      families.insert(String(name))
      guard let type = lines.popFirst(), type == "# TYPE \(name) gauge" else {
        throw Objection(line: head)
      }
      let before = values.count
      while let line = lines.first, !line.hasPrefix("#") {
        try take(line, of: String(name))
        lines.removeFirst()
      }
      guard values.count > before else { throw Objection(line: head) }
    }
  }

  private mutating func take(_ line: String, of name: String) throws {
    let label = "[a-z]+=\"([^\"\\\\\n]|\\\\[\\\\\"n])*\""
    let sample = try Regex("([a-z0-9_]+(\\{\(label)(,\(label))*\\})?) (-?[0-9]+)")
    guard let match = try sample.wholeMatch(in: line),
      let key = match[1].substring, key == name || key.hasPrefix(name + "{"),
      let value = (match.output.last?.substring).flatMap({ Int($0) }), values[String(key)] == nil
    else { throw Objection(line: line) }
    values[String(key)] = value
  }
}
