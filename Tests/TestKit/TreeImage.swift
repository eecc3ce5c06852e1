internal import CLinux
import Glibc

/// A directory tree as lines, for comparison: kind, mode, time, links and content of every entry.
package struct TreeImage: Equatable, Sendable {
  /// One line for every entry, by its path with unprintable bytes escaped.
  package var entries: [String: String] = [:]
  /// The bytes on disk, for sparse files.
  package var blockByteCount = 0

  private var firstNames: [UInt64: String] = [:]

  /// Reads a tree.
  ///
  /// With `links`, names of one file are told from copies.
  package init(_ root: String, links: Bool = true) throws {
    try walk(Array(root.utf8), "", links)
  }

  private mutating func walk(_ directory: [UInt8], _ relative: String, _ links: Bool) throws {
    guard let stream = Self.with(directory, { opendir($0) }) else {
      throw TestKitError("cannot list \(relative): errno \(errno)")
    }
    defer { closedir(stream) }
    var error: Int32 = 0
    while let name = linux_next_name(stream, &error).map({
      Array(UnsafeRawBufferPointer(start: $0, count: strlen($0)))
    }) {
      let path = directory + [0x2f] + name
      let shown = relative + "/" + Self.escaped(name)
      var status = stat()
      guard Self.with(path, { lstat($0, &status) }) == 0 else { continue }
      entries[shown] = try line(path, shown, status, links)
      blockByteCount += Int(status.st_blocks) * 512
      if status.st_mode & S_IFMT == S_IFDIR { try walk(path, shown, links) }
    }
  }

  private mutating func line(
    _ path: [UInt8], _ shown: String, _ status: stat, _ links: Bool
  ) throws -> String {
    let time = "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    let mode = String(status.st_mode, radix: 8)
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return "directory \(mode) \(time)"
    case S_IFLNK:
      var target = [CChar](repeating: 0, count: 4096)
      let count = Self.with(path) { readlink($0, &target, target.count) }
      return "link to "
        + "\(Self.escaped(target.prefix(max(count, 0)).map { UInt8(bitPattern: $0) })) \(time)"
    default:
      var first = ""
      if links, status.st_nlink > 1 {
        first = firstNames[UInt64(status.st_ino), default: shown]
        firstNames[UInt64(status.st_ino)] = min(first, shown)
        first = " linked"
      }
      return "file \(mode) \(time) \(status.st_size) \(try Self.hash(path))\(first)"
    }
  }

  /// FNV-1a over the content; the size is compared as well.
  private static func hash(_ path: [UInt8]) throws -> UInt64 {
    let descriptor = with(path) { open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw TestKitError("cannot read \(escaped(path))") }
    defer { close(descriptor) }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(descriptor, &bytes, bytes.count)
      guard count > 0 else { return hash }
      for index in count..<min(bytes.count, count + 8) { bytes[index] = 0 }
      bytes.withUnsafeBytes { all in
        var offset = 0
        while offset < count {
          // Eight bytes at a time; what is left of a longer content is made zero first.
          hash =
            (hash ^ all.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            &* 0x100_0000_01b3
          offset += 8
        }
      }
    }
  }

  private static func with<Result>(
    _ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result
  ) -> Result {
    (path.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("a path has a zero") }
      return body(base)
    }
  }

  private static func escaped(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      (0x21...0x7e).contains(byte) && byte != 0x5c
        ? String(UnicodeScalar(byte)) : "\\" + String(byte, radix: 16)
    }.joined()
  }

  /// What differs, entry by entry.
  package func differences(from other: TreeImage) -> [String] {
    Set(entries.keys).union(other.entries.keys).sorted().compactMap { path in
      let (mine, theirs) = (entries[path] ?? "nothing", other.entries[path] ?? "nothing")
      return mine == theirs ? nil : "\(path): \(mine) against \(theirs)"
    }
  }
}
