/// Lengths of time for people.
package enum Elapsed {
  /// The two largest units of so many milliseconds, such as `3 h 12 min`; less than nothing is nothing.
  package static func text(_ milliseconds: Int64) -> String {
    let seconds = max(0, milliseconds / 1000)
    let units: [(Int64, String)] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")]
    guard let first = units.firstIndex(where: { seconds >= $0.0 }) else { return "0 s" }
    let (unit, name) = units[first]
    let head = "\(seconds / unit) \(name)"
    guard first + 1 < units.count else { return head }
    let rest = seconds % unit / units[first + 1].0
    return rest == 0 ? head : "\(head) \(rest) \(units[first + 1].1)"
  }
}
