package import Glibc

/// Whole small files, for fixtures.
package enum TextFile {
  /// Writes the text, replacing what was there.
  package static func write(_ text: String, to path: String, mode: mode_t = 0o600) throws {
    guard let file = fopen(path, "w") else { throw TestKitError("cannot write \(path)") }
    fputs(text, file)
    fclose(file)
    chmod(path, mode)
  }

  /// Reads a file of at most 64 KiB.
  package static func read(_ path: String) throws -> String {
    guard let file = fopen(path, "r") else { throw TestKitError("cannot read \(path)") }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
