import Testing

/// A database with something in it that a careless copy loses.
struct Trick: Sendable, CustomTestStringConvertible {
  var name: String
  /// Statements that come before the log is switched on.
  var settings = ""
  /// Statements that make tables and rows.
  var sql: String
  /// Queries that must be answered alike by the copy.
  var probes: [String] = []
  /// Whether SQLite's own check finds nothing wrong with the source.
  var isSound = true

  var testDescription: String { name }

  /// Changes the text of a table behind SQLite's back.
  static func rewrite(_ table: String, _ sql: String) -> String {
    """
    PRAGMA writable_schema=ON;
    UPDATE sqlite_schema SET sql='\(sql)' WHERE type='table' AND name='\(table)';
    PRAGMA writable_schema=RESET;
    """
  }

  static let all = values + keys + schemas + files

  static let values = [
    Trick(
      name: "every storage class and its extremes",
      sql: """
        CREATE TABLE t(a, b);
        INSERT INTO t VALUES (NULL, 0), (1, -1), (9223372036854775807, -9223372036854775808),
          (0.1, 1e308), (9e999, -9e999), (-0.0, 5e-324), (1.0, 3), ('', x''), ('text', x'00ff'),
          (zeroblob(300), randomblob(200000)), (hex(randomblob(50000)), '1'), (127, 128),
          (32767, 8388608), (2147483648, 140737488355328);
        """),
    Trick(
      name: "nul bytes and malformed UTF-8 in text",
      sql: """
        CREATE TABLE t(a TEXT, b TEXT UNIQUE);
        INSERT INTO t VALUES (CAST(x'610062' AS TEXT), CAST(x'00' AS TEXT)),
          (CAST(x'ff' AS TEXT), CAST(x'c3' AS TEXT)), (CAST(x'eda080' AS TEXT), 'ok'),
          (CAST(x'efbbbf61' AS TEXT), CAST(x'fffe6100' AS TEXT)), (char(0xFEFF, 97), char(0, 0));
        CREATE INDEX i ON t(a, b);
        """),
    Trick(
      name: "values that contradict their column's affinity",
      sql: """
        CREATE TABLE t(a TEXT, b TEXT, c BLOB, d BLOB UNIQUE);
        INSERT INTO t VALUES ('12', '1.0', 3, '7'), ('x', '9e99', 4.0, 8), ('', ' 5 ', '6', x'39');
        CREATE INDEX i ON t(a, c);
        \(rewrite("t", "CREATE TABLE t(a INTEGER, b NUMERIC, c REAL, d TEXT UNIQUE)"))
        """,
      probes: ["SELECT typeof(a), typeof(b), typeof(c), typeof(d) FROM t"], isSound: false),
    Trick(
      name: "whole numbers in a column of reals",
      sql: """
        CREATE TABLE t(a REAL, b DOUBLE PRIMARY KEY, c NUMERIC);
        INSERT INTO t VALUES (1, 2, 3.0), (-0.0, 9007199254740993, 1e15), ('4', 1e300, 1e20);
        CREATE INDEX i ON t(a);
        """,
      probes: ["SELECT a FROM t INDEXED BY i WHERE a > 0 ORDER BY a"]),
    Trick(
      name: "a column added later with a default",
      sql: """
        CREATE TABLE t(a);
        INSERT INTO t VALUES (1), (2);
        ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'added';
        ALTER TABLE t ADD COLUMN c;
        ALTER TABLE t ADD COLUMN d REAL NOT NULL DEFAULT 7;
        INSERT INTO t(a) VALUES (3);
        CREATE INDEX i ON t(b, d);
        """),
    Trick(
      name: "strict tables, and values that break their rules",
      sql: """
        CREATE TABLE s(id INTEGER PRIMARY KEY, a INT, b REAL, c TEXT, d BLOB, e ANY) STRICT;
        INSERT INTO s VALUES (1, 2, 3, 'four', x'05', '6'), (-5, NULL, 1.5, '', x'', 7.0);
        CREATE TABLE t(a TEXT, b ANY);
        INSERT INTO t VALUES ('no number', 1);
        \(rewrite("t", "CREATE TABLE t(a INT, b ANY) STRICT"))
        """, isSound: false),
    Trick(
      name: "rows that break constraints put on later",
      sql: """
        CREATE TABLE t(a, b);
        INSERT INTO t VALUES (NULL, -1), (NULL, 5);
        \(rewrite("t", "CREATE TABLE t(a NOT NULL, b CHECK (b > 0))"))
        """, isSound: false),
  ]

