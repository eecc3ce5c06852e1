extension Trick {
  static let schemas = [
    Trick(
      name: "generated columns, stored and not",
      sql: """
        CREATE TABLE t(a, v AS (a * 2), b, s TEXT AS (a || b) STORED, u AS (b || '!') UNIQUE,
          id INTEGER PRIMARY KEY);
        INSERT INTO t(a, b, id) VALUES (1, 'x', 10), (2.5, 'y', -3), ('z', x'41', 4);
        CREATE INDEX i ON t(v); CREATE INDEX j ON t(s, b);
        CREATE TABLE c(g AS (1), x);
        INSERT INTO c VALUES (7);
        """,
      probes: [
        "SELECT * FROM t", "SELECT id FROM t WHERE u = 'y!'", "SELECT id FROM t WHERE v=5.0",
      ]),
    Trick(
      name: "partial and expression indexes",
      sql: """
        CREATE TABLE t(a, b, c);
        INSERT INTO t VALUES (1, 'One', NULL), (2, 'Two', 5), (3, 'THREE', 6);
        CREATE UNIQUE INDEX i ON t(a) WHERE c IS NOT NULL;
        CREATE INDEX j ON t(lower(b) COLLATE NOCASE DESC, a);
        create   index  K on t (  a+c ) where b  >  'A'  ;
        CREATE INDEX "NOCASE" ON t(abs(a));
        CREATE INDEX plain ON t(c DESC, b COLLATE NOCASE);
        """,
      probes: ["SELECT a FROM t WHERE lower(b) = 'three'", "SELECT a FROM t WHERE abs(a) > 1"]),
    Trick(
      name: "views and triggers that mention what is not there",
      sql: """
        CREATE TABLE t(a);
        CREATE VIEW v AS SELECT a, 'it''s' AS "x y" FROM t;
        CREATE VIEW broken AS SELECT absent FROM nowhere;
        CREATE TRIGGER before_t BEFORE INSERT ON t BEGIN SELECT 1; END;
        CREATE TRIGGER fails AFTER UPDATE ON t BEGIN INSERT INTO nowhere VALUES (new.a); END;
        CREATE TRIGGER doubles AFTER INSERT ON t WHEN new.a < 3
          BEGIN INSERT INTO t VALUES (new.a + 1); END;
        CREATE TRIGGER instead INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (new.a); END;
        INSERT INTO t VALUES (1);
        """,
      probes: ["SELECT * FROM v"]),
    Trick(
      name: "foreign keys, kept and broken",
      sql: """
        CREATE TABLE parent(id INTEGER PRIMARY KEY, name UNIQUE);
        CREATE TABLE child(p REFERENCES parent ON DELETE CASCADE, n REFERENCES parent(name));
        CREATE TABLE orphan(p REFERENCES missing(id), k INTEGER PRIMARY KEY) ;
        CREATE TABLE odd(p REFERENCES child(n));
        PRAGMA foreign_keys=OFF;
        INSERT INTO child VALUES (1, 'a'), (2, 'b'), (NULL, NULL);
        INSERT INTO parent VALUES (1, 'a');
        INSERT INTO orphan VALUES (5, 6); INSERT INTO odd VALUES (1);
        """),
    Trick(
      name: "names with quotes, spaces, keywords and accents",
      sql: #"""
        CREATE TABLE "a ""quoted"" name"("select" TEXT, "it's" INT, "a,b" UNIQUE, "x""y");
        INSERT INTO "a ""quoted"" name" VALUES ('s', 1, 2, 3);
        CREATE TABLE "table"("order" INTEGER PRIMARY KEY, "group" TEXT COLLATE NOCASE);
        INSERT INTO "table" VALUES (1, 'g');
        CREATE TABLE "tábla ✓"("ünï" PRIMARY KEY, "") WITHOUT ROWID;
        INSERT INTO "tábla ✓" VALUES (1, 2);
        CREATE TABLE "caf\#u{e9}"(a); INSERT INTO "caf\#u{e9}" VALUES ('composed');
        CREATE TABLE "cafe\#u{301}"(a); INSERT INTO "cafe\#u{301}" VALUES ('decomposed');
        CREATE TABLE "q""\#u{301}"("""\#u{301}" UNIQUE); INSERT INTO "q""\#u{301}" VALUES (1);
        CREATE INDEX "index ""i""" ON "table"("group");
        CREATE TABLE t0(c0, c1); INSERT INTO t0 VALUES (1, 2); CREATE INDEX i0_0 ON t0(c1);
        """#),
    Trick(
      name: "empty tables, and text with comments",
      sql: """
        CREATE TABLE a(x, y UNIQUE); CREATE TABLE b(x PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE /* why */ c ( x -- because
          , y );
        INSERT INTO c VALUES (1, 2);
        """),
    Trick(
      name: "statistics of ANALYZE",
      sql: """
        CREATE TABLE t(a, b); CREATE INDEX i ON t(a); CREATE INDEX j ON t(b, a);
        INSERT INTO t VALUES (1, 1), (1, 2), (2, 3);
        ANALYZE;
        UPDATE sqlite_stat1 SET stat = '900 5' WHERE idx = 'i';
        INSERT INTO sqlite_stat1 VALUES ('gone', NULL, '3');
        """),
    Trick(
      name: "full-text tables of three kinds",
      sql: """
        CREATE VIRTUAL TABLE f USING fts5(title, body, tokenize = 'porter');
        INSERT INTO f VALUES ('the river', 'of forgetting'), ('another', 'rivers run');
        DELETE FROM f WHERE rowid = 1; INSERT INTO f VALUES ('third', 'river delta');
        CREATE VIRTUAL TABLE contentless USING fts5(x, content='', prefix='2 3');
        INSERT INTO contentless(rowid, x) VALUES (7, 'alpha beta'), (9, 'gamma alpha');
        CREATE TABLE doc(id INTEGER PRIMARY KEY, txt);
        INSERT INTO doc VALUES (1, 'hello world'), (4, 'world peace');
        CREATE VIRTUAL TABLE external USING fts5(txt, content='doc', content_rowid='id');
        INSERT INTO external(external) VALUES ('rebuild');
        CREATE VIRTUAL TABLE words USING fts5vocab(f, 'row');
        CREATE VIRTUAL TABLE old USING fts4(x);
        INSERT INTO old VALUES ('older words');
        CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
        INSERT INTO boxes VALUES (1, 0, 5), (2, 7, 9);
        """,
      probes: [
        "SELECT rowid, title, rank FROM f WHERE f MATCH 'river' ORDER BY rank",
        "SELECT rowid FROM contentless WHERE contentless MATCH 'al*'",
        "SELECT rowid, txt FROM external WHERE external MATCH 'world'",
        "SELECT term, doc, cnt FROM words", "SELECT x FROM old WHERE old MATCH 'words'",
        "SELECT id FROM boxes WHERE x0 > 1",
      ]),
    Trick(
      name: "a virtual table of an unknown module",
      sql: """
        CREATE TABLE t(a);
        PRAGMA writable_schema=ON;
        INSERT INTO sqlite_schema
          VALUES ('table', 'm', 'm', 0, 'CREATE VIRTUAL TABLE m USING nosuch(x)');
        PRAGMA writable_schema=RESET;
        """),
  ]

  static let files = [
    Trick(
      name: "UTF-16, little-endian", settings: "PRAGMA encoding='UTF-16le'", sql: utf16),
    Trick(name: "UTF-16, big-endian", settings: "PRAGMA encoding='UTF-16be'", sql: utf16),
    Trick(name: "pages of 512 bytes", settings: "PRAGMA page_size=512", sql: filler),
    Trick(name: "pages of 65,536 bytes", settings: "PRAGMA page_size=65536", sql: filler),
    Trick(
      name: "full auto-vacuum", settings: "PRAGMA auto_vacuum=FULL; PRAGMA page_size=1024",
      sql: filler),
    Trick(
      name: "incremental auto-vacuum", settings: "PRAGMA auto_vacuum=INCREMENTAL",
      sql: filler + "DELETE FROM t WHERE id % 3;"),
    Trick(
      name: "the application's own numbers",
      sql: "PRAGMA user_version=-7; PRAGMA application_id=-2147483648; CREATE TABLE t(a);"),
    Trick(name: "no tables at all", sql: "PRAGMA user_version=3;"),
  ]

  private static let filler = """
    CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b BLOB);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
      INSERT INTO t SELECT i * 3, hex(randomblob(i % 90)) || i, zeroblob(i * 5) FROM n;
    CREATE INDEX i ON t(b, a); CREATE INDEX j ON t(length(a));
    CREATE TABLE w(k TEXT PRIMARY KEY COLLATE NOCASE, v) WITHOUT ROWID;
    INSERT INTO w SELECT a, b FROM t;
    """

  // A blob in a column is cast as it is; a constant one is taken for UTF-8.
  private static let utf16 = """
    CREATE TABLE raw(x BLOB);
    INSERT INTO raw VALUES (x'6100'), (x'0061'), (x'fffe6100'), (x'feff0061'), (x'fffe'), (x'feff'),
      (x'fffefffe'), (x'00d8'), (x'd800'), (x'00dc61003dd800de'), (x'000061000000'), (x''),
      (x'610062'), (x'61'), (x'fffe61');
    CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT COLLATE NOCASE);
    INSERT INTO t(a, b) SELECT CAST(x AS TEXT), CAST(x AS TEXT) || 'É' FROM raw;
    INSERT INTO t(a, b) VALUES ('plain', 'Größe 😀'), (char(0xFEFF) || 'bom', '');
    CREATE INDEX i ON t(a); CREATE INDEX j ON t(b); CREATE INDEX k ON t(upper(b));
    CREATE TABLE w(k TEXT PRIMARY KEY COLLATE NOCASE, v TEXT) WITHOUT ROWID;
    INSERT OR IGNORE INTO w SELECT a, b FROM t;
    CREATE TABLE "naïve ✓"("ключ" TEXT UNIQUE); INSERT INTO "naïve ✓" VALUES ('значение');
    """
}
