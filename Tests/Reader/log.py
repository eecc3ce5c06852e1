"""The log: entries, each with the hash of the one before [F-LOG]."""

import dataclasses
import re

from . import erasure
from .encoding import Cursor, require, signed, varint
from .objects import PREFIX, prefix
from .sealing import hashed

GENESIS, SNAPSHOT, TAKEOVER, ERASURE, CANCELLATION, EPOCH, EXPIRY, DROP, DRILL = range(1, 10)
MOST = 999_999_999_999
NAME = re.compile(r"log/([0-9]{12})")
COUNT_LIMIT, FIGURE_LIMIT, NUMBER_LIMIT = 65_536, 1 << 53, (1 << 32) - 1
EXPIRY_LIMIT, DROP_LIMIT = 65_536, 524_288
PACK_LIMIT, ORDINAL_LIMIT, KEYRING_LIMIT = 18_874_368, 455_208, 67_108_864


@dataclasses.dataclass(frozen=True)
class KeyringReference:
    """Names both copies of a keyring object [F-LOG-6]."""

    epoch: int
    identifiers: tuple
    byte_count: int
    hash: bytes

    def names(self):
        """The names of both copies."""
        return [f"keyring/{self.epoch}-{identifier.hex()}" for identifier in self.identifiers]


@dataclasses.dataclass(frozen=True)
class Summary:
    """What an entry says of a pack."""

    pack: bytes
    contents: int
    byte_count: int
    hash: bytes


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """The body of a snapshot [F-LOG-5]."""

    run: bytes
    state: int
    started: int
    root: tuple
    packs: tuple
    origins: dict
    live_accounts: int


@dataclasses.dataclass(frozen=True)
class Entry:
    """One entry [F-LOG-2]."""

    sequence: int
    previous: bytes
    time: int
    agent: bytes
    next_account: int
    keyrings: tuple
    kind: int
    snapshot: Snapshot | None
    erasures: tuple = ()
    accounts: tuple = ()
    runs: tuple = ()
    packs: tuple = ()
    drill: tuple | None = None

    @property
    def is_epoch(self):
        """Whether the accounts of this entry are destroyed by it."""
        return self.kind == EPOCH


def number_of(name):
    """The sequence number in a name below `log` [F-LOG-1]."""
    match = NAME.fullmatch(name)
    require(match, "malformed", f"{name} is no name of a log entry")
    require(int(match[1]) >= 1, "malformed", "entries are numbered from 1")
    return int(match[1])


def name_of(number):
    """The name of an entry's object."""
    return f"log/{number:012d}"


def open_entry(data, number, keys):
    """The entry in an object of the log."""
    what = f"log entry {number}"
    head = prefix(data, b"LTHL", what)
    plain = keys.open("log", head, number.to_bytes(8, "little"), data[PREFIX:], what)
    return decode(plain, number)


def drill(cursor):
    """The run, the time, the duration, and the counts of rows, files and bytes [F-LOG-11]."""
    return (cursor.take(16), cursor.signed(), *(cursor.number(FIGURE_LIMIT) for _ in range(4)))


def decode(plain, number):
    """The entry in a plaintext."""
    cursor = Cursor(plain, f"log entry {number}")
    sequence = cursor.fixed(8)
    cursor.require(1 <= sequence <= MOST and sequence == number, "malformed", f"it says that it is entry {sequence}")
    previous, time, agent = cursor.take(32), cursor.signed(), cursor.take(16)
    next_account = cursor.number(NUMBER_LIMIT)
    keyrings = tuple(keyring_reference(cursor) for _ in range(cursor.count(COUNT_LIMIT, 66)))
    kind = cursor.fixed(1)
    cursor.require(GENESIS <= kind <= DRILL, "unknown-version", f"an entry of kind {kind}")
    cursor.require((number == 1) == (kind == GENESIS), "malformed", "the genesis is entry 1 and no other")
    cursor.require(kind != EPOCH or len(keyrings) == 1, "malformed", f"an epoch of {len(keyrings)} keyring objects")
    body = snapshot(cursor) if kind == SNAPSHOT else None
    erasures = erasure.erasures(cursor) if kind == ERASURE else ()
    accounts = erasure.numbers(cursor) if kind in (CANCELLATION, EPOCH) else ()
    runs = identifiers(cursor, EXPIRY_LIMIT) if kind == EXPIRY else ()
    packs = identifiers(cursor, DROP_LIMIT) if kind == DROP else ()
    proved = drill(cursor) if kind == DRILL else None
    cursor.end()
    return Entry(sequence, previous, time, agent, next_account, keyrings, kind, body, erasures, accounts, runs, packs, proved)


def identifiers(cursor, limit):
    """Ids, each above the one before [F-LOG-10]."""
    found = []
    for _ in range(cursor.count(limit, 16)):
        found.append(cursor.take(16))
        cursor.require(len(found) < 2 or found[-2] < found[-1], "malformed", "ids that do not ascend")
    return tuple(found)


def keyring_reference(cursor):
    """[F-LOG-6]"""
    epoch = cursor.number(NUMBER_LIMIT)
    return KeyringReference(epoch, (cursor.take(16), cursor.take(16)), cursor.number(KEYRING_LIMIT), cursor.take(32))


def snapshot(cursor):
    """[F-LOG-5]"""
    run, state, started = cursor.take(16), cursor.byte(1, 3), cursor.signed()
    root = (cursor.take(16), cursor.number(ORDINAL_LIMIT))
    packs = tuple(Summary(cursor.take(16), cursor.byte(1, 3), cursor.number(PACK_LIMIT), cursor.take(32))
                  for _ in range(cursor.count(16_777_216, 50)))
    origins = {}
    for _ in range(cursor.number(256)):
        name = cursor.text(255)
        origins[name] = tuple(cursor.number(FIGURE_LIMIT) for _ in range(3))
    return Snapshot(run, state, started, root, packs, origins, cursor.number(NUMBER_LIMIT))


def encoded_head(entry):
    """What stands before the kind of an entry, for the tests of refusals."""
    fixed = entry.sequence.to_bytes(8, "little") + entry.previous + signed(entry.time) + entry.agent
    fixed += varint(entry.next_account) + varint(len(entry.keyrings))
    return fixed + b"".join(varint(one.epoch) + b"".join(one.identifiers) + varint(one.byte_count) + one.hash
                            for one in entry.keyrings)


def longer(store, keys, entry, *bodies, keyrings=None):
    """A store whose log goes on after its newest entry with entries of (kind, body), for the tests."""
    for kind, body in bodies:
        references = keyrings if kind == EPOCH and keyrings is not None else entry.keyrings
        data = store.read(name_of(entry.sequence))
        entry = dataclasses.replace(entry, sequence=entry.sequence + 1, previous=hashed(data), keyrings=tuple(references))
        head, number = b"LTHL" + bytes([1, 0, 0, 0]), entry.sequence.to_bytes(8, "little")
        store = store.with_object(name_of(entry.sequence), head + keys.close("log", head, number, encoded_head(entry) + bytes([kind]) + body))
    return store


def verified(store, keys):
    """All entries from the first, with every link of the chain checked [F-LOG-3]."""
    newest = max((number_of(name) for name in store.names() if re.match(r"log/[^.]", name)), default=0)
    require(newest, "missing", "the log is empty")
    entries, hash_before = [], bytes(32)
    for number in range(1, newest + 1):
        data = store.read(name_of(number))
        entry = open_entry(data, number, keys)
        require(entry.previous == hash_before, "forged", f"log entry {number} does not follow the one before it")
        hash_before = hashed(data)
        entries.append(entry)
    return entries
