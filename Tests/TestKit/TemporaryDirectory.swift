internal import CLinux
import Glibc

/// A fresh directory that is removed, with all that is in it, when the value goes.
package final class TemporaryDirectory: Sendable {
  /// The absolute path, without a slash at its end.
  package let path: String

  /// Makes the directory, for this user alone.
  package init(_ prefix: String = "lethe-test") throws {
    var template = Array("/tmp/\(prefix)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestKitError("mkdtemp failed: errno \(errno)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    Self.empty(path)
    rmdir(path)
  }

  private static func empty(_ path: String) {
    guard let directory = opendir(path) else { return }
    defer { closedir(directory) }
    var error: Int32 = 0
    while let name = linux_next_name(directory, &error) {
      let child = path + "/" + String(cString: name)
      if unlink(child) == 0 { continue }
      empty(child)
      rmdir(child)
    }
  }
}

/// Why the test kit could not do what a test asked of it.
package struct TestKitError: Error, CustomStringConvertible {
  /// The sentence.
  package let description: String

  /// Makes an error of a sentence.
  package init(_ description: String) { self.description = description }
}
