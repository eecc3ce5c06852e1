internal import CLinux
internal import Foundation
internal import Format

/// What a server's module reported of one account.
package struct AccountEvent: Sendable, Equatable {
  /// What happened; the raw value is the word in the file.
  package enum Kind: String, Sendable {
    case deleted, registered
  }

  /// The file's name in the inbox, random, by which one event is told from another.
  package let name: String
  /// What happened.
  package let kind: Kind
  /// The bare address.
  package let address: String
  /// Milliseconds since 1970, of a second that the server's clock named; it may have been 999 later.
  package let time: Int64

  /// Describes what a file says.
  package init(name: String, kind: Kind, address: String, time: Int64) {
    self.name = name
    self.kind = kind
    self.address = address
    self.time = time
  }
}

/// The directory in which the server's modules leave one file for each event.
///
/// Who can write there may report what they like, and put anything there: nothing is followed, opened
/// for long or read beyond a line, and what the events mean is decided by the list of accounts.
package struct Inbox: Sendable {
  private let path: String

  /// An inbox at a path, which need not exist.
  package init(_ path: String) { self.path = path }

  /// What lies in the inbox.
  package struct Contents: Sendable {
    /// Events, in the order of their files' names.
    package var events: [AccountEvent] = []
    /// Files that are no events; they stay for somebody to look at.
    package var strangerCount = 0
    /// Whether more files are there than one run takes.
    package var isCut = false

    /// An empty inbox.
    package init() {}
  }

  /// Events that one run takes: twice the mass deletion on the largest server Lethe is specified for.
  private static let maximumCount = 200_000

  /// Kind, address and seconds, with the spaces and the end of the line.
  private static let maximumLineByteCount = Limits.addressByteCount + 64

  /// Reads the events, in the order of their names; nil where there is no such directory.
  package func read() throws(OriginError) -> Contents? {
    guard let directory = opendir(path) else {
      if errno == ENOENT { return nil }
      throw failure("cannot be read", errno)
    }
    defer { closedir(directory) }
    var contents = Contents()
    var names: [String] = []
    var error: Int32 = 0
    while let name = linux_next_name(directory, &error).map({ String(cString: $0) }) {
      // One that begins with a dot is still being written.
      if name.hasPrefix(".") { continue }
      guard names.count < Self.maximumCount else {
        contents.isCut = true
        break
      }
      names.append(name)
    }
    guard error == 0 else { throw failure("cannot be listed", error) }
    for name in names.sorted() {
      if let event = event(name) {
        contents.events.append(event)
      } else {
        contents.strangerCount += 1
      }
    }
    return contents
  }

  /// Removes files whose events are settled; gives those that are still there.
  package func remove(_ names: [String]) -> [String] {
    names.filter { unlink("\(path)/\($0)") != 0 && errno != ENOENT }
  }

  private func failure(_ what: String, _ number: Int32) -> OriginError {
    OriginError(
      .failed,
      "the inbox \(path) \(what): \(String(cString: strerror(number))); deletions are learnt from the "
        + "list of accounts alone until its owner and mode are right")
  }

  private func event(_ name: String) -> AccountEvent? {
    let descriptor = open("\(path)/\(name)", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= Self.maximumLineByteCount
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: Self.maximumLineByteCount)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return Self.event(name, Array(bytes.prefix(count)))
  }

  /// `deleted` or `registered`, a bare address, seconds since 1970, an end of line.
  static func event(_ name: String, _ line: [UInt8]) -> AccountEvent? {
    guard line.last == UInt8(ascii: "\n"),
      let text = String(validating: line.dropLast(), as: UTF8.self)
    else { return nil }
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, let kind = AccountEvent.Kind(rawValue: String(words[0])),
      !words[1].isEmpty, let seconds = Int64(words[2]), (0...maximumTime).contains(seconds)
    else { return nil }
    return AccountEvent(name: name, kind: kind, address: String(words[1]), time: seconds * 1000)
  }

  /// The year 9999; its milliseconds are far from overflowing.
  private static let maximumTime: Int64 = 253_402_300_799
}
