"""File records [F-REC]."""

import dataclasses

from .description import Attributes
from .encoding import Cursor

DIRECTORY, REGULAR, SYMBOLIC, HARD = 1, 2, 3, 4
PIECE, PATH, HOLES, MOST = 4_194_304, 65_536, 65_536, 1 << 40


@dataclasses.dataclass(frozen=True)
class Piece:
    """A piece that has a chunk: its place, name and secret."""

    position: int
    byte_count: int
    name: bytes
    secret: bytes


@dataclasses.dataclass(frozen=True)
class Record:
    """One name in a tree."""

    path: bytes
    attributes: Attributes
    modified: int
    nanoseconds: int
    kind: int
    target: bytes | None
    byte_count: int
    holes: tuple
    pieces: tuple


def decode(body):
    """The records in a joined body."""
    cursor = Cursor(body, "file records")
    while cursor.left:
        path = cursor.string(PATH)
        names = path.split(b"/")
        cursor.require(not any(name in (b"", b".", b"..") or 0 in name for name in names), "malformed", f"the path {path}")
        head = path, Attributes.read(cursor), cursor.signed(), cursor.number(999_999_999), cursor.byte(DIRECTORY, HARD)
        target, byte_count, found, chunks = None, 0, (), ()
        if head[4] in (SYMBOLIC, HARD):
            target = cursor.string(PATH)
        elif head[4] == REGULAR:
            byte_count = cursor.number(MOST)
            found = holes(cursor, byte_count)
            chunks = pieces(cursor, byte_count, found)
        yield Record(*head, target, byte_count, found, chunks)


def holes(cursor, byte_count):
    """The holes of a file, as begin and end."""
    place, found = 0, []
    for position in range(cursor.count(HOLES, 2)):
        gap = cursor.number(byte_count - place)
        length = cursor.number(byte_count - place - gap)
        cursor.require(length and (gap or not position), "malformed", "a hole that is empty or goes on")
        found.append((place + gap, place + gap + length))
        place += gap + length
    return tuple(found)


def pieces(cursor, byte_count, found):
    """The pieces that have chunks."""
    chunks, hole = [], 0
    for position in range(-(-byte_count // PIECE)):
        begin, end = position * PIECE, min(byte_count, (position + 1) * PIECE)
        while hole < len(found) and found[hole][1] < end:
            hole += 1
        empty = hole < len(found) and found[hole][0] <= begin and end <= found[hole][1]
        present = cursor.flag()
        cursor.require(present != empty, "malformed", "a piece is absent exactly where it lies in one hole")
        if present:
            chunks.append(Piece(position, end - begin, cursor.take(16), cursor.take(32)))
    return tuple(chunks)
