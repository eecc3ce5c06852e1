internal import Format
internal import Foundation
internal import Origins
internal import Repository

/// Brings one PostgreSQL database back as a file of SQL that psql loads.
struct PostgresRestore: Sendable {
  let rows: RowRestore
  let turn: Turn

  private var name: String { rows.origin.catalogue.name }

  /// The file that a restore leaves.
  private static let fileName = "restore.sql"

  func run(_ tally: inout RestoreTally) async throws {
    let (rebuild, path, description) = try await turn.run { try await fill(&tally) }
    rows.progress(
      Progress(phase: .verifying, subject: name, done: 0, total: nil, isBytes: false))
    try await rebuild.finish()
    tally.rowCount += try await rebuild.prove()
    tally.byteCount += FileFacts.byteCount(path)
    let psql = "psql -X -d NEW_DATABASE"
    tally.nextSteps.append(
      "origin \(name): stop the server; make a new and empty database with: psql -X -d postgres -c "
        + "\"CREATE DATABASE NEW_DATABASE TEMPLATE template0 \(description.creation)\"; load it with: "
        + "\(psql) -f \(path); both as a superuser of a PostgreSQL \(description.majorVersion) or newer"
        + (description.roles.isEmpty
          ? "" : " that has the roles \(description.roles.joined(separator: ", "))")
        + "; then point the server at it")
    if let mentions = await rebuild.mentions {
      rows.record(mentions, &tally) { table, _ in "\(psql) -c 'SELECT * FROM \(table)'" }
    }
  }

  private func fill(
    _ tally: inout RestoreTally
  ) async throws -> (PostgresRebuild, path: String, PostgresDescription) {
    let description = try await rows.description(PostgresDescription.decode)
    let path = try rows.place(for: Self.fileName)
    let rebuild = PostgresRebuild(
      origin: name, description: description, path: path,
      mentions: rows.plan.erasedAddresses().flatMap { MentionPass(description, isErased: $0) })
    try await rebuild.begin()
    try await rows.insert(into: rebuild, tables: description.tableNames, &tally)
    return (rebuild, path, description)
  }
}
