internal import Foundation

/// Times as people and machines read them: RFC 3339, UTC, whole seconds.
package enum Timestamp {
  /// The text for milliseconds since 1970.
  package static func text(_ milliseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(milliseconds / 1000)).formatted(.iso8601)
  }

  /// Milliseconds since 1970, or nil where the text is no such time.
  package static func parse(_ text: String) -> Int64? {
    guard let date = try? Date(text, strategy: .iso8601) else { return nil }
    return Int64(date.timeIntervalSince1970 * 1000)
  }

  /// The present.
  package static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}
