/// Tells whether what a value names is an erased person.
struct ErasedPeople: Sendable {
  /// The longest address: node, domain and resource of 1023 bytes each, and two separators.
  static let maximumByteCount = 3 * 1023 + 2

  let isErased: @Sendable ([UInt8]) -> Bool

  /// Whether a text is wholly the address of an erased person, bare or with a resource.
  func names(_ text: [UInt8]) -> Bool {
    guard text.count <= Self.maximumByteCount else { return false }
    let bare = text.prefix { $0 != UInt8(ascii: "/") }
    guard let at = bare.firstIndex(of: UInt8(ascii: "@")), at > 0, at + 1 < bare.count else {
      return false
    }
    return isErased(Self.lowered(bare))
  }

  /// Whether node and domain, kept apart, are those of an erased person.
  func names(node: [UInt8], domain: [UInt8]) -> Bool {
    guard !node.isEmpty, !domain.isEmpty, node.count + domain.count < Self.maximumByteCount else {
      return false
    }
    return isErased(Self.lowered((node + [UInt8(ascii: "@")] + domain)[...]))
  }

  /// Servers compare addresses without regard to case; beyond ASCII they store them folded.
  private static func lowered(_ address: ArraySlice<UInt8>) -> [UInt8] {
    address.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 }
  }
}
