import Foundation
import TestKit
import Testing

/// A file of commands, what they must print, and their exit statuses, as a reader sees them.
///
/// A line `$ …` is a command for the shell; those below it, up to the next or to an empty line, are what
/// it prints on both streams, where `…` stands for whatever is there; `[12]` at the end is its status, and
/// none is 0. Other lines are words for the reader. Commands run in a directory with a site, whose
/// configuration is `lethe.yaml`.
private struct Transcript {
  struct Call {
    let lineNumber: Int
    let command: String
    var expected: [String] = []
  }

  static let directory = Site.project + "/Tests/CommandTests/Transcripts"

  static var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [])
      .filter { $0.hasSuffix(".txt") }.sorted()
  }

  let calls: [Call]

  init(_ name: String) throws {
    var calls: [Call] = []
    var isInside = false
    let lines = try TextFile.read(Self.directory + "/" + name)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for (index, line) in lines.enumerated() {
      if line.hasPrefix("$ ") {
        calls.append(Call(lineNumber: index + 1, command: String(line.dropFirst(2))))
        isInside = true
      } else if line.isEmpty {
        isInside = false
      } else if isInside, !calls.isEmpty {
        calls[calls.count - 1].expected.append(line)
      }
    }
    self.calls = calls
  }

  /// Runs a command as a reader would, and gives its lines and its status as a transcript has them.
  static func said(_ command: String, in site: Site) throws -> [String] {
    let path = site.directory.path + "/said"
    let script = "cd \(site.directory.path) && { \(command)\n} </dev/null >said 2>&1"
    let bin = URL(fileURLWithPath: Tool.path).deletingLastPathComponent().path
    let status = try ChildProcess.run([
      "env", "-i", "PATH=\(bin):/usr/bin:/bin", "HOME=/root", "LETHE_CONFIG=lethe.yaml",
      "bash", "-c", script,
    ])
    let lines = try TextFile.read(path).replacingOccurrences(of: site.directory.path, with: "SITE")
      .split(separator: "\n").map(String.init)
    return lines + (status == 0 ? [] : ["[\(status)]"])
  }

  /// Whether a line is what was expected; `…` stands for anything.
  static func fits(_ line: String, _ pattern: String) -> Bool {
    let parts = pattern.components(separatedBy: "…")
    guard parts.count > 1, let first = parts.first, let last = parts.last else {
      return line == pattern
    }
    guard line.hasPrefix(first), line.hasSuffix(last), line.count >= first.count + last.count
    else { return false }
    var rest = line.dropFirst(first.count).dropLast(last.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.range(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }
}

@Suite struct `What a reader sees is what the transcripts say` {
  @Test(arguments: Transcript.names)
  func `a transcript`(_ name: String) throws {
    let site = try Site(messages: 20)
    let transcript = try Transcript(name)
    #expect(!transcript.calls.isEmpty)
    for call in transcript.calls {
      let said = try Transcript.said(call.command, in: site)
      let fits =
        said.count == call.expected.count
        && zip(said, call.expected).allSatisfy(Transcript.fits)
      #expect(
        fits,
        """
        \(name):\(call.lineNumber): $ \(call.command)
        expected:
        \(call.expected.joined(separator: "\n"))
        said:
        \(said.joined(separator: "\n"))
        """)
      guard fits else { return }
    }
  }

  @Test func `there are transcripts, and a placeholder matches no more than it must`() {
    #expect(Transcript.names.count >= 5)
    #expect(Transcript.fits("a b c", "a … c") && Transcript.fits("a  c", "a … c"))
    #expect(!Transcript.fits("a c", "a … c") && !Transcript.fits("a b d", "a … c"))
    #expect(!Transcript.fits("abc", "ab") && Transcript.fits("one two three", "…two…"))
  }
}
