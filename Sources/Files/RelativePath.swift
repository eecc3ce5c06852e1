/// The place of an entry beneath a root: raw bytes, one or more names separated by single slashes.
///
/// A value always names something beneath the root: no name is empty, "." or "..", none holds a
/// NUL, and there is no slash at either end. Names are bytes, not text.
package struct RelativePath: Sendable, Hashable {
  /// Greatest number of bytes of a whole path: what a two-byte length can say, 16 times PATH_MAX.
  package static let maximumByteCount = 65_535
  /// Greatest number of bytes of one name: NAME_MAX of every Linux file system.
  package static let maximumNameByteCount = 255

  /// The path as the system takes it, without a leading slash and without a NUL.
  package let bytes: [UInt8]

  /// The path made of these bytes, or nil when they break one of the rules above.
  package init?(_ bytes: [UInt8]) {
    guard (1...Self.maximumByteCount).contains(bytes.count), !bytes.contains(0) else { return nil }
    let names = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard names.allSatisfy(Self.isName) else { return nil }
    self.bytes = bytes
  }

  private init(trusted bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The path of a name in a directory whose path, with a slash at the end, is `prefix`.
  ///
  /// The prefix is empty for the root. Only the name is checked, so that a walk of deep trees
  /// does not look at the same bytes again and again.
  init?(_ name: [UInt8], in prefix: [UInt8]) {
    guard Self.isName(name[...]), !name.contains(0), !name.contains(UInt8(ascii: "/")),
      prefix.count + name.count <= Self.maximumByteCount
    else { return nil }
    bytes = prefix + name
  }

  private static func isName(_ name: ArraySlice<UInt8>) -> Bool {
    let dot = UInt8(ascii: ".")
    guard (1...maximumNameByteCount).contains(name.count) else { return false }
    return !name.elementsEqual([dot]) && !name.elementsEqual([dot, dot])
  }

  /// The names from the root downwards; never empty.
  package var components: [ArraySlice<UInt8>] {
    bytes.split(separator: UInt8(ascii: "/"))
  }

  /// The last name.
  package var name: ArraySlice<UInt8> {
    bytes[nameStart...]
  }

  /// The directory that holds the entry, or nil when that is the root.
  package var parent: RelativePath? {
    nameStart == 0 ? nil : RelativePath(trusted: Array(bytes[..<(nameStart - 1)]))
  }

  private var nameStart: Int {
    bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
  }

  /// The entry of that name in this directory, or nil when the name or the whole is not allowed.
  package func appending(_ name: some Sequence<UInt8>) -> RelativePath? {
    let name = Array(name)
    guard !name.contains(UInt8(ascii: "/")) else { return nil }
    return RelativePath(bytes + [UInt8(ascii: "/")] + name)
  }
}

/// Ordered name by name, bytewise: a directory comes directly before everything beneath it.
extension RelativePath: Comparable {
  /// Whether a walk meets `left` before `right`.
  package static func < (left: RelativePath, right: RelativePath) -> Bool {
    // A name that ends comes before any longer one; NUL cannot occur, so the slash takes its place.
    left.bytes.lexicographicallyPrecedes(right.bytes) { rank($0) < rank($1) }
  }

  private static func rank(_ byte: UInt8) -> UInt8 {
    byte == UInt8(ascii: "/") ? 0 : byte
  }
}

/// Shown escaped, so that no name can act on a terminal.
extension RelativePath: CustomStringConvertible {
  /// The path in the form of ``escaped(_:)``.
  package var description: String { escaped(bytes) }
}
