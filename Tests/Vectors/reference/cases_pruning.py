"""Vectors of the log entries that let go of snapshots and packs: expiry, drop."""

import model as m
from cases_erasure import METADATA, damaged_lists
from primitives import fixed, varint

LOWEST, HIGHEST = bytes(16), b"\xff" * 16
KINDS = {"expiry": (7, 65_536), "drop": (8, 524_288)}


def log_vectors(collect):
    """Log entries with lists of runs or packs."""
    def plain(name, clause, expect, plaintext, sequence=5):
        plaintext = plaintext if isinstance(plaintext, bytes) else plaintext.bytes()
        add = collect("log", sequence=sequence, previous=bytes(32) if sequence == 1 else fixed("previous"), **METADATA)
        add(name, clause, expect, m.log_object(plaintext, sequence), plaintext=plaintext)

    for kind, (number, limit) in KINDS.items():
        def entry(*identifiers, sequence=5, number=number, **more):
            return m.entry(sequence, number, m.identifiers(*identifiers), **more)

        one, two, three = sorted(fixed(f"{kind} {index}", 16) for index in range(3))
        whole = entry(one, two, three)
        plain(kind, "F-LOG-10", "opened", whole)
        plain(f"{kind} of nothing", "F-LOG-10", "opened", entry())
        plain(f"{kind} of one", "F-LOG-10", "opened", entry(one))
        plain(f"{kind} of the lowest and the highest id", "F-LOG-10", "opened", entry(LOWEST, HIGHEST))
        plain(f"{kind} of ids that differ in their last byte", "F-LOG-10", "opened", entry(one[:15] + b"\x7f", one[:15] + b"\x80"))
        plain(f"{kind} without keyrings", "F-LOG-10", "opened", entry(one, references=()))
        plain(f"{kind} as entry 1", "F-LOG-2", "malformed", entry(one, sequence=1), sequence=1)
        for what, identifiers in (
                ("an id twice", (one, two, two)), ("ids in descending order", (one, three, two)),
                ("the lowest id last", (one, two, LOWEST)), ("ids that descend in their last byte", (one[:15] + b"\x80", one[:15] + b"\x7f")),
                ("ids in the order of their last bytes", (b"\2" + bytes(14) + b"\1", b"\1" + bytes(14) + b"\2"))):
            plain(f"{kind} with {what}", "F-LOG-10", "malformed", entry(*identifiers))
        for value, clause, expect in (
                (varint(limit + 1), "F-LOG-10", "over-limit"), (varint((1 << 64) - 1), "F-LOG-10", "over-limit"),
                (varint(limit), "F-ENC-4", "truncated"), (varint(4), "F-ENC-4", "truncated"),
                (b"\2", "F-ENC-5", "malformed"), (b"\0", "F-ENC-5", "malformed"), (b"\x83\0", "F-ENC-2", "malformed")):
            plain(f"{kind} list {expect} {value.hex()}", clause, expect, whole.but(list=value))
        damaged_lists(plain, kind, whole, len(m.entry(5, number).bytes()))
    plain("drop of more packs than runs expire", "F-ENC-4", "truncated", m.entry(5, 8, [("list", varint(65_537)), ("id", LOWEST)]))
    for number in (10, 77):
        plain(f"kind {number}", "F-LOG-2", "unknown-version", m.entry(5, number, m.identifiers(LOWEST)))
