"""Rows [F-ROW]."""

import struct

from .encoding import Cursor, require

ORIGIN, PART_LIMIT, JOINED, ROW = 255, 33_554_432, 67_108_864, 33_554_432


def head(plain):
    """The head of a rows or records chunk - origin, table, lower, part - and the body [F-ROW-1]."""
    cursor = Cursor(plain, "a chunk of rows or records")
    found = cursor.text(ORIGIN), cursor.text(ORIGIN), cursor.signed(), cursor.number(PART_LIMIT)
    return found, plain[cursor.place:]


def header(plain, origin, table, lower, part):
    """Compares the head with the catalogue, and gives the body."""
    found, body = head(plain)
    require(found == (origin, table, lower, part), "malformed", f"a chunk of {found} where {origin}, {table}, {lower}, {part} is")
    return body


def section(cursor):
    """The head of a section: table, columns, rows [F-ROW-2]."""
    name, columns, count = cursor.text(255), cursor.number(32_767), cursor.varint()
    cursor.require(count * max(columns, 1) <= cursor.left, "truncated", f"{count} rows")
    return name, columns, count


def decode(body, tables):
    """The rows in a joined body: table, row id or None, values, and the bytes of the values.

    `tables` are those the segment lists, by name."""
    cursor = Cursor(body, "rows")
    while cursor.left:
        name, columns, count = section(cursor)
        row_id = 0
        cursor.require(name in tables, "malformed", f"rows of {name}, which the segment does not list")
        table = tables[name]
        cursor.require(columns == len(table.value_columns), "malformed", f"{columns} columns of {name}")
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
        return ("blob" if kind & 1 else "text"), bytes(cursor.take((kind - 4) // 2))
    cursor.require(kind < 3, "malformed", "a value of type 3")
    if kind == 0:
        return "null", None
    return ("integer", cursor.signed()) if kind == 1 else ("real", struct.unpack("<Q", cursor.take(8))[0])
