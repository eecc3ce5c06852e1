import Glibc
import TestKit

/// One parser and what valid input for it looks like.
struct Ordeal: Sendable {
  /// The number of damaged inputs that each parser is given.
  static let inputCount = 100_000

  /// The most that the process may grow by, whatever the inputs claim.
  private static let maximumGrowth = 64 << 20

  /// The longest that one input may take, in seconds of processor time.
  private static let patience = 1.0

  let name: String
  var inputCount = Ordeal.inputCount
  /// Makes the samples that are then damaged.
  let samples: @Sendable (inout SeededRandom) throws -> [[UInt8]]
  /// Parses; gives what the value encodes to, which must be the input, or nil where that is not asked.
  let parse: @Sendable ([UInt8]) throws -> [UInt8]?

  /// Runs in a process of its own and ends it with 0 if all went well.
  ///
  /// A trap, a hang or a large allocation there is this parser's and nobody else's.
  func run(seed: UInt64, report: String) throws -> Never {
    var random = SeededRandom(seed: seed)
    let samples = try samples(&random)
    for sample in samples { try check(sample, try parse(sample), report) }
    var mutator = Mutator(samples, random: random)
    let before = try Self.residentByteCount("VmRSS:")
    var acceptedCount = 0
    for index in 0..<inputCount {
      let input = mutator.next()
      let start = Self.processorSeconds()
      do {
        try check(input, try parse(input), report)
        acceptedCount += 1
      } catch {}
      let time = Self.processorSeconds() - start
      if time > Self.patience { try fail("input \(index) took \(time) s", input, report) }
    }
    let growth = try Self.residentByteCount("VmHWM:") - before
    if growth > Self.maximumGrowth {
      try fail("the process grew by \(growth >> 20) MiB", [], report)
    }
    try TextFile.write("accepted \(acceptedCount), grew by \(growth >> 10) KiB", to: report)
    exit(0)
  }

  private func check(_ input: [UInt8], _ encoded: [UInt8]?, _ report: String) throws {
    guard let encoded, encoded != input else { return }
    try fail("a value encodes to other bytes than it was read from: \(encoded)", input, report)
  }

  private func fail(_ reason: String, _ input: [UInt8], _ report: String) throws -> Never {
    try TextFile.write("\(reason); input \(input)", to: report)
    exit(1)
  }

  private static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// A figure of the process's memory, as the kernel tells it.
  private static func residentByteCount(_ key: String) throws -> Int {
    let status = try TextFile.read("/proc/self/status")
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
      let kibibytes = Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" })[1])
    else { throw TestKitError("no \(key) in /proc/self/status") }
    return kibibytes << 10
  }
}
