/// Which chunks of a pack are meant, by their ordinals: a bit each.
package struct OrdinalSet: Sendable, Equatable {
  private var words: [UInt64] = []

  /// Makes an empty set.
  package init() {}

  /// Adds a chunk; one that is in it already stays.
  package mutating func insert(_ ordinal: UInt32) {
    let word = Int(ordinal >> 6)
    while words.count <= word { words.append(0) }
    words[word] |= 1 << UInt64(ordinal & 63)
  }

  /// Adds up what the chunks have of `values`, the first of which is that of ordinal 0.
  func sum(of values: some RandomAccessCollection<UInt32>) -> Int {
    var sum = 0
    for (index, value) in values.enumerated() where index >> 6 < words.count {
      if words[index >> 6] >> UInt64(index & 63) & 1 == 1 { sum += Int(value) }
    }
    return sum
  }
}
