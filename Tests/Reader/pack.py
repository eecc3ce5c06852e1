"""Packs: a sealed header and sealed chunks [F-PACK]."""

import dataclasses

from .encoding import Cursor, require
from .objects import PREFIX, prefix
from .sealing import hashed, unbox

ROWS, FILES, CATALOGUE = 1, 2, 3
FULL, LEAST, MOST = 16_842_752, 65_536, 18_874_368
KINDS = {ROWS: (1, 2, 4), FILES: (3,), CATALOGUE: (5, 6)}
SHARE_CONTEXT, SHARE = b"lethe1 run share", 128
HEAD = PREFIX + 16 + 4


@dataclasses.dataclass(frozen=True)
class Slot:
    """One entry of a header [F-PACK-3] and where its chunk lies."""

    kind: int
    codec: int
    account: int
    name: bytes
    sealed_byte_count: int
    plain_byte_count: int
    offset: int


class Pack:
    """A pack whose header was opened; the chunks are opened one by one."""

    def __init__(self, data, identifier, keys):
        what = f"pack {identifier.hex()}"
        head = prefix(data, b"LTHP", what)
        cursor = Cursor(data, what)
        cursor.take(PREFIX)
        require(cursor.take(16) == identifier, "malformed", f"{what} has another id within")
        length = cursor.fixed(4)
        cursor.require(length <= MOST, "over-limit", f"a header of {length} bytes")
        header = keys.open("pack", head, identifier, cursor.take(length), f"the header of {what}")
        self.data, self.identifier, self.chunks_begin = data, identifier, cursor.place
        self.decode(Cursor(header, f"the header of {what}"))
        require(self.chunks_end <= len(data), "truncated", f"{what} ends before its chunks do")

    def decode(self, cursor):
        """The header [F-PACK-2]."""
        self.contents, self.run = cursor.byte(1, 3), cursor.take(16)
        self.sealed_share = cursor.string(SHARE)
        cursor.require(len(self.sealed_share) == (0 if self.contents == CATALOGUE else SHARE), "malformed", "the sealed share")
        offset, self.slots = self.chunks_begin, []
        for _ in range(cursor.count(455_209, 20)):
            slot = self.slot(cursor, offset)
            offset += slot.sealed_byte_count
            self.slots.append(slot)
        cursor.end()
        self.chunks_end = offset

    def slot(self, cursor, offset):
        """One entry."""
        kind, codec = divmod(cursor.fixed(1), 16)
        cursor.require(1 <= kind <= 6 and codec <= 2, "malformed", f"kind {kind}, codec {codec}")
        cursor.require(kind in KINDS[self.contents], "malformed", f"a chunk of kind {kind} in a pack of contents {self.contents}")
        account = cursor.number((1 << 32) - 1)
        cursor.require(self.contents != CATALOGUE or account == 0, "malformed", "a catalogue chunk of an account")
        return Slot(kind, codec, account, cursor.take(16), cursor.number(MOST), cursor.number(16_777_216), offset)

    def sealed(self, slot):
        """The sealed bytes of a chunk."""
        return self.data[slot.offset:slot.offset + slot.sealed_byte_count]

    def share(self, recovery_secret, repository):
        """The share of the pack's run [F-KEY-4]."""
        what = f"the share of pack {self.identifier.hex()}"
        opened = unbox(recovery_secret, self.sealed_share, "forged", what)
        require(opened[:48] == SHARE_CONTEXT + repository + self.run, "forged", f"{what} is bound to something else")
        return opened[48:]

    def has_expected_size(self):
        """Whether the byte count is one of [F-PACK-5]."""
        return len(self.data) in (FULL, max(LEAST, padded(self.chunks_end)))


def padded(byte_count):
    """Padmé."""
    exponent = byte_count.bit_length() - 1
    step = 1 << max(0, exponent - exponent.bit_length())
    return -(-byte_count // step) * step


def open_listed(data, summary, keys):
    """A pack of which the log gave a summary [F-PACK-4]."""
    what = f"pack {summary.pack.hex()}"
    require(len(data) == summary.byte_count and hashed(data) == summary.hash, "forged", f"{what} is not the promised object")
    pack = Pack(data, summary.pack, keys)
    require(pack.contents == summary.contents, "malformed", f"{what} has other contents than the log says")
    return pack
