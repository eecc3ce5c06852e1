/// The elements of one list or table while it is read; with an element goes one separator.
///
/// Behind a survivor that is the separator before the element, else the one after it, so that what
/// stays reads as if the element had never been there.
struct ElementRun {
  private var start = 0
  private var mark = 0
  private var end: Int?
  private var hasSurvivor = false
  /// Whether no element went so far.
  private(set) var isWhole = true

  /// An element begins here.
  mutating func begin(at position: Int, _ excision: inout Excision) {
    if let end, !hasSurvivor { excision.cut(end..<position, isMention: false) }
    start = position
    mark = excision.mark
  }

  /// The element ends here, and goes if it is about an erased person.
  mutating func finish(at position: Int, isMention: Bool, _ excision: inout Excision) {
    defer { end = position }
    guard isMention else {
      hasSurvivor = true
      return
    }
    isWhole = false
    excision.forget(after: mark)
    let lowerBound = hasSurvivor ? end ?? start : start
    excision.cut(lowerBound..<position, isMention: true)
  }

  /// A separator that ends here follows the last element, and goes if nothing is left.
  mutating func close(afterSeparator position: Int, _ excision: inout Excision) {
    if let end, !hasSurvivor { excision.cut(end..<position, isMention: false) }
  }
}
