import TestKit
import Testing

/// Every parser meets damaged bytes in a process of its own.
@Suite(.serialized) struct `No bytes make a parser trap, hang or take much memory` {
  @Test(arguments: Ordeals.all.keys.sorted())
  func `damaged input is refused, or is what it encodes to`(_ name: String) async throws {
    let seed = Seed.value
    let directory = try TemporaryDirectory()
    let report = directory.path + "/report"
    await #expect(processExitsWith: .success) {
      [name, seed = seed as UInt64, report = report as String] in
      guard let ordeal = Ordeals.all[name] else { throw TestKitError("no parser \(name)") }
      do { try ordeal.run(seed: seed, report: report) } catch {
        try TextFile.write("a valid sample, or the test itself, failed: \(error)", to: report)
        throw error
      }
    }
    // A process that trapped has said nothing.
    let said = (try? TextFile.read(report)) ?? "it ended without a word"
    #expect(said.hasPrefix("accepted "), "\(name): \(said); \(Seed.hint)")
  }
}
