/// The places to be taken out of one value, in ascending order.
struct Excision {
  private struct Cut {
    var range: Range<Int>
    var replacement: [UInt8]
    /// Not so where only a separator goes.
    var isMention: Bool
  }

  private var cuts: [Cut] = []

  var isEmpty: Bool { cuts.isEmpty }
  var mentionCount: Int { cuts.count { $0.isMention } }
  /// What `forget` goes back to.
  var mark: Int { cuts.count }

  /// Drops the places found since, because all around them goes.
  mutating func forget(after mark: Int) { cuts.removeLast(cuts.count - mark) }

  mutating func cut(_ range: Range<Int>, isMention: Bool) {
    cuts.append(Cut(range: range, replacement: [], isMention: isMention))
  }

  /// Puts what the server writes where there is nobody in the place of a person.
  mutating func replace(_ range: Range<Int>, with neutral: String) {
    cuts.append(Cut(range: range, replacement: Array(neutral.utf8), isMention: true))
  }

  /// The value without these places.
  func applied(to value: [UInt8]) -> [UInt8] {
    var rest: [UInt8] = []
    rest.reserveCapacity(value.count)
    var position = 0
    for cut in cuts {
      rest += value[position..<cut.range.lowerBound]
      rest += cut.replacement
      position = cut.range.upperBound
    }
    return rest + value[position...]
  }
}
