internal import Foundation
internal import Format

package import Repository

/// The directory that holds the two halves of the kit.
package struct KitDirectory: Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// Opens both halves.
  package func open(passphrase: [UInt8]?) throws -> Kit {
    try Kit(
      fixed: try read(.fixed), epoch: try read(.epoch), passphrase: passphrase)
  }

  /// Whether opening it takes a passphrase.
  package func needsPassphrase() throws -> Bool {
    try [KitFile.Half.fixed, .epoch].contains { half in
      do { return try KitFile.decode(try read(half)).wrap != .none } catch let error as FormatError
      {
        throw OperationError(.wrongKit, "\(path)/\(half.fileName): \(error.message)")
      }
    }
  }

  /// Writes both halves, durably, 0600 in a directory 0700; neither may be there yet.
  package func write(_ kit: borrowing Kit, passphrase: [UInt8]?) throws {
    try AgentState.makeDirectory(path)
    for half in KitFile.Half.allCases {
      let text = try kit.text(half, passphrase: passphrase)
      try write(Array(text.utf8), to: "\(path)/\(half.fileName)")
    }
  }

  /// Refuses a directory that already holds a kit.
  package func checkEmpty() throws {
    for half in KitFile.Half.allCases {
      let file = "\(path)/\(half.fileName)"
      if FileManager.default.fileExists(atPath: file) {
        throw OperationError(
          .refused, "\(file) exists; a kit is never overwritten: name another directory")
      }
    }
  }

  private func read(_ half: KitFile.Half) throws -> String {
    let file = "\(path)/\(half.fileName)"
    let handle = FileHandle(forReadingAtPath: file)
    guard let data = try handle?.read(upToCount: Limits.kitByteCount) else {
      throw OperationError(
        .wrongKit,
        "cannot read \(file); --kit names the directory that holds both halves of the kit")
    }
    return String(decoding: data, as: UTF8.self)
  }

  private func write(_ bytes: [UInt8], to file: String) throws {
    let descriptor = Glibc.open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw OperationError(.failed, "cannot make \(file): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
      throw OperationError(
        .failed, "cannot write \(file): \(String(cString: strerror(errno))); free space there")
    }
  }
}
