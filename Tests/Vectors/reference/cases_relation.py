"""Vectors of values that are whole by themselves and do not fit what holds or names them."""

import cases_sealed as sealed
import model as m
from primitives import signed, string, varint

ROWS, FILES, CATALOGUE = 1, 2, 3


def pack_vectors(collect):
    """Chunks of another kind or owner than what refers to them, or than their pack holds."""
    keys = {**sealed.READING, **sealed.OWNER, "run secret": m.RUN_SECRET}
    whole = {ROWS: (m.ROWS, m.RECORDS, m.DESCRIPTION), FILES: (m.CONTENT,), CATALOGUE: (m.ROOT, m.PART)}

    def add(name, clause, expect, chunk, contents, fields=None, **headers):
        data = m.pack_object(m.pack_header(contents, fields or chunk.fields()), [chunk])
        collect("pack", **{**keys, **headers})(name, clause, expect, data, plaintext=chunk.plaintext)

    for contents, kinds in whole.items():
        for kind in range(m.ROWS, m.PART + 1):
            if kind not in kinds:
                add(f"kind {kind} in contents {contents}", "F-PACK-2", "malformed", m.Chunk(kind, b"plaintext"), contents)
    root = m.Chunk(m.ROOT, b"root")
    owned = [(name, varint(1) if name == "account" else value) for name, value in root.fields()]
    add("catalogue chunk of an account", "F-PACK-3", "malformed", root, CATALOGUE, owned, **{"catalogue kind": m.ROOT})
    for kind in whole[ROWS]:
        chunk = m.Chunk(kind, b"plaintext")
        for asked in range(m.ROWS, m.DESCRIPTION + 1):
            expect = "opened" if asked == kind else "malformed"
            add(f"kind {kind} where {asked} is asked", "F-CHK-1", expect, chunk, ROWS, **{"chunk kind": asked})
    add("chunk of another account number", "F-CHK-3", "malformed", m.Chunk(m.ROWS, b"rows", account=2), ROWS)


def keyring_vectors(collect):
    """A keyring and the epoch that the log says it has."""
    for epoch, expect in ((3, "opened"), (1, "malformed"), (4, "malformed")):
        contents = m.keyring_contents().bytes()
        add = collect("keyring", **sealed.METADATA, epoch=epoch, **{"kit epoch": 1, "kit seed": m.SEEDS[1]})
        add(f"of epoch 3 where {epoch} is promised", "F-LOG-6", expect, m.keyring_object(contents, 3), plaintext=contents)


def catalogue_vectors(collect):
    """Segments and their tables."""
    add = collect("catalogue-root")

    def segment(tables):
        return varint(len(tables)) + b"".join(map(varint, tables)) + signed(0) + b"\1\1" + b"\0" + signed(0)

    def root(kind, tables):
        return m.RUN + b"\1" + m.PACK + b"\1" + string("xmpp") + bytes([kind]) + b"\0" + signed(0) + b"\1" + segment(tables)

    add("tree with a segment", "F-CAT-3", "opened", root(2, []))
    add("one table", "F-CAT-3", "opened", root(1, [65_536]))
    add("tables that ascend", "F-CAT-3", "opened", root(1, [0, 1, 300]))
    for name, kind, tables in (
            ("tables that descend", 1, [1, 0]), ("table twice", 1, [0, 7, 7]), ("segment of no table", 1, []),
            ("tree with a table", 2, [0])):
        add(name, "F-CAT-3", "malformed", root(kind, tables))


def row_vectors(collect):
    """Two faults in one section: the first decides."""
    add, head = collect("rows"), string("xmpp") + string("archive") + signed(0) + varint(0)
    add("columns over their limit at the end", "F-ROW-2", "over-limit", head + string("archive") + varint(32_768))


def kit_vectors(collect):
    """Lines that end in something else than LF or CRLF, and words that are more than ASCII."""
    for half, contents in (("static", m.static_contents()), ("epoch", m.epoch_contents())):
        add = collect("kit", half=half, repository=m.REPOSITORY)
        data = contents.bytes()
        text = m.kit_text(m.kit_head(half), m.kit_payload(half, data))
        begin, payload = text.split("\n\n")
        for name, separator in (("carriage returns", "\r"), ("vertical tabs", "\v"), ("form feeds", "\f"),
                                ("next lines", "\x85"), ("line separators", "\u2028")):
            add(f"lines between {name}", "F-KIT-1", "malformed", separator.join(text.split("\n")))
            add(f"payload between {name}", "F-KIT-1", "malformed", begin + "\n\n" + payload.replace("\n", separator, 1))
        add("line of spaces", "F-KIT-1", "malformed", begin + "\n  \n" + payload)
        add("line of a tab", "F-KIT-1", "malformed", begin + "\n\t\n" + payload)
        add("space and accent", "F-KIT-1", "malformed", text.replace("wrap: ", "wrap: \u0301"))
        add("beyond ascii and version 2", "F-KIT-1", "unknown-version", text.replace("KIT 1", "KIT 2") + "\u00e9\n")
        add("spaces at both ends", "F-KIT-1", "opened", "".join(f"  {line} \n" if line else "\n" for line in text.split("\n")),
            plaintext=data)
        lines = m.kit_payload(half, data)
        short = [lines[place:place + 5] for place in range(0, len(lines), 5)]
        add("short payload lines", "F-KIT-1", "opened", begin + "\n\n" + "".join(
            f"{line.hex()} {m.line_sum(line):02x}\n" for line in short) + "end\n", plaintext=data)
