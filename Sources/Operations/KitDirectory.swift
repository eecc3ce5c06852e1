internal import Foundation
internal import Format
package import Sealing

package import Repository

/// The directory that holds the two halves of the kit.
package struct KitDirectory: Sendable {
  /// As it was named; the halves in it are `lethe-static.kit` and `lethe-epoch.kit`. [F-KIT-1]
  package let path: String

  /// Names a directory, which need not be there before ``write(_:passphrase:)``.
  package init(_ path: String) { self.path = path }

  /// Opens both halves.
  package func open(passphrase: Passphrase?) throws -> Kit {
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
  package func write(_ kit: borrowing Kit, passphrase: Passphrase?) throws {
    try AgentState.makeDirectory(path)
    for half in KitFile.Half.allCases {
      let text = try kit.text(half, passphrase: passphrase)
      try write(Array(text.utf8), to: "\(path)/\(half.fileName)")
    }
    try Self.synchronise(path)
  }

  /// Puts another epoch half in the place of the present one and overwrites what was there.
  ///
  /// At every moment one of the two is there under the name, whole. What erasable media keep of
  /// overwritten blocks is beyond a program's reach.
  func replaceEpochHalf(with text: String) throws {
    let name = "\(path)/\(KitFile.Half.epoch.fileName)"
    let fresh = name + ".new"
    unlink(fresh)
    try write(Array(text.utf8), to: fresh)
    let old = Glibc.open(name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
    guard old >= 0 else { throw Self.failure("cannot open", name) }
    defer { close(old) }
    guard rename(fresh, name) == 0 else { throw Self.failure("cannot replace", name) }
    try Self.synchronise(path)
    var status = stat()
    guard fstat(old, &status) == 0 else { throw Self.failure("cannot look at the old", name) }
    let noise = Random.bytes(Int(status.st_size))
    guard Glibc.write(old, noise, noise.count) == noise.count, fsync(old) == 0 else {
      throw Self.failure("the kit is advanced, but the old seed cannot be overwritten in", name)
    }
  }

  private static func synchronise(_ directory: String) throws {
    let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("cannot open", directory) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("cannot synchronise", directory) }
  }

  private static func failure(_ what: String, _ file: String) -> OperationError {
    OperationError(
      .failed,
      "\(what) \(file): \(String(cString: strerror(errno))); look at the medium and try again")
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
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written)
      }
      guard count > 0 else { throw Self.failure("cannot write", file) }
      written += count
    }
    guard fsync(descriptor) == 0 else { throw Self.failure("cannot write", file) }
  }
}
