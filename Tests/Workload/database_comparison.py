"""Whether two databases hold the same, to the last value."""

import functools
import marshal
import pathlib
import sqlite3
import struct
import threading
import urllib.parse

from ownership import Exclusion

PRAGMAS = ("page_size", "encoding", "auto_vacuum", "user_version", "application_id")
CHECKS = ("integrity_check", "foreign_key_check")
ROWS_AT_ONCE = 2_000
ROW_NAMES = ("rowid", "_rowid_", "oid")
VALUE_BYTES_SHOWN = 120


def connect(path):
    """Opens a database for reading; text comes as Latin-1, so that any bytes pass and stay distinct from blobs.

    A file without a -wal beside it is at rest, and is opened so that none appears."""
    if not pathlib.Path(path).is_file():
        raise FileNotFoundError(f"{path} is no file")
    at_rest = not any(pathlib.Path(f"{path}{ending}").exists() for ending in ("-wal", "-journal"))
    uri = f"file:{urllib.parse.quote(str(path))}?" + ("immutable=1" if at_rest else "mode=ro")
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=60, check_same_thread=False)
    connection.text_factory = functools.partial(str, encoding="latin-1")
    connection.execute("PRAGMA cache_size=-65536")
    return connection


class DatabaseComparison:
    """Compares B with A; A is the source, of which some rows may be expected to be absent in B."""

    def __init__(self, source, restored, differences):
        self.paths = (source, restored)
        self.differences = differences
        self.source, self.restored = connect(source), connect(restored)
        self.exclusion, self.rows, self.scrubbed = None, 0, 0

    def exclude(self, profile, host, jids, remains):
        """Expects the rows of these owners to be absent."""
        self.exclusion = Exclusion(self.source, profile, host, jids, remains)

    def run(self, empty_tables, with_checks):
        """Compares everything and prints what was compared."""
        checks = [Check(path) for path in self.paths] if with_checks else []
        for connection in (self.source, self.restored):
            connection.execute("BEGIN")
        tables = self.schema()
        for name in sorted(empty_tables - set(tables)):
            self.differences.add(f"--except-tables names {name}, which is no table of both databases")
        for table in tables:
            if table in empty_tables:
                self.empty(table)
            else:
                self.table(table)
        self.pragmas()
        self.compare_checks(checks)
        print(f"{self.rows} rows of {len(tables)} tables, {len(PRAGMAS)} pragmas, the journal mode"
              + (f", {len(CHECKS)} checks" if checks else ""))

    def schema(self):
        """Compares the schema's entries and gives the tables that hold rows in both."""
        query = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
        mine, theirs = (set(side.execute(query)) for side in (self.source, self.restored))
        for entry in sorted(mine - theirs, key=repr):
            self.differences.add(f"schema: only in A: {shown(entry)}")
        for entry in sorted(theirs - mine, key=repr):
            self.differences.add(f"schema: only in B: {shown(entry)}")
        print(f"schema: {len(mine)} entries")
        names = [{readable(name) for kind, name, _, sql in entries
                  if kind == "table" and not (sql or "").upper().startswith("CREATE VIRTUAL")} for entries in (mine, theirs)]
        return sorted(names[0] & names[1])

    def empty(self, table):
        """A table that is not restored must be there and hold nothing."""
        count = self.restored.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0]
        if count:
            self.differences.add(f"{table}: {count} rows in B, where none are expected")
        print(f"{table}: empty, as expected" if not count else f"{table}: {count} rows too many")

    def table(self, table):
        """Streams both tables in key order; rows are looked at one by one only from the first difference on."""
        condition = self.exclusion.condition(table) if self.exclusion else "1"
        mine, theirs = read(self.source, table, condition), read(self.restored, table, "1")
        before, count = self.differences.count, 0
        mine_rows, their_rows = mine.fetchmany(ROWS_AT_ONCE), theirs.fetchmany(ROWS_AT_ONCE)
        while mine_rows or their_rows:
            if marshal.dumps(mine_rows, 2) != marshal.dumps(their_rows, 2) and not all_same(mine_rows, their_rows):
                count += self.one_by_one(table, chained(mine_rows, mine), chained(their_rows, theirs))
                break
            count += len(mine_rows)
            mine_rows, their_rows = mine.fetchmany(ROWS_AT_ONCE), theirs.fetchmany(ROWS_AT_ONCE)
        self.rows += count
        found = self.differences.count - before
        print(f"{table}: {count} rows" + (f", {found} differences" if found else ""))

    def one_by_one(self, table, mine, theirs):
        """Merges by key; a table without rowids is compared as sets of what remains."""
        if not has_rowid(self.source, table):
            return self.as_sets(table, list(mine), list(theirs))
        count, a, b = 0, next(mine, None), next(theirs, None)
        while a is not None or b is not None:
            count += a is not None
            if b is None or (a is not None and a[0] < b[0]):
                self.differences.add(f"{table}: only in A: {shown(a)}")
                a = next(mine, None)
            elif a is None or b[0] < a[0]:
                self.differences.add(f"{table}: only in B: {shown(b)}")
                b = next(theirs, None)
            else:
                if not same(a, b) and not self.same_room(table, a, b):
                    self.differences.add(f"{table}: {difference(a, b)}")
                a, b = next(mine, None), next(theirs, None)
        return count

    def as_sets(self, table, mine, theirs):
        """Rows that only one side has."""
        for side, rows, others in (("A", mine, theirs), ("B", theirs, mine)):
            known = {marshal.dumps(row, 2) for row in others}
            for row in rows:
                if marshal.dumps(row, 2) not in known:
                    self.differences.add(f"{table}: only in {side}: {shown(row)}")
        return len(mine)

    def same_room(self, table, a, b):
        """Whether a room differs only by addresses that are expected to be absent."""
        if table != "muc_room" or not self.exclusion:
            return False
        a, b = ([self.exclusion.scrubbed(value) if isinstance(value, str) else value for value in row] for row in (a, b))
        self.scrubbed += same(a, b)
        return same(a, b)

    def pragmas(self):
        """Compares what the file's header says."""
        for pragma in PRAGMAS:
            a, b = (side.execute(f"PRAGMA {pragma}").fetchall() for side in (self.source, self.restored))
            if a != b:
                self.differences.add(f"pragma {pragma}: {shown(a[0])} in A, {shown(b[0])} in B")
        a, b = map(journal_mode, self.paths)
        if a != b:
            self.differences.add(f"journal mode: {a} in A, {b} in B")
        if self.scrubbed:
            print(f"muc_room: {self.scrubbed} rows equal but for addresses that are expected to be absent")

    def compare_checks(self, checks):
        """Compares what SQLite says of both files."""
        answers = [check.answers() for check in checks]
        for check in CHECKS if answers else ():
            a, b = (answer[check] for answer in answers)
            if a != b:
                self.differences.add(f"{check}: {a[:3]} in A, {b[:3]} in B")
            elif check == "integrity_check" and a != [("ok",)]:
                self.differences.add(f"{check}: both databases are damaged: {a[:3]}")


