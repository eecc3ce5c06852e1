"""Vectors of the log entries that say who must not come back: erasure, cancellation, epoch."""

import model as m
from primitives import fixed, varint

OVER32, LAST32 = varint(1 << 32), (1 << 32) - 1
METADATA = {"repository": m.REPOSITORY, "metadata key": m.METADATA_KEY}


def log_vectors(collect):
    """Log entries that say who must not come back."""
    def plain(name, clause, expect, plaintext, sequence=5, **headers):
        plaintext = plaintext if isinstance(plaintext, bytes) else plaintext.bytes()
        add = collect("log", sequence=sequence, previous=bytes(32) if sequence == 1 else fixed("previous"), **METADATA)
        add(name, clause, expect, m.log_object(plaintext, sequence), plaintext=plaintext, **headers)

    erasures = m.entry(5, 4, m.erasures())
    lists = {"cancellation": m.entry(5, 5, m.numbers(3, 1, 2, 70_000)), "epoch": m.entry(5, 6, m.numbers(3, 1, 2, 70_000))}
    body_begins = len(m.entry(5, 4).bytes())
    for name, address, birth_mark in (
            ("", "juliet@capulet.example", "2024-01-01 00:00:00"), (" without birth mark", "juliet@capulet.example", ""),
            (" beyond ascii", "ro\u0308meo@montague.example", "\0\xff")):
        address, birth_mark = address.encode(), birth_mark.encode("latin-1")
        plain(f"erasure of one{name}", "F-LOG-7", "opened", m.entry(5, 4, [
            ("erasure count", varint(1)), *m.erasure(address=address, birth_mark=birth_mark)]),
            address=address, **{"birth mark": birth_mark})
    for cause in (1, 2, 3, 4):
        plain(f"erasure of cause {cause}", "F-LOG-7", "opened", m.entry(5, 4, [
            ("erasure count", varint(1)), *m.erasure(LAST32, cause)]))
    plain("erasures", "F-LOG-7", "opened", erasures)
    plain("erasure of nobody", "F-LOG-7", "opened", m.entry(5, 4, m.numbers(0)))
    plain("erasures as entry 1", "F-LOG-2", "malformed", m.entry(1, 4, m.erasures()), sequence=1)
    for field, value, clause, expect in (
            ("erasure count", varint(131_073), "F-LOG-7", "over-limit"), ("erasure count", varint((1 << 64) - 1), "F-LOG-7", "over-limit"),
            ("erasure count", varint(131_072), "F-ENC-4", "truncated"), ("erasure count", varint(3), "F-ENC-4", "truncated"),
            ("erasure count", b"\1", "F-ENC-5", "malformed"), ("erasure count", b"\x82\0", "F-ENC-2", "malformed"),
            ("number", b"\0", "F-LOG-7", "malformed"), ("number", OVER32, "F-LOG-7", "over-limit"),
            ("number", b"\x83\0", "F-ENC-2", "malformed"), ("number", varint(70_000), "F-LOG-7", "malformed"),
            ("second number", b"\3", "F-LOG-7", "malformed"), ("second number", b"\2", "F-LOG-7", "malformed"),
            ("second number", b"\0", "F-LOG-7", "malformed"), ("second number", OVER32, "F-LOG-7", "over-limit"),
            ("cause", b"\0", "F-LOG-7", "malformed"), ("cause", b"\5", "F-LOG-7", "malformed"),
            ("second cause", b"\xff", "F-LOG-7", "malformed"), ("reported", b"\x80\0", "F-ENC-2", "malformed"),
            ("due", b"\xff" * 9 + b"\2", "F-ENC-2", "malformed")):
        plain(f"erasure {field} {expect} {value.hex()}", clause, expect, erasures.but(**{field: value}))
    damaged_lists(plain, "erasure", erasures, body_begins)
    for kind, entry in lists.items():
        clause = {"cancellation": "F-LOG-8", "epoch": "F-LOG-9"}[kind]
        number = {"cancellation": 5, "epoch": 6}[kind]
        plain(kind, clause, "opened", entry)
        plain(f"{kind} of nobody", clause, "opened", m.entry(5, number, m.numbers(0)))
        plain(f"{kind} of the last number", clause, "opened", m.entry(5, number, m.numbers(1, LAST32)))
        plain(f"{kind} as entry 1", "F-LOG-2", "malformed", m.entry(1, number, m.numbers(0)), sequence=1)
        for field, value, broken, expect in (
                ("list", varint(131_073), clause, "over-limit"), ("list", varint((1 << 64) - 1), clause, "over-limit"),
                ("list", varint(131_072), "F-ENC-4", "truncated"), ("list", varint(6), "F-ENC-4", "truncated"),
                ("list", b"\2", "F-ENC-5", "malformed"), ("list", b"\x83\0", "F-ENC-2", "malformed"),
                ("number 0", b"\0", clause, "malformed"), ("number 0", OVER32, clause, "over-limit"),
                ("number 0", b"\2", clause, "malformed"), ("number 0", b"\3", clause, "malformed"),
                ("number 1", b"\0", clause, "malformed"), ("number 1", b"\x82\0", "F-ENC-2", "malformed"),
                ("number 2", b"\2", clause, "malformed"), ("number 2", OVER32, clause, "over-limit")):
            plain(f"{kind} {field} {expect} {value.hex()}", broken, expect, entry.but(**{field: value}))
        damaged_lists(plain, kind, entry, body_begins)
    two = (("one", m.reference(1).bytes()), ("two", m.reference(2).bytes()))
    plain("epoch with no keyring", "F-LOG-9", "malformed", m.entry(5, 6, m.numbers(0), references=()))
    plain("epoch with two keyrings", "F-LOG-9", "malformed", m.entry(5, 6, m.numbers(0), references=two).but(keyring_count=b"\2"))
    plain("kind 255", "F-LOG-2", "unknown-version", lists["epoch"].but(kind=b"\xff"))
    plain("first entry of an unknown kind", "F-LOG-2", "unknown-version", m.entry(1, 77), sequence=1)
    plain("snapshot as entry 1 cut", "F-LOG-2", "malformed", m.entry(1, 2, m.snapshot()).bytes()[:-1], sequence=1)
    plain("number of another entry and unknown kind", "F-LOG-2", "malformed", m.entry(6, 77))


def damaged_lists(plain, kind, entry, body_begins):
    """A body cut before and within each of its fields, and a byte too long."""
    for field, data in entry.cuts():
        if len(data) >= body_begins:
            plain(f"{kind} ends before {field}", "F-ENC-4", "truncated", data)
            whole = data + dict(entry.pairs)[field]
            if len(whole) > len(data) + 1:
                plain(f"{kind} ends within {field}", "F-ENC-4", "truncated", whole[:-1])
    plain(f"{kind} and a byte more", "F-ENC-5", "malformed", entry.bytes() + b"\0")
