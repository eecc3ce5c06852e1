"""Adds to a generated site what it has none of: odd tables, and odd files of one account."""

import hashlib
import os
import pathlib
import random
import sqlite3
import sys

SCHEMA = """
CREATE TABLE odd_values(x);
CREATE TABLE odd_keyed(a TEXT COLLATE NOCASE, b INTEGER, v, PRIMARY KEY(a, b DESC)) WITHOUT ROWID;
CREATE TABLE odd_alias(v TEXT, id INTEGER PRIMARY KEY, rowid TEXT, oid TEXT);
CREATE TABLE odd_hidden(rowid TEXT, w BLOB);
CREATE TABLE odd_generated(a INTEGER, b INTEGER AS (a * 2) VIRTUAL, c TEXT AS (a || 'x') STORED);
CREATE INDEX odd_part ON odd_alias(v COLLATE RTRIM, id DESC) WHERE v > 'b';
CREATE INDEX odd_expression ON odd_alias(length(v));
CREATE VIEW odd_view AS SELECT v FROM odd_alias;
CREATE TRIGGER odd_trigger AFTER DELETE ON odd_alias BEGIN DELETE FROM odd_hidden; END;
"""
ROW_IDS = (-(1 << 63), -5, 0, 7, (1 << 63) - 1)


def tables(path, largest):
    """Tables that no profile knows, so that they are shared data."""
    database = sqlite3.connect(path)
    database.executescript(SCHEMA)
    values = [None, 0, -1, (1 << 63) - 1, -(1 << 63), 0.5, -0.0, float("inf"), 5e-324, "", "é\0x", b"", bytes(range(256))]
    database.executemany("INSERT INTO odd_values VALUES(?)", [(value,) for value in values])
    database.execute("INSERT INTO odd_values VALUES(CAST(x'ff00fe' AS TEXT))")
    # Together longer than a chunk's body, and the last on its own by default, so that a value is cut.
    for byte_count in (700_000, 800_000, 900_000, largest):
        database.execute("INSERT INTO odd_values VALUES(?)", (random.Random(byte_count).randbytes(byte_count),))
    database.executemany("INSERT INTO odd_keyed VALUES(?, ?, ?)", [(chr(97 + n % 26), n, n * 0.1) for n in range(200)])
    database.executemany("INSERT INTO odd_alias(id, v, rowid, oid) VALUES(?, 'bee', 'r', NULL)", [(row_id,) for row_id in ROW_IDS])
    database.executemany("INSERT INTO odd_hidden(_rowid_, rowid, w) VALUES(?, 'text', x'00')", [(row_id,) for row_id in ROW_IDS])
    database.executemany("INSERT INTO odd_generated(a) VALUES(?)", [(n,) for n in range(10)])
    database.commit()
    database.close()


def uploads(root, address):
    """Files of several pieces, with holes, and links."""
    top = pathlib.Path(root, hashlib.sha1(address.encode()).hexdigest(), "odd")
    top.mkdir(parents=True)
    (top / "a-long").write_bytes(random.Random(2).randbytes(9_000_001))
    with open(top / "b-sparse", "wb") as file:
        file.write(b"begin")
        file.seek(13_000_000)
        file.write(b"middle")
        file.truncate(30_000_000)
    (top / "c-nothing-but-hole").touch()
    os.truncate(top / "c-nothing-but-hole", 5_000_000)
    os.link(top / "a-long", top / "d-hard")
    os.symlink("../nowhere", top / "e-symbolic")
    (top / "f-private").write_bytes(b"x" * 100_000)
    (top / "f-private").chmod(0o600)
    (top / "g-empty").touch(mode=0o4755)
    os.makedirs(os.fsencode(top) + b"/\xff-not-utf8/z")
    (top / "f-private.txt").write_text("sorts by bytes")


if __name__ == "__main__":
    tables(sys.argv[1] + "/ejabberd.db", int(sys.argv[3]))
    uploads(sys.argv[1] + "/upload", sys.argv[2])
