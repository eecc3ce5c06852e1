"""Vectors of the log entry that tells of a restore that was proved: drill."""

import model as m
from cases_erasure import METADATA, damaged_lists
from primitives import fixed, signed, varint

MOST = 1 << 53


def drill(**more):
    """The body of a drill."""
    fields = {"duration": 56_400, "rows": 3_880_000, "files": 6_200, "bytes": 4_900_000_000, **more}
    return [("run", m.RUN), ("ended", signed(1_700_000_056_400)), *((name, varint(value)) for name, value in fields.items())]


def log_vectors(collect):
    """Log entries of kind 9."""
    def plain(name, clause, expect, plaintext, sequence=5):
        plaintext = plaintext if isinstance(plaintext, bytes) else plaintext.bytes()
        add = collect("log", sequence=sequence, previous=bytes(32) if sequence == 1 else fixed("previous"), **METADATA)
        add(name, clause, expect, m.log_object(plaintext, sequence), plaintext=plaintext)

    whole = m.entry(5, 9, drill())
    plain("drill", "F-LOG-11", "opened", whole)
    plain("drill of nothing", "F-LOG-11", "opened", m.entry(5, 9, drill(duration=0, rows=0, files=0, bytes=0)))
    plain("drill of the most", "F-LOG-11", "opened", m.entry(5, 9, drill(duration=MOST, rows=MOST, files=MOST, bytes=MOST)))
    plain("drill that ended before 1970", "F-LOG-11", "opened", whole.but(ended=signed(-1)))
    plain("drill as entry 1", "F-LOG-2", "malformed", m.entry(1, 9, drill()), sequence=1)
    for field in ("duration", "rows", "files", "bytes"):
        plain(f"drill {field} over limit", "F-LOG-11", "over-limit", whole.but(**{field: varint(MOST + 1)}))
        plain(f"drill {field} longer than it must be", "F-ENC-2", "malformed", whole.but(**{field: b"\x83\0"}))
    damaged_lists(plain, "drill", whole, len(m.entry(5, 9).bytes()))
