internal import Foundation

/// Reads a file line by line, from its beginning to its end.
final class LineReader {
  private let handle: FileHandle
  private var buffer: [UInt8] = []
  private var position = 0

  private static let bufferByteCount = 1 << 20

  init?(path: String) {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    self.handle = handle
  }

  /// Reads more behind what is there; false at the end of the file.
  private func fill() throws -> Bool {
    if position > 0 {
      buffer.removeFirst(position)
      position = 0
    }
    guard let more = try handle.read(upToCount: Self.bufferByteCount), !more.isEmpty else {
      return false
    }
    buffer += more
    return true
  }

  /// The next line with the line feed that ends it; nil at the end.
  func line() throws -> [UInt8]? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { position = end + 1 }
        return Array(buffer[position...end])
      }
      let seen = buffer.count - position
      guard try fill() else { break }
      searched = seen
    }
    guard position < buffer.count else { return nil }
    defer { position = buffer.count }
    return Array(buffer[position...])
  }

  /// Passes these bytes if they come next; false if others do.
  func take(_ bytes: some Collection<UInt8>) throws -> Bool {
    while buffer.count - position < bytes.count {
      guard try fill() else { return false }
    }
    let end = position + bytes.count
    guard buffer[position..<end].elementsEqual(bytes) else { return false }
    position = end
    return true
  }
}
