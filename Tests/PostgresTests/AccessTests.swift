import Operations
import Origins
import TestKit
import Testing

@Suite(hasServer) struct `A PostgreSQL that cannot be read is named, with the remedy` {
  private static let small = "CREATE TABLE t(a int); INSERT INTO t VALUES (1)"

  @Test func `a server that does not answer`() async throws {
    let village = try await Village(
      Self.small, profile: "postgresql", uri: "postgresql://lethe@/x?host=/nowhere")
    let error = await village.failure()
    #expect(error.status == .failed, "\(error.message)")
    #expect(
      error.message.contains("the server does not answer") && error.message.contains("/nowhere"))
  }

  @Test func `a login that is refused, and a database that is not there`() async throws {
    let village = try await Village(Self.small, profile: "postgresql")
    let role = "locked_\(village.database.name)"
    try village.database.run("CREATE ROLE \(role) NOLOGIN")
    try village.configure(village.database.uri(role: role), profile: "postgresql")
    let refused = await village.failure()
    #expect(refused.message.contains("does not let us in"), "\(refused.message)")
    #expect(refused.message.contains("pg_read_all_data"))
    try village.configure(
      village.database.uri().replacing("/\(village.database.name)?", with: "/elsewhere?"),
      profile: "postgresql")
    let missing = await village.failure()
    #expect(missing.message.contains("has no such database"), "\(missing.message)")
  }

  @Test func `a password in the configuration`() async throws {
    let village = try await Village(Self.small, profile: "postgresql")
    for address in ["postgresql://a:hush@/x", "postgres://a@/x?password=hush"] {
      try village.configure(address, profile: "postgresql")
      let error = await village.failure()
      #expect(error.status == .usage && error.message.contains("database"), "\(error.message)")
      #expect(error.message.contains("~/.pgpass") && !error.message.contains("hush"))
    }
  }

  @Test func `a role that may only read is enough, and one that may not says so`() async throws {
    let village = try await Village(Self.small, profile: "postgresql")
    let role = "reader_\(village.database.name)"
    try village.database.run("CREATE ROLE \(role) LOGIN")
    try village.configure(village.database.uri(role: role), profile: "postgresql")
    let error = await village.failure()
    #expect(error.message.contains("permission denied for table t"), "\(error.message)")
    #expect(error.message.contains("GRANT pg_read_all_data"))
    try village.database.run("GRANT pg_read_all_data TO \(role)")
    try await village.backup()
    try await village.expectRestoreEqualsSource()
    // Rows that a policy hides would be missing, and nobody would know.
    try village.database.run(
      "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (false)")
    let hidden = await village.failure()
    #expect(hidden.message.contains("BYPASSRLS"), "\(hidden.message)")
  }

  @Test func `writers go on while a table is read, and nobody empties it`() async throws {
    let village = try await Village(Self.small, profile: "postgresql")
    let profile = try Profile.load(
      "postgresql", from: ["\(Site.project)/Config/profiles"])
    guard case .database(let schemas) = profile.kind else { return }
    let origin = PostgresOrigin(
      name: "xmpp", uri: village.database.uri(), profiles: schemas, parameters: [:])
    _ = try await origin.open()
    try village.database.run("INSERT INTO t VALUES (2); UPDATE t SET a = 3 WHERE a = 1")
    #expect(throws: (any Error).self) {
      try village.database.run("SET lock_timeout = '100ms'; TRUNCATE t")
    }
    try await origin.begin(
      owners: OwnerTable(accounts: [], localHosts: []), bornAt: [:], plans: [:], pageHash: nil)
    guard case .read(let segment)? = try await origin.nextSegment() else {
      throw TestKitError("no segment")
    }
    #expect(segment.recordCount == 1)
    guard case nil = try await origin.nextSegment() else { throw TestKitError("two segments") }
    await origin.close()
    try village.database.run("SET lock_timeout = '10s'; TRUNCATE t")
  }

  @Test func `another server's database, and an expression that does not fit`() async throws {
    let village = try await Village(Self.small, profile: "prosody")
    let other = await village.failure()
    #expect(other.message.contains("is it another server's database?"), "\(other.message)")
    try village.configure(
      village.database.uri(), profile: "postgresql",
      more: "owner: { t: nobody }\n    accounts-file: /x")
    let misfit = await village.failure()
    #expect(
      misfit.message.contains("table t") && misfit.message.contains("\"nobody\" does not exist"),
      "\(misfit.message)")
  }
}
