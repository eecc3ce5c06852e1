"""Rows [F-ROW]."""

import struct

from .encoding import Cursor

ORIGIN, PART_LIMIT, JOINED, ROW = 255, 33_554_432, 67_108_864, 33_554_432


def header(plain, origin, table, lower, part):
    """Compares the head of a rows or records chunk with the catalogue, and gives the body [F-ROW-1]."""
    cursor = Cursor(plain, "a chunk of rows or records")
    cursor.require(cursor.text(ORIGIN) == origin, "malformed", "it is of another origin")
    cursor.require(cursor.text(ORIGIN) == table, "malformed", "it is of another table")
    cursor.require(cursor.signed() == lower, "malformed", "it is of another segment")
    cursor.require(cursor.number(PART_LIMIT) == part, "malformed", "it is another part")
    return plain[cursor.place:]


def decode(body, tables):
    """The rows in a joined body: table, row id or None, values, and the bytes of the values.

    `tables` are those the segment lists, by name."""
    cursor = Cursor(body, "rows")
    while cursor.left:
        name, columns = cursor.text(255), cursor.number(32_767)
        cursor.require(name in tables, "malformed", f"rows of {name}, which the segment does not list")
        table = tables[name]
        cursor.require(columns == len(table.value_columns), "malformed", f"{columns} columns of {name}")
        count, row_id = cursor.varint(), 0
        cursor.require(count * max(columns, 1) <= cursor.left, "truncated", f"{count} rows")
        for _ in range(count):
            begin = cursor.place
            if table.row_name is not None:
                row_id = wrapped(row_id + cursor.signed())
            values_begin = cursor.place
            values = [value(cursor) for _ in range(columns)]
            cursor.require(cursor.place - begin <= ROW, "over-limit", "a row")
            yield name, row_id if table.row_name is not None else None, values, cursor.place - values_begin


def wrapped(number):
    """A number modulo 2^64, signed."""
    return ((number + (1 << 63)) & ((1 << 64) - 1)) - (1 << 63)


def value(cursor):
    """One value, as its type and what it is [F-ROW-3]."""
    kind = cursor.varint()
    if kind >= 4:
        cursor.require((kind - 4) // 2 <= ROW, "over-limit", "a value")
        return ("blob" if kind & 1 else "text"), bytes(cursor.take((kind - 4) // 2))
    cursor.require(kind < 3, "malformed", "a value of type 3")
    if kind == 0:
        return "null", None
    return ("integer", cursor.signed()) if kind == 1 else ("real", struct.unpack("<Q", cursor.take(8))[0])
