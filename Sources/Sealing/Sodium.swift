internal import CSodium

/// The gate to libsodium: its guarded memory aborts the process when used before `sodium_init`.
enum Sodium {
  private static let isStarted = sodium_init() >= 0

  /// Called before the first use of every other function here.
  static func start() {
    precondition(isStarted, "libsodium could not be initialised")
  }
}

/// Randomness of the operating system.
package enum Random {
  /// Bytes that nobody can predict, fit for keys; the process ends where the system has none.
  package static func bytes(_ count: Int) -> [UInt8] {
    Sodium.start()
    var bytes = [UInt8](repeating: 0, count: count)
    randombytes_buf(&bytes, count)
    return bytes
  }
}
