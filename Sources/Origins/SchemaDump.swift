internal import Foundation
internal import Postgres

/// What pg_dump says of a database but for its rows, as of the moment of our own transaction.
struct SchemaDump {
  let source: PostgresSource
  let origin: String

  /// Seconds that pg_dump may take for a section.
  private static let deadline = 600

  /// One of pg_dump's sections as SQL: `pre-data`, `post-data`.
  func section(_ section: String) throws(OriginError) -> [UInt8] {
    let words = [
      try program(), "--no-password", "--snapshot=\(source.moment.snapshot)",
      "--section=\(section)",
      "--lock-wait-timeout=60s", "--no-subscriptions", "--dbname=\(source.address.uri)",
    ]
    do throws(OriginError) {
      let output = try CommandOutput.of(
        words, seconds: Self.deadline,
        maximumByteCount: PostgresDescription.maximumSectionByteCount)
      return Self.stable(output)
    } catch {
      throw OriginError(
        error.code,
        "origin \(origin): \(error.message); run it by hand to see why: "
          + "\(words[0]) --schema-only '\(source.address.uri)'")
    }
  }

  /// Where Debian, and everybody else, has the program; it must not be older than the server.
  private func program() throws(OriginError) -> String {
    let major = source.version / 10_000
    let candidates =
      (major..<major + 8).map { "/usr/lib/postgresql/\($0)/bin/pg_dump" }
      + ["/usr/local/bin/pg_dump", "/usr/local/pgsql/bin/pg_dump", "/usr/bin/pg_dump"]
    guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw OriginError(
        .failed,
        "origin \(origin): there is no pg_dump for PostgreSQL \(major) on this machine; install "
          + "postgresql-client-\(major)")
    }
    return found
  }

  /// Without the lines that are of a new random number in every run.
  private static func stable(_ output: [UInt8]) -> [UInt8] {
    var kept: [UInt8] = []
    var start = output.startIndex
    while start < output.endIndex {
      let end =
        output[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? output.endIndex
      let line = output[start..<end]
      let isRandom = [#"\restrict "#, #"\unrestrict "#].contains { line.starts(with: $0.utf8) }
      if !isRandom { kept += line }
      start = end
    }
    return kept
  }
}
