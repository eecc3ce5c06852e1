"""Compares an opened snapshot with the database and the tree it was taken of."""

import hashlib
import os
import pathlib
import stat
import struct
import sys

from . import description, files

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Workload"))

from database_comparison import connect, quoted  # noqa: E402
from ownership import Exclusion  # noqa: E402

EPHEMERAL = {"caps_features", "muc_online_room", "muc_online_users", "sm", "route", "bosh", "proxy65"}
# Their rows are the server's, whomever they name: a restore takes out what names people who were erased, a reader need not.
SHARED = {"pubsub_subscription_opt"}
KINDS = {"table": description.TABLE, "index": description.INDEX, "view": description.VIEW, "trigger": description.TRIGGER}
ENCODINGS = {"UTF-8": 1, "UTF-16le": 2, "UTF-16be": 3}


class DatabaseCheck:
    """Compares every row of every table, and the description."""

    def __init__(self, path, host, content, checks, counts, erased=()):
        self.path, self.content, self.checks, self.counts = path, content, checks, counts
        self.connection = connect(path)
        self.exclusion = Exclusion(self.connection, "ejabberd-old", host, [address.decode() for address in erased], True)

    def one(self, query):
        """The only value a query gives."""
        return self.connection.execute(query).fetchone()[0]

    def run(self):
        """Compares everything."""
        self.head()
        found = {table.name.decode(): table for table in self.content.description.tables}
        live = [row[0].encode("latin-1").decode() for row in self.connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY rowid")]
        self.checks.expect("the description lists the live tables in their order", list(found) == live,
                           f"{set(live) ^ set(found)}")
        for name in live:
            self.table(found[name])

    def head(self):
        """Compares what is not rows."""
        wanted, status = self.content.description, os.stat(self.path)
        pairs = {
            "file name": (wanted.file_name, os.path.basename(self.path).encode()),
            "attributes": (wanted.attributes, description.Attributes(stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)),
            "page byte count": (wanted.page_byte_count, self.one("PRAGMA page_size")),
            "encoding": (wanted.encoding, ENCODINGS[self.one("PRAGMA encoding")]),
            "auto-vacuum": (wanted.auto_vacuum, self.one("PRAGMA auto_vacuum")),
            "user version": (wanted.user_version, self.one("PRAGMA user_version")),
            "application id": (wanted.application_id, self.one("PRAGMA application_id")),
            "write-ahead log": (wanted.write_ahead, self.one("PRAGMA journal_mode") == "wal")}
        for name, (one, other) in pairs.items():
            self.checks.expect(f"the description's {name} is the database's", one == other, f"({one}, {other})")
        live = [(KINDS[kind], name.encode("latin-1"), table.encode("latin-1"), None if sql is None else sql.encode("latin-1"),
                 bool(page)) for kind, name, table, sql, page in
                self.connection.execute("SELECT type, name, tbl_name, sql, rootpage FROM sqlite_schema ORDER BY rowid")]
        self.checks.expect("the description's objects are the schema", list(wanted.objects) == live)

    def table(self, table):
        """Compares the rows of one table."""
        name = table.name.decode()
        columns = [column.decode() for column in table.value_columns]
        stored = [row[1].encode("latin-1") for row in self.connection.execute(f"PRAGMA table_xinfo({quoted(name)})") if row[6] != 2]
        self.checks.expect(f"the columns of {name}", [column for column, _ in table.columns] == stored)
        wanted = [f"typeof({quoted(column)}), {quoted(column)}" for column in columns]
        if table.row_name is not None:
            wanted.insert(0, quoted(table.row_name.decode()))
        live, condition = [], "1" if name in SHARED else self.exclusion.condition(name)
        for row in self.connection.execute(f"SELECT {', '.join(wanted)} FROM {quoted(name)} WHERE {condition}"):
            row_id, row = (row[0], row[1:]) if table.row_name is not None else (None, row)
            live.append((row_id, [plain(kind, value) for kind, value in zip(row[::2], row[1::2])]))
        if name in EPHEMERAL:
            live = []
        # sqlite_sequence and tables without row ids have no order of their own here.
        mine, theirs = (sorted(rows, key=repr) for rows in (self.content.rows[table.name], live))
        mine = [(row_id, list(values)) for row_id, values in mine]
        self.checks.expect(f"the {len(theirs)} rows of {name} are the live ones", mine == theirs, first_difference(mine, theirs))
        self.counts["rows compared"] += len(theirs)
        self.counts["values compared"] += len(theirs) * len(columns)
        self.counts["tables compared"] += 1
        all_rows = self.one(f"SELECT count(*) FROM {quoted(name)}")
        self.counts["rows that must be absent"] += all_rows - len(theirs)


def plain(kind, value):
    """A live value as the reader gives it: its type, and text as bytes, doubles as bits."""
    if kind == "text":
        return kind, value.encode("latin-1")
    return kind, struct.unpack("<Q", struct.pack("<d", value))[0] if kind == "real" else value


def first_difference(mine, theirs):
    """What two lists of rows differ by, cut."""
    return next((f"({str(one)[:200]} | {str(other)[:200]})" for one, other in zip(mine, theirs) if one != other),
                f"({len(mine)} | {len(theirs)})")


class TreeCheck:
    """Compares every path with the live tree, but for the directories of no account."""

    def __init__(self, root, addresses, content, checks, counts):
        self.root, self.content, self.checks, self.counts = os.fsencode(root), content, checks, counts
        self.living = {hashlib.sha1(address).hexdigest().encode() for address in addresses if address}

    def run(self):
        """Compares everything."""
        live, absent = {}, 0
        for directory, names, regular in os.walk(self.root):
            for name in names + regular:
                path = os.path.relpath(os.path.join(directory, name), self.root)
                top = path.split(b"/")[0]
                if len(top) == 40 and top not in self.living:
                    absent += 1
                else:
                    live[path] = os.lstat(os.path.join(self.root, path))
        records = self.content.records
        self.checks.expect("the paths are the live ones", set(records) == set(live), f"{sorted(set(records) ^ set(live))[:3]}")
        for path in sorted(set(records) & set(live)):
            self.path(path, records[path], live[path])
        attributes, modified, nanoseconds = self.content.root
        status = os.stat(self.root)
        self.checks.expect("the root is the live one", (attributes.mode, modified * 10**9 + nanoseconds)
                           == (stat.S_IMODE(status.st_mode), status.st_mtime_ns))
        self.counts["paths that must be absent"] += absent

    def path(self, path, record, status):
        """Compares one path."""
        shown = os.fsdecode(path)
        live = (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, status.st_mtime_ns)
        attributes = record.attributes
        mine = (attributes.mode, attributes.owner, attributes.group, record.modified * 10**9 + record.nanoseconds)
        self.checks.expect(f"mode, owner and time of {shown}", mine == live, f"({mine}, {live})")
        full = os.path.join(self.root, path)
        if record.kind == files.REGULAR:
            with open(full, "rb") as file:
                data = file.read()
            self.checks.expect(f"the bytes of {shown}", stat.S_ISREG(status.st_mode) and self.content.bytes[path] == data)
            self.counts["bytes of files compared"] += len(data)
        elif record.kind == files.SYMBOLIC:
            self.checks.expect(f"the target of {shown}", record.target == os.readlink(full))
        elif record.kind == files.HARD:
            other = os.lstat(os.path.join(self.root, record.target))
            self.checks.expect(f"the link {shown}", other.st_ino == status.st_ino and record.target in self.content.bytes)
        else:
            self.checks.expect(f"{shown} is a directory", stat.S_ISDIR(status.st_mode))
        self.counts["paths compared"] += 1
