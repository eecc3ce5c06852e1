import Glibc

/// The seed of a test's random values: new for every process, or `LETHE_TEST_SEED` to repeat one.
package enum Seed {
  /// The seed of this process; tests name it in what they say when they fail.
  package static let value: UInt64 = {
    if let text = getenv("LETHE_TEST_SEED"), let value = UInt64(String(cString: text)) {
      return value
    }
    return UInt64.random(in: 0..<1 << 32)
  }()

  /// What to say of a failure so that it can be repeated.
  package static var hint: String { "repeat with LETHE_TEST_SEED=\(value)" }

  /// A generator for one test, different from every other purpose's.
  package static func generator(_ purpose: String) -> SeededRandom {
    SeededRandom(seed: purpose.utf8.reduce(value) { $0 &* 31 &+ UInt64($1) })
  }
}
