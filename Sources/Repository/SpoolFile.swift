internal import Foundation

/// Reads and writes a pack in a file without a second copy of it in memory.
enum SpoolFile {
  /// Replaces what the file holds.
  static func write(_ bytes: [UInt8], to path: String) throws {
    try bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return try Data().write(to: url(path)) }
      let data = Data(
        bytesNoCopy: UnsafeMutableRawPointer(mutating: base), count: buffer.count,
        deallocator: .none)
      try data.write(to: url(path))
    }
  }

  /// All that the file holds.
  static func read(_ path: String) throws -> [UInt8] {
    let file = try FileHandle(forReadingFrom: url(path))
    defer { try? file.close() }
    let byteCount = Int(try file.seekToEnd())
    try file.seek(toOffset: 0)
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
      while count < byteCount {
        let step = Foundation.read(
          file.fileDescriptor, output.baseAddress?.advanced(by: count), byteCount - count)
        if step < 0, errno == EINTR { continue }
        if step <= 0 {
          failure = step < 0 ? errno : EIO
          return
        }
        count += step
      }
    }
    guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EIO) }
    return bytes
  }

  private static func url(_ path: String) -> URL { URL(fileURLWithPath: path) }
}
