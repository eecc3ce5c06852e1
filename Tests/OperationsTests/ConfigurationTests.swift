import Foundation
import Operations
import TestKit
import Testing

@Suite struct `The configuration says what is meant, or what is wrong` {
  private static let sample = Site.project + "/Config/lethe.yaml"

  private func sample(_ environment: [String: String] = [:]) throws -> Configuration {
    try Configuration.parse(
      String(contentsOfFile: Self.sample, encoding: .utf8), path: Self.sample,
      environment: environment)
  }

  @Test func `the sample is a configuration`() throws {
    let configuration = try sample()
    #expect(configuration.repository.uploadLimit == 20 << 20)
    #expect(configuration.hooks.onSuccess == ["/usr/local/lib/lethe/on-success"])
    #expect(configuration.hooks.onBrake.count == 4 && configuration.hooks.timeout == 60)
  }

  /// What a section knows is told by the error about a key that it does not.
  @Test(arguments: [
    ("", "tea"), ("repository", "repository:\n  tea: milk"), ("erasure", "erasure:\n  tea: milk"),
    ("brake", "  brake:\n    tea: milk"), ("hooks", "hooks:\n  tea: milk"),
    ("origins", "origins:\n  - tea: milk"),
  ])
  func `the sample has every key`(_ section: String, _ line: String) throws {
    let text = try String(contentsOfFile: Self.sample, encoding: .utf8)
    let head = line.split(separator: "\n")[0]
    let changed =
      section.isEmpty
      ? text + "\ntea: milk\n"
      : text.replacingOccurrences(
        of: head == "origins:" ? "origins:\n  - " : "\n\(head)\n",
        with: head == "origins:" ? "origins:\n  - tea: milk\n    " : "\n\(line)\n")
    let failure = try #require(
      #expect(throws: OperationError.self) {
        _ = try Configuration.parse(changed, path: "lethe.yaml", environment: [:])
      })
    #expect(failure.message.contains("`tea`"), "\(failure.message)")
    let known = try #require(failure.message.components(separatedBy: "known are ").last)
    for key in known.components(separatedBy: ", ") {
      #expect(text.contains("\(key):"), "\(key) is not in the sample")
    }
  }

  @Test func `a variable of the environment comes before the file`() throws {
    let changed = try sample([
      "LETHE_STATE": "/elsewhere", "LETHE_REPOSITORY_CONNECTIONS": "5", "LETHE_INTERVAL": "2h",
      "LETHE_REPOSITORY_UPLOAD_LIMIT": "3K", "LETHE_ERASURE_BRAKE_PERCENT": "7",
      "LETHE_HOOKS_ON_SUCCESS": "/bin/true", "LETHE_CONFIG": "x", "LETHE_ORIGINS": "y",
    ])
    #expect(changed.state == "/elsewhere" && changed.repository.connections == 5)
    #expect(changed.interval == 7200 && changed.repository.uploadLimit == 3072)
    #expect(changed.brake.percent == 7 && changed.hooks.onSuccess == ["/bin/true"])
    let untouched = try sample()
    #expect(changed.origins == untouched.origins && changed.retention == untouched.retention)
  }

  @Test func `a variable makes a section that the file does not have`() throws {
    let site = try Site(messages: 1)
    let text = try String(contentsOfFile: site.configuration, encoding: .utf8)
    let configuration = try Configuration.parse(
      text, path: "lethe.yaml", environment: ["LETHE_ERASURE_HOLD": "5h"])
    #expect(configuration.hold == 5 * 3600)
  }

  @Test(arguments: [
    ("LETHE_INTERVAL", "soon"), ("LETHE_REPOSITORY_CONNECTIONS", "99"),
    ("LETHE_REPOSITORY_UPLOAD_LIMIT", "fast"), ("LETHE_HOOKS_TIMEOUT", "11m"),
  ])
  func `a variable that makes no sense is an error like a key`(_ name: String, _ value: String)
    throws
  {
    let failure = #expect(throws: OperationError.self) { _ = try sample([name: value]) }
    #expect(
      failure?.status == .usage && failure?.message.contains("must be") == true
        || failure?.message.contains("may be") == true)
  }
}