class Check(threading.Thread):
    """Runs SQLite's own checks of one file beside the comparison."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.connection, self.found = connect(path), {}
        self.start()

    def run(self):
        for check in CHECKS:
            try:
                self.found[check] = self.connection.execute(f"PRAGMA {check}").fetchall()
            except sqlite3.Error as failure:
                self.found[check] = [(f"failed: {failure}",)]

    def answers(self):
        """What the checks said, when they are done."""
        self.join()
        return self.found


def journal_mode(path):
    """What the file's header says, which is what the next program to open it meets."""
    with open(path, "rb") as file:
        versions = file.read(20)[18:]
    return {b"\x01\x01": "rollback journal", b"\x02\x02": "WAL"}.get(versions, f"unknown ({versions.hex()})")


def read(connection, table, condition):
    """A cursor over the rows in key order, the key first where it is a rowid."""
    name, columns = quoted(table), connection.execute(f"PRAGMA table_xinfo({quoted(table)})").fetchall()
    wanted = "*" if encoding(connection) == "UTF-8" else ", ".join(raw(quoted(readable(column[1]))) for column in columns)
    if has_rowid(connection, table):
        taken = {column[1].lower() for column in columns}
        row_name = next((row_name for row_name in ROW_NAMES if row_name not in taken), None)
        if row_name is None:
            raise ValueError(f"{table} hides its rowid behind columns of all three names; it cannot be compared")
        return connection.execute(f"SELECT {row_name}, {wanted} FROM {name} WHERE {condition} ORDER BY {row_name}")
    key = sorted((column[5], column[1]) for column in columns if column[5])
    order = ", ".join(quoted(readable(column)) for _, column in key)
    return connection.execute(f"SELECT {wanted} FROM {name} WHERE {condition} ORDER BY {order}")


def encoding(connection):
    """The encoding of the database's text."""
    return connection.execute("PRAGMA encoding").fetchone()[0]


def raw(column):
    """A value and its type; UTF-16 as its bytes, because turning it into UTF-8 would hide what is malformed."""
    return f"typeof({column}), CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB) ELSE {column} END"


def has_rowid(connection, table):
    """Whether the table's rows are numbered."""
    for row in connection.execute(f"PRAGMA main.table_list({quoted(table)})"):
        return not row[4]
    return True


def quoted(name):
    """A name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def readable(text):
    """Text that was read as Latin-1, as what it most likely is."""
    return text.encode("latin-1").decode(errors="backslashreplace")


def chained(rows, cursor):
    """The rows at hand, then those to come."""
    yield from rows
    yield from cursor


def same(a, b):
    """Whether two rows have the same values of the same types, doubles by their bits."""
    return len(a) == len(b) and all(
        type(x) is type(y) and (struct.pack("<d", x) == struct.pack("<d", y) if isinstance(x, float) else x == y)
        for x, y in zip(a, b))


def all_same(mine, theirs):
    """Whether two lists of rows are the same."""
    return len(mine) == len(theirs) and all(map(same, mine, theirs))


def difference(a, b):
    """The first value by which two rows of one key differ."""
    for place, (x, y) in enumerate(zip(a, b)):
        if not same((x,), (y,)):
            return f"row {shown((a[0],))}, column {place}: {shown((x,))} in A, {shown((y,))} in B"
    return f"row {shown((a[0],))}: {len(a)} columns in A, {len(b)} in B"


def shown(values):
    """Values as they can be printed, long ones cut."""
    return ", ".join(repr(readable(value) if isinstance(value, str) else value)[:VALUE_BYTES_SHOWN] for value in values)
