"""Descriptions of databases and trees [F-DESC]."""

import dataclasses

from .encoding import Cursor

TABLE, INDEX, VIEW, TRIGGER = range(4)
ROW_IDS, ALIASED, KEYED = 1, 2, 3
NAME, NUMBER, COLUMNS = 255, (1 << 32) - 1, 32_767
COLLATIONS = (b"BINARY", b"NOCASE", b"RTRIM")


@dataclasses.dataclass(frozen=True)
class Attributes:
    """Who may do what with a file."""

    mode: int
    owner: int
    group: int

    @classmethod
    def read(cls, cursor):
        """Mode, owner and group as in [F-REC-1]."""
        return cls(cursor.number(0o7777), cursor.number(NUMBER), cursor.number(NUMBER))


@dataclasses.dataclass(frozen=True)
class Table:
    """A table with rows of its own."""

    name: bytes
    kind: int
    row_name: bytes | None
    alias: int | None
    columns: tuple
    key: tuple
    indexes: tuple

    @property
    def value_columns(self):
        """The columns that have values in rows: all but the alias of the row id."""
        return [name for position, (name, _) in enumerate(self.columns) if position != self.alias]


@dataclasses.dataclass(frozen=True)
class Database:
    """A database as a file and its schema."""

    file_name: bytes
    attributes: Attributes
    page_byte_count: int
    encoding: int
    auto_vacuum: int
    schema_format: int
    user_version: int
    application_id: int
    write_ahead: bool
    objects: tuple
    tables: tuple


def database(plain):
    """The description of a database [F-DESC-1]."""
    cursor = Cursor(plain, "a database's description")
    name = cursor.text(NAME)
    cursor.require(name not in (b"", b".", b"..") and not set(name) & {0, 0x2F}, "malformed", f"the file name {name}")
    attributes, pages = Attributes.read(cursor), cursor.number(65_536)
    cursor.require(512 <= pages and pages & (pages - 1) == 0, "malformed", f"pages of {pages} bytes")
    head = (cursor.byte(1, 3), cursor.byte(0, 2), cursor.byte(1, 4), narrow(cursor), narrow(cursor), cursor.flag())
    objects = tuple(schema_object(cursor) for _ in range(cursor.count(65_536, 5)))
    tables = tuple(table(cursor) for _ in range(cursor.count(65_536, 4)))
    cursor.end()
    return Database(name, attributes, pages, *head, objects, tables)


@dataclasses.dataclass(frozen=True)
class Server:
    """A PostgreSQL database as its schema."""

    version: int
    encoding: bytes
    creation: bytes
    roles: tuple
    before: bytes
    after: bytes
    tables: tuple
    sequences: tuple


def postgresql(plain):
    """The description of a PostgreSQL database [F-DESC-3]."""
    cursor = Cursor(plain, "a PostgreSQL database's description")
    version, encoding = cursor.number(NUMBER), cursor.text(NAME)
    cursor.require(encoding in (b"UTF8", b"SQL_ASCII"), "malformed", f"the encoding {encoding}")
    creation = cursor.text(1 << 20)
    roles = tuple(cursor.text(NAME) for _ in range(cursor.count(65_536, 1)))
    before, after = cursor.string(6 << 20), cursor.string(6 << 20)
    tables = tuple(server_table(cursor) for _ in range(cursor.count(65_536, 6)))
    sequences = tuple((cursor.text(1 << 20), cursor.signed(), cursor.flag()) for _ in range(cursor.count(65_536, 3)))
    cursor.end()
    return Server(version, encoding, creation, roles, before, after, tables, sequences)


def server_table(cursor):
    """One table; its number is a row id with an alias."""
    label, _, _ = cursor.text(NAME), cursor.text(NAME), cursor.text(NAME)
    number = cursor.number(COLUMNS) if cursor.flag() else None
    columns = tuple((cursor.text(NAME), False) for _ in range(cursor.count(COLUMNS, 1)))
    cursor.require((number or 0) < len(columns), "malformed", "a column that is none")
    name = None if number is None else columns[number][0]
    return Table(label, KEYED if number is None else ALIASED, name, number, columns, (), ())


def narrow(cursor):
    """A signed of 32 bits."""
    value = cursor.signed()
    cursor.require(-(1 << 31) <= value < 1 << 31, "malformed", f"{value} is beyond 32 bits")
    return value


def schema_object(cursor):
    """Kind, name, table's name, SQL, whether it has storage."""
    kind, name, table_name = cursor.byte(TABLE, TRIGGER), cursor.text(NAME), cursor.text(NAME)
    return kind, name, table_name, cursor.string(1 << 20) if cursor.flag() else None, cursor.flag()


def table(cursor):
    """One table."""
    name, kind = cursor.text(NAME), cursor.byte(ROW_IDS, KEYED)
    row_name = alias = None
    pending = ()
    if kind == KEYED:
        pending = key(cursor)
        cursor.require(pending, "malformed", "a key without columns")
    else:
        row_name = cursor.text(NAME)
        alias = cursor.number(COLUMNS) if kind == ALIASED else None
    columns = tuple((cursor.text(NAME), cursor.flag()) for _ in range(cursor.count(COLUMNS, 2)))
    indexes = tuple((cursor.text(NAME), key(cursor) if cursor.flag() else None) for _ in range(cursor.count(65_536, 2)))
    positions = [column for column, _, _ in (*pending, *(one for _, found in indexes for one in found or ()))]
    cursor.require(all(position < len(columns) for position in [*positions, *(() if alias is None else (alias,))]), "malformed", "a column that is none")
    return Table(name, kind, row_name, alias, columns, pending, indexes)


def key(cursor):
    """Columns of a key, each with its collation and direction."""
    return tuple(key_column(cursor) for _ in range(cursor.count(COLUMNS, 3)))


def key_column(cursor):
    """One column of a key."""
    position, collation = cursor.number(COLUMNS), cursor.text(NAME)
    cursor.require(collation in COLLATIONS, "malformed", f"the collation {collation}")
    return position, collation, cursor.flag()


def tree(plain):
    """The description of a tree [F-DESC-2]: attributes and time of its root."""
    cursor = Cursor(plain, "a tree's description")
    found = Attributes.read(cursor), cursor.signed(), cursor.number(999_999_999)
    cursor.end()
    return found
