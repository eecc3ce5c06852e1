internal import GRDB

extension AgentState {
  /// The tables of a new state.
  ///
  /// Times are milliseconds since 1970, `bornAt` alone is seconds. Columns that say whether something
  /// is so are 0 or 1; ids, hashes, keys and tags are their bytes.
  static let schema = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE account (
      number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, secret BLOB NOT NULL,
      namingKey BLOB NOT NULL, address TEXT NOT NULL, birthMark BLOB NOT NULL,
      firstSeen INTEGER NOT NULL, bornAt INTEGER, absentSince INTEGER,
      isPublished INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE erasure (
      account INTEGER PRIMARY KEY, id BLOB NOT NULL, cause INTEGER NOT NULL,
      reported INTEGER NOT NULL, due INTEGER NOT NULL, addressTag BLOB NOT NULL,
      birthTag BLOB NOT NULL, excluded INTEGER NOT NULL, destroyed INTEGER, epoch INTEGER,
      isConfirmed INTEGER NOT NULL, beyondKit INTEGER);
    CREATE TABLE drained (name TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE run (
      id BLOB PRIMARY KEY, secret BLOB NOT NULL, isAdopted INTEGER NOT NULL DEFAULT 0,
      isPublished INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE pack (
      number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, contents INTEGER NOT NULL,
      byteCount INTEGER NOT NULL, digest BLOB NOT NULL, run BLOB NOT NULL,
      sealed INTEGER NOT NULL, state INTEGER NOT NULL, chunkByteCount INTEGER,
      aliveByteCount INTEGER, condemned INTEGER, changed INTEGER, verified INTEGER,
      damaged INTEGER, entries BLOB);
    CREATE TABLE chunkSizes (pack INTEGER PRIMARY KEY, sizes BLOB NOT NULL);
    CREATE TABLE snapshot (
      run BLOB PRIMARY KEY, sequence INTEGER NOT NULL, state INTEGER NOT NULL,
      started INTEGER NOT NULL, packs BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE segment (
      id INTEGER PRIMARY KEY, origin TEXT NOT NULL, tables BLOB NOT NULL,
      lower INTEGER NOT NULL, recordCount INTEGER NOT NULL, byteCount INTEGER NOT NULL,
      chunks BLOB NOT NULL, partPack INTEGER NOT NULL, partOrdinal INTEGER NOT NULL,
      isCommitted INTEGER NOT NULL, seen INTEGER NOT NULL, fingerprint BLOB, pages BLOB);
    CREATE INDEX segmentKey ON segment (origin, tables, lower);
    CREATE TABLE file (
      origin TEXT NOT NULL, path BLOB NOT NULL, identity BLOB NOT NULL, pieces BLOB NOT NULL,
      seen INTEGER NOT NULL, PRIMARY KEY (origin, path)) WITHOUT ROWID;
    CREATE TABLE history (
      number INTEGER PRIMARY KEY, started INTEGER NOT NULL, finished INTEGER,
      outcome TEXT NOT NULL, snapshot TEXT, bytesSent INTEGER, bytesRead INTEGER,
      roundTrips INTEGER, warningCount INTEGER, message TEXT, storedByteCount INTEGER,
      freeByteCount INTEGER);
    """

  /// Gives the state of an earlier version what this one keeps besides.
  func addMissingColumns() throws {
    try write { database in
      guard try database.tableExists("segment"),
        try !database.columns(in: "segment").contains(where: { $0.name == "pages" })
      else { return }
      try database.execute(sql: "ALTER TABLE segment ADD COLUMN pages BLOB")
    }
  }
}
