/// A piece of HTML: what is put into it as text is escaped, what is put into it as markup is not.
struct Markup: Sendable, ExpressibleByStringInterpolation {
  /// The HTML.
  let text: String

  init(stringLiteral: String) { text = stringLiteral }

  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  /// Pieces one after the other.
  init(_ pieces: [Markup]) { text = pieces.map(\.text).joined(separator: "\n") }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { text += literal }

    mutating func appendInterpolation(_ words: String) { text += Markup.escaped(words) }

    mutating func appendInterpolation(_ number: Int) { text += String(number) }

    mutating func appendInterpolation(_ markup: Markup) { text += markup.text }

    mutating func appendInterpolation(_ pieces: [Markup]) { text += Markup(pieces).text }
  }

  /// Text for the inside of elements and of quoted attributes; control characters show as such.
  static func escaped(_ words: String) -> String {
    words.unicodeScalars.map { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      case "'": "&#39;"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f: "\u{fffd}"
      default: String(scalar)
      }
    }.joined()
  }
}
