/// Numbers and columns for people.
package enum Amount {
  /// Three digits and a binary unit.
  package static func bytes(_ count: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var value = Double(count)
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    let digits = unit == 0 || value >= 100 ? 0 : 1
    let factor = digits == 0 ? 1.0 : 10.0
    let rounded = (value * factor).rounded() / factor
    return (digits == 0 ? "\(Int(rounded))" : "\(rounded)") + " " + units[unit]
  }

  /// The text, with spaces after it up to a width in characters.
  package static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// The text, with spaces before it up to a width in characters.
  package static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
