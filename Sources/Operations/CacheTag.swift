internal import Foundation

/// Tells other backups of the machine that a directory is not worth copying, as many understand it.
///
/// Copies of the agent's state would keep the keys of people who were erased since.
enum CacheTag {
  /// The name that they look for.
  static let fileName = "CACHEDIR.TAG"
  /// How the file begins, by the convention of bford.info/cachedir.
  static let signature = "Signature: 8a477f597d28d172789f06886806bc55"

  /// Marks a directory; that it cannot be done is no failure, `doctor` says so.
  static func mark(_ directory: String) {
    guard !FileManager.default.fileExists(atPath: "\(directory)/\(fileName)") else { return }
    let text = signature + "\n# The state of Lethe, which no other backup should copy.\n"
    try? text.write(toFile: "\(directory)/\(fileName)", atomically: false, encoding: .utf8)
  }
}