  static let keys = [
    Trick(
      name: "rowids from the least to the greatest",
      sql: """
        CREATE TABLE implicit(a);
        INSERT INTO implicit(rowid, a) VALUES (-9223372036854775808, 'least'), (-1, 'minus one'),
          (0, 'zero'), (77, 'gap'), (9223372036854775807, 'greatest');
        CREATE TABLE alias(a, id INTEGER PRIMARY KEY, b);
        INSERT INTO alias VALUES ('x', -9223372036854775808, 1), ('y', 9223372036854775807, 2);
        CREATE TABLE only(id INTEGER PRIMARY KEY);
        INSERT INTO only VALUES (3), (1), (-2);
        """),
    Trick(
      name: "the state of AUTOINCREMENT",
      sql: """
        CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a);
        INSERT INTO t(a) VALUES (1), (2), (3);
        DELETE FROM t WHERE id > 1;
        CREATE TABLE never(id INTEGER PRIMARY KEY AUTOINCREMENT);
        CREATE TABLE emptied(id INTEGER PRIMARY KEY AUTOINCREMENT);
        INSERT INTO emptied VALUES (500);
        DELETE FROM emptied;
        INSERT INTO sqlite_sequence VALUES ('gone', 12);
        """),
    Trick(
      name: "tables without rowid",
      sql: """
        CREATE TABLE a(x TEXT, y INT, z, PRIMARY KEY(y DESC, x COLLATE NOCASE)) WITHOUT ROWID;
        INSERT INTO a VALUES ('b', 1, 0), ('A', 1, 0), ('c', 2, NULL), ('', 2, x'01'), ('B2', 1, 1);
        CREATE INDEX a_z ON a(z DESC);
        CREATE TABLE b(k INTEGER PRIMARY KEY, v) WITHOUT ROWID;
        INSERT INTO b VALUES (9, 'n'), (-9, 'm');
        CREATE TABLE c(v, w, k TEXT COLLATE RTRIM PRIMARY KEY, UNIQUE(w, v)) WITHOUT ROWID;
        INSERT INTO c VALUES (1, 2, 'x  '), (3, 4, 'y'), (5, 6, x'00');
        CREATE TABLE d(a, b, PRIMARY KEY(a, b, a)) WITHOUT ROWID;
        INSERT INTO d VALUES (2, 1), (1, 2);
        CREATE TABLE e(a, b AS (a + 1), c AS (a * 2) STORED, PRIMARY KEY(a)) WITHOUT ROWID;
        INSERT INTO e(a) VALUES (5), (4);
        CREATE TABLE f(a UNIQUE, b, c, PRIMARY KEY(b DESC, c), UNIQUE(c, a DESC)) WITHOUT ROWID;
        INSERT INTO f VALUES (NULL, 1, 1), (NULL, 2, 1), (NULL, 3, 1), (1, 3, 2), (NULL, 0, 1);
        CREATE INDEX f_a ON f(a); CREATE INDEX f_b ON f(b);
        """,
      probes: [
        "SELECT * FROM a WHERE y = 1 AND x = 'b2' COLLATE NOCASE", "SELECT x FROM a WHERE z = 0",
      ]),
    Trick(
      name: "primary keys that are not what they seem",
      sql: """
        CREATE TABLE a(x INTEGER PRIMARY KEY DESC, y);
        INSERT INTO a VALUES (5, 'e'), (NULL, 'n'), (3, 'c');
        CREATE TABLE b(x INT PRIMARY KEY, y);
        INSERT INTO b VALUES ('text', 1), (NULL, 2), (NULL, 3);
        CREATE TABLE c(rowid, oid TEXT, y);
        INSERT INTO c VALUES ('r', 'o', 1), ('s', 'p', 2);
        CREATE TABLE d(rowid, _rowid_, oid, x INTEGER PRIMARY KEY);
        INSERT INTO d VALUES (1, 2, 3, 44);
        CREATE TABLE e(x INTEGER PRIMARY KEY UNIQUE, y UNIQUE, UNIQUE(y, x), UNIQUE(y));
        INSERT INTO e VALUES (1, 'a'), (2, NULL), (3, NULL);
        CREATE TABLE f("ROWID" INTEGER PRIMARY KEY, oid);
        INSERT INTO f VALUES (8, 1);
        """),
    Trick(
      name: "unique keys of all collations and orders",
      sql: """
        CREATE TABLE t(a TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM, c, UNIQUE(a DESC, b),
          UNIQUE(c COLLATE NOCASE, a COLLATE BINARY), UNIQUE(b COLLATE BINARY));
        INSERT INTO t VALUES ('a', 'x ', 1), ('B', 'x', 2), ('b', 'y', 'Z'), ('C', 'q', 'z2');
        ALTER TABLE t RENAME TO renamed;
        """,
      probes: ["SELECT c FROM renamed WHERE a = 'A'", "SELECT a FROM renamed WHERE b = 'x  '"]),
    Trick(
      name: "a unique index over rows that are not",
      sql: """
        CREATE TABLE t(a, b);
        INSERT INTO t VALUES (1, 1), (1, 2);
        CREATE INDEX i ON t(a);
        PRAGMA writable_schema=ON;
        UPDATE sqlite_schema SET sql='CREATE UNIQUE INDEX i ON t(a)' WHERE name='i';
        PRAGMA writable_schema=RESET;
        """, isSound: false),
  ]
}
