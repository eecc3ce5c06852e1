"""Who must not come back, as the log tells it [F-LOG-7 to F-LOG-9]."""

import dataclasses

from .sealing import hashed

LIMIT, NUMBER_LIMIT = 131_072, (1 << 32) - 1
REPORTED, ADMINISTRATOR, MISSING, REBORN = 1, 2, 3, 4


@dataclasses.dataclass(frozen=True)
class Erasure:
    """One account of an erasure."""

    number: int
    identifier: bytes
    cause: int
    reported: int
    due: int
    address_tag: bytes
    birth_tag: bytes


def erasures(cursor):
    """The body of an erasure."""
    found, number = [], 0
    for _ in range(cursor.count(LIMIT, 52)):
        number = next_number(cursor, number)
        found.append(Erasure(number, cursor.take(16), cursor.byte(REPORTED, REBORN), cursor.signed(), cursor.signed(),
                             cursor.take(16), cursor.take(16)))
    return tuple(found)


def numbers(cursor):
    """The body of a cancellation or an epoch."""
    found = [0]
    for _ in range(cursor.count(LIMIT, 1)):
        found.append(next_number(cursor, found[-1]))
    return tuple(found[1:])


def next_number(cursor, before):
    """An account number above the one before; none is the server's."""
    number = cursor.number(NUMBER_LIMIT)
    cursor.require(number > before, "malformed", f"account {number} after {before}")
    return number


def address_tag(keys, address):
    """What an address is recognised by."""
    return hashed(b"\0" + address, keys.key("person"), 16)


def birth_tag(keys, address, birth_mark):
    """What one person behind an address is recognised by."""
    return hashed(b"\1" + address + b"\0" + birth_mark, keys.key("person"), 16)


class Standing:
    """Which accounts are held, and which were destroyed, after all entries of a log."""

    def __init__(self, entries):
        self.held, self.destroyed = {}, set()
        for entry in entries:
            for erasure in entry.erasures:
                if erasure.number not in self.destroyed:
                    self.held[erasure.number] = erasure
            for number in entry.accounts:
                self.held.pop(number, None)
            if entry.is_epoch:
                self.destroyed.update(entry.accounts)

    def passed_over(self, with_missing):
        """The accounts that no restore may bring back; those that only a list no longer had may be asked for."""
        return self.destroyed | {number for number, erasure in self.held.items()
                                 if not (with_missing and erasure.cause == MISSING)}
