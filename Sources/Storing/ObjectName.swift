/// The name of one object: `format`, `log/000000000001`, `packs/0f…`.
///
/// One or two parts of lower-case letters, digits and hyphens, at most 80 bytes in all. A value of
/// this type can be joined to a root path without further checks: it cannot climb out of it.
package struct ObjectName: Hashable, Sendable {
  /// Most bytes a name may have: a directory, a slash and two 32-digit identifiers fit.
  package static let maximumByteCount = 80

  /// The name as it is spelled relative to the root of the store.
  package let path: String

  /// Accepts a well-formed name and nothing else.
  package init?(_ path: String) {
    guard path.utf8.count <= Self.maximumByteCount else { return nil }
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts.allSatisfy(Self.isPart) else { return nil }
    self.path = path
  }

  private init(wellFormed path: String) { self.path = path }

  /// The directory part, or the empty string for a name of one part.
  package var directory: String {
    guard let slash = path.firstIndex(of: "/") else { return "" }
    return String(path[..<slash])
  }

  /// A name in `tmp` that nobody else uses: 128 random bits.
  static func temporary() -> ObjectName {
    let digits = (0..<2).map { _ in
      let word = String(UInt64.random(in: .min ... .max), radix: 16)
      return String(repeating: "0", count: 16 - word.utf8.count) + word
    }
    return ObjectName(wellFormed: "tmp/" + digits.joined())
  }

  /// Whether the bytes can be one part of a name.
  static func isPart(_ bytes: some Collection<UInt8>) -> Bool {
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return !bytes.isEmpty
      && bytes.allSatisfy {
        letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "-")
      }
  }
}

extension ObjectName: Comparable, CustomStringConvertible {
  /// Orders names by their bytes.
  package static func < (one: ObjectName, other: ObjectName) -> Bool { one.path < other.path }

  /// The path.
  package var description: String { path }
}
