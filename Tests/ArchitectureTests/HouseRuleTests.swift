import Testing

@Suite struct `The house has rules` {
  /// Generated: a dictionary in base64.
  private static let generated: Set = ["Sources/Compressing/Dictionary1.swift"]

  private func sources() throws -> [SourceFile] {
    try Project.files(in: "Sources").filter { !Self.generated.contains($0.path) }
  }

  @Test func `no file has more than 300 lines`() throws {
    for file in try sources() {
      #expect(file.lines.count <= 301, "\(file.path) has \(file.lines.count - 1) lines")
    }
  }

  @Test func `no function has more than 40 lines`() throws {
    for file in try sources() {
      for (start, count) in functions(in: file) {
        #expect(count <= 40, "\(file.path):\(start) begins a function of \(count) lines")
      }
    }
  }

  /// First lines and line counts of the functions: each ends at a brace as far to the left.
  private func functions(in file: SourceFile) -> [(start: Int, count: Int)] {
    let lines = file.lines
    let declaration = /^( *)([a-z@][A-Za-z()@]* )*(func |init[(?<]|deinit).*/
    return lines.indices.compactMap { start in
      guard let match = lines[start].wholeMatch(of: declaration),
        let opening = lines[start...].firstIndex(where: { $0.hasSuffix("{") || $0.hasSuffix("}") }),
        lines[opening].hasSuffix("{"),
        let end = lines[opening...].firstIndex(of: "\(match.1)}")
      else { return nil }
      // A requirement of a protocol has no body; the brace found is then another function's.
      let isBodiless = lines[start...opening].dropFirst().contains {
        $0.wholeMatch(of: declaration) != nil || $0.isEmpty
      }
      return isBodiless ? nil : (start + 1, end - start + 1)
    }
  }

  @Test func `nothing is forced, left to do or given up`() throws {
    let rules: [(String, Regex<Substring>)] = [
      ("try!", /\btry!/), ("as!", /\bas!/), ("fatalError", /\bfatalError\b/),
      ("force unwrap", /[A-Za-z0-9_)\]]!(?![=A-Za-z])/),
    ]
    for file in try sources() {
      for (index, line) in file.code.enumerated() {
        for (name, rule) in rules {
          #expect(line.firstMatch(of: rule) == nil, "\(file.path):\(index + 1): \(name)")
        }
      }
      for (index, line) in file.lines.enumerated() {
        #expect(!line.contains("TODO") && !line.contains("FIXME"), "\(file.path):\(index + 1)")
      }
    }
  }

  /// Swift sees a directory's entry with room for the longest name, and copies up to 255 bytes too many.
  ///
  /// Foundation's `Process` does so for every open file, and crashes where there are many.
  @Test func `directories are listed by linux_next_name alone`() throws {
    let rules = [/\bd_name\b/, /\breaddir\(/, /\bProcess\(\)/]
    for file in try Project.files(in: "Sources") + Project.files(in: "Tests") {
      for (index, line) in file.code.enumerated() where !file.path.contains("ArchitectureTests") {
        #expect(
          rules.allSatisfy { line.firstMatch(of: $0) == nil }, "\(file.path):\(index + 1)")
      }
    }
  }

  /// Names that would tell a reader nothing.
  @Test func `files are named for one noun`() throws {
    for file in try sources() {
      let name = file.path.split(separator: "/").last ?? ""
      for word in ["Util", "Helper", "Manager", "Impl", "Misc", "Common"] {
        #expect(!name.contains(word), "\(file.path)")
      }
    }
  }
}

@Suite struct `What can be seen from outside is explained` {
  @Test(arguments: [
    "Compressing", "Files", "Format", "Operations", "Origins", "Postgres", "Querying", "Repository",
    "Sealing", "Storing", "lethe",
  ])
  func `declarations have doc comments`(_ module: String) throws {
    let bare = try Project.files(in: "Sources/\(module)").flatMap { undocumented(in: $0) }
    #expect(bare.isEmpty, "\(bare.joined(separator: "\n"))")
  }

  private func undocumented(in file: SourceFile) -> [String] {
    let lines = file.lines
    return lines.indices.compactMap { index in
      let words = lines[index].split(separator: " ")
      guard let first = words.first, ["package", "public"].contains(first),
        words.count > 1, words[1] != "import"
      else { return nil }
      let above = lines[..<index].last { !$0.drop(while: { $0 == " " }).hasPrefix("@") } ?? ""
      let isDocumented = above.drop { $0 == " " }.hasPrefix("///")
      return isDocumented ? nil : "\(file.path):\(index + 1)"
    }
  }
}

@Suite struct `The code cites the specification` {
  private static let article = "Sources/Format/Format.docc/RepositoryFormat.md"

  @Test func `every clause that is cited exists`() throws {
    let clause = /\[(F-[A-Z]+(?:-[0-9]+)?)\]/
    let defined = Set(
      try Project.text(Self.article).matches(of: /\*\*\[(F-[A-Z]+(?:-[0-9]+)?)\]\*\*/)
        .map { String($0.1) })
    #expect(!defined.isEmpty)
    for file in try Project.files(in: "Sources") {
      for (index, line) in file.lines.enumerated() {
        for cited in line.matches(of: clause).map({ String($0.1) }) {
          // A chapter is cited by the part before the number.
          let exists = defined.contains(cited) || defined.contains { $0.hasPrefix("\(cited)-") }
          #expect(exists, "\(file.path):\(index + 1) cites [\(cited)], which is not in the article")
        }
      }
    }
  }

  @Test func `every clause is cited by some source`() throws {
    let sources = try Project.files(in: "Sources").flatMap(\.lines).joined(separator: "\n")
    let defined = try Project.text(Self.article).matches(of: /\*\*\[(F-[A-Z]+-[0-9]+)\]\*\*/)
    for clause in defined.map({ String($0.1) }) {
      #expect(sources.contains("[\(clause)]"), "no source cites [\(clause)]")
    }
  }
}
