"""Catalogues: which chunks make up a snapshot [F-CAT]."""

import dataclasses
import re

from .encoding import Cursor

DATABASE, TREE, POSTGRESQL = 1, 2, 4
NAME = re.compile(rb"[A-Za-z0-9_-]{1,64}")
PACKS, ORDINAL, REFERENCES = 131_072, 455_208, 1_048_576


@dataclasses.dataclass(frozen=True)
class Segment:
    """A stretch of an origin [F-CAT-3]."""

    tables: tuple
    lower: int
    records: int
    byte_count: int
    part: tuple


@dataclasses.dataclass(frozen=True)
class Origin:
    """What is backed up under one name."""

    name: bytes
    kind: int
    description: tuple
    segments: tuple


@dataclasses.dataclass(frozen=True)
class Group:
    """The chunks of one account in a segment [F-CAT-4]."""

    account: int
    records: tuple
    contents: tuple


class References:
    """A pack table and the references that count on it [F-CAT-5]."""

    def __init__(self, cursor):
        self.cursor, self.expected = cursor, 0
        self.packs, self.used = [], 0
        for _ in range(cursor.count(PACKS, 16)):
            self.packs.append(cursor.take(16))
        cursor.require(len(set(self.packs)) == len(self.packs), "malformed", "a pack twice")

    def next(self):
        """The location of one chunk: pack id and ordinal."""
        cursor = self.cursor
        position = cursor.number(PACKS)
        cursor.require(position < len(self.packs) and position <= self.used, "malformed", f"pack {position} of {len(self.packs)}")
        self.used = max(self.used, position + 1)
        ordinal = self.expected + cursor.signed()
        cursor.require(0 <= ordinal <= ORDINAL, "malformed", f"ordinal {ordinal}")
        self.expected = ordinal + 1
        return self.packs[position], ordinal

    def end(self):
        """Nothing follows, and every pack was referred to."""
        self.cursor.require(self.used == len(self.packs), "malformed", "a pack that nothing refers to")
        self.cursor.end()

    def list(self):
        """A count, and locations."""
        return tuple(self.next() for _ in range(self.cursor.count(REFERENCES, 2)))


def root(plain, run):
    """The origins in a root [F-CAT-2]."""
    cursor = Cursor(plain, "a catalogue's root")
    cursor.require(cursor.take(16) == run, "malformed", "it is of another run")
    references, origins = References(cursor), []
    for _ in range(cursor.number(256)):
        name = cursor.text(255)
        cursor.require(NAME.fullmatch(name) and name not in [origin.name for origin in origins], "malformed", f"the name {name}")
        kind = cursor.byte(DATABASE, POSTGRESQL)
        cursor.require(kind in (DATABASE, TREE, POSTGRESQL), "malformed", f"an origin of kind {kind}")
        description = references.next()
        segments = tuple(segment(cursor, references, kind) for _ in range(cursor.count(131_072, 6)))
        origins.append(Origin(name, kind, description, segments))
    references.end()
    return origins


def segment(cursor, references, kind):
    """[F-CAT-3]"""
    tables = []
    count = cursor.count(65_536, 1)
    cursor.require((count > 0) == (kind != TREE), "malformed", "a tree with tables, or a database without")
    for _ in range(count):
        table = cursor.number(65_536)
        cursor.require(not tables or tables[-1] < table, "malformed", "tables that do not ascend")
        tables.append(table)
    return Segment(tuple(tables), cursor.signed(), cursor.number(33_554_432), cursor.number(1 << 53), references.next())


def part(plain):
    """The groups in a part [F-CAT-4]."""
    cursor = Cursor(plain, "a catalogue's part")
    references, groups, account = References(cursor), [], 0
    for position in range(cursor.count(1_048_576, 3)):
        step = cursor.varint()
        cursor.require(step or not position, "malformed", "two groups of one account")
        account += step
        cursor.require(account < 1 << 32, "malformed", f"account {account}")
        groups.append(Group(account, references.list(), references.list()))
    references.end()
    return groups
