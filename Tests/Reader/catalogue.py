"""Catalogues: which chunks make up a snapshot [F-CAT]."""

import dataclasses
import re

from .encoding import Cursor

DATABASE, TREE = 1, 2
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
        self.packs = [cursor.take(16) for _ in range(cursor.count(PACKS, 16))]

    def next(self):
        """The location of one chunk: pack id and ordinal."""
        cursor = self.cursor
        position = cursor.number(PACKS)
        cursor.require(position < len(self.packs), "malformed", f"pack {position} of {len(self.packs)}")
        ordinal = self.expected + cursor.signed()
        cursor.require(0 <= ordinal <= ORDINAL, "malformed", f"ordinal {ordinal}")
        self.expected = ordinal + 1
        return self.packs[position], ordinal

    def list(self):
        """A count, and locations."""
        return tuple(self.next() for _ in range(self.cursor.count(REFERENCES, 2)))


def root(plain, run):
    """The origins in a root [F-CAT-2]."""
    cursor = Cursor(plain, "a catalogue's root")
    cursor.require(cursor.take(16) == run, "malformed", "it is of another run")
    references, origins = References(cursor), []
    for _ in range(cursor.count(256, 5)):
        name = cursor.text(64)
        cursor.require(NAME.fullmatch(name) and name not in [origin.name for origin in origins], "malformed", f"the name {name}")
        kind, description = cursor.byte(DATABASE, TREE), references.next()
        segments = tuple(segment(cursor, references, kind) for _ in range(cursor.count(131_072, 6)))
        origins.append(Origin(name, kind, description, segments))
    cursor.end()
    return origins


def segment(cursor, references, kind):
    """[F-CAT-3]"""
    tables = tuple(cursor.number(65_536) for _ in range(cursor.count(65_536, 1)))
    cursor.require(all(one < other for one, other in zip(tables, tables[1:])), "malformed", "tables that do not ascend")
    cursor.require(kind == DATABASE or not tables, "malformed", "a tree with tables")
    return Segment(tables, cursor.signed(), cursor.number(33_554_432), cursor.number(1 << 53), references.next())


def part(plain):
    """The groups in a part [F-CAT-4]."""
    cursor = Cursor(plain, "a catalogue's part")
    references, groups, account = References(cursor), [], 0
    for position in range(cursor.count(1_048_576, 3)):
        step = cursor.varint()
        cursor.require(step or not position, "malformed", "two groups of one account")
        account += step
        cursor.require(account < 1 << 32, "over-limit", f"account {account}")
        groups.append(Group(account, references.list(), references.list()))
    cursor.end()
    return groups
