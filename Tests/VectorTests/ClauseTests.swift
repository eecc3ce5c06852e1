import Foundation
import Testing

@Suite struct `Code and specification name the same clauses` {
  private static let root = Vector.directory.deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func clauses() throws -> Set<String> {
    let article = root.appendingPathComponent("Sources/Format/Format.docc/RepositoryFormat.md")
    let text = try String(contentsOf: article, encoding: .utf8)
    return Set(text.matches(of: /\*\*\[(F-[A-Z]+(-[0-9]+)?)\]\*\*/).map { String($0.1) })
  }

  @Test func `every clause that the code cites is in the article`() throws {
    let clauses = try Self.clauses()
    #expect(clauses.count >= 40)
    let sources = Self.root.appendingPathComponent("Sources")
    let walk = try #require(FileManager.default.enumerator(atPath: sources.path))
    var cited: Set<String> = []
    for case let path as String in walk where path.hasSuffix(".swift") {
      let text = try String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
      for match in text.matches(of: /\[(F-[A-Z]+(-[0-9]+)?)\]/) {
        cited.insert(String(match.1))
        #expect(clauses.contains(String(match.1)), "\(path)")
      }
    }
    #expect(clauses.subtracting(cited) == [], "clauses that no code cites")
  }

  @Test func `every clause that a vector cites is in the article`() throws {
    let clauses = try Self.clauses()
    for vector in Vector.all {
      let clause = try vector.text("clause")
      #expect(clauses.contains(clause), "\(vector.name)")
    }
  }
}
