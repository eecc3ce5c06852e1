import TestKit
import Testing

/// Every parser meets damaged bytes in a process of its own.
@Suite(.serialized) struct `No bytes make a parser trap, hang or take much memory` {
  @Test(arguments: Ordeals.all.keys.sorted())
  func `damaged input is refused, or is what it encodes to`(_ name: String) async throws {
    let seed = Seed.value
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      [name, seed = seed as UInt64] in
      guard let ordeal = Ordeals.all[name] else { throw TestKitError("no parser \(name)") }
      try ordeal.run(seed: seed)
    }
    let said = String(decoding: result?.standardErrorContent.suffix(4000) ?? [], as: UTF8.self)
    #expect(said.contains(" accepted, grew by "), "\(name): \(said); \(Seed.hint)")
  }
}
