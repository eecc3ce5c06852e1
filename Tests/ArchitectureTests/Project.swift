import Foundation

/// One Swift file of the project, as text.
struct SourceFile: Sendable {
  /// The path below the project's root.
  let path: String
  let lines: [String]

  /// The module whose folder holds it.
  var module: String { String(path.split(separator: "/")[1]) }

  /// The modules that it imports, with the number of each line.
  var imports: [(module: String, line: Int)] {
    lines.enumerated().compactMap { index, line in
      let words = line.split(separator: " ")
      guard let position = words.firstIndex(of: "import"), position < words.count - 1,
        words[..<position].allSatisfy({ Self.modifiers.contains(String($0)) })
      else { return nil }
      return (String(words[position + 1]), index + 1)
    }
  }

  private static let modifiers: Set = [
    "package", "public", "internal", "private", "fileprivate", "@testable",
  ]

  /// The lines without comments and without what stands in quotes, so that only code is left.
  var code: [String] {
    var isInText = false
    return lines.map { line in
      let quotes = line.components(separatedBy: "\"\"\"").count - 1
      defer { if quotes == 1 { isInText.toggle() } }
      if isInText || quotes > 0 { return "" }
      let pieces = line.replacing("\\\"", with: "").components(separatedBy: "\"")
      let unquoted = pieces.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        .joined(separator: "\"")
      return unquoted.components(separatedBy: "//")[0]
    }
  }
}

/// The project that these tests are part of.
enum Project {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// Every Swift file below a folder of the project, sorted by path.
  static func files(in folder: String) throws -> [SourceFile] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)")
    return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
      SourceFile(
        path: "\(folder)/\(path)",
        lines: try text("\(folder)/\(path)").components(separatedBy: "\n"))
    }
  }

  /// The text of a file of the project.
  static func text(_ path: String) throws -> String {
    try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
  }
}
