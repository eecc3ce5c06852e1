"""Keyrings: the halves of the keys that can be destroyed [F-KEY-5]."""

import dataclasses

from .encoding import Cursor, Refusal, require
from .objects import PREFIX, prefix
from .sealing import BOX_OVERHEAD, hashed, seal, unbox, unseal

ACCOUNTS, RUNS = 808_540, 65_536
BINDING = 34
BOX = BINDING + 32 + BOX_OVERHEAD


@dataclasses.dataclass(frozen=True)
class Account:
    """One account instance."""

    number: int
    identifier: bytes
    secret: bytes
    naming_key: bytes
    address: bytes
    birth_mark: bytes


class Keyring:
    """Accounts by number, run secrets by run id."""

    def __init__(self, accounts=(), runs=()):
        self.accounts = {account.number: account for account in accounts}
        self.runs = dict(runs)

    def add(self, later):
        """Adds a keyring that comes later; its lines count."""
        self.accounts |= later.accounts
        self.runs |= later.runs


def binding(repository, epoch):
    """What the box and the inner seal are bound to."""
    return b"lethe1 keyring" + repository + epoch


def open_keyring(data, keys, kit):
    """The keyring in an object, and its epoch."""
    head = prefix(data, b"LTHK", "a keyring")
    cursor = Cursor(data, "a keyring")
    cursor.take(PREFIX)
    epoch = cursor.take(4)
    plain = keys.open("keyring", head, epoch, data[cursor.place:], "a keyring's outer seal")
    secret = kit.epoch_secret(int.from_bytes(epoch, "little"))
    require(len(plain) > BOX, "truncated", "a keyring's box")
    opened = unbox(secret, plain[:BOX], "wrong-key", "a keyring's box")
    require(opened[:BINDING] == binding(keys.repository, epoch), "forged", "a keyring's box is bound to something else")
    contents = unseal(opened[BINDING:], opened[:BINDING], plain[BOX:], "a keyring's inner seal")
    return decode(contents), int.from_bytes(epoch, "little")


def decode(contents):
    """The keyring in the contents."""
    cursor = Cursor(contents, "a keyring")
    accounts = [Account(cursor.number((1 << 32) - 1), cursor.take(16), cursor.take(32), cursor.take(32), cursor.text(3_071),
                        cursor.string(1_024)) for _ in range(cursor.count(ACCOUNTS, 83))]
    runs = [(cursor.take(16), cursor.take(32)) for _ in range(cursor.count(RUNS, 48))]
    cursor.end()
    for account in accounts:
        cursor.require(account.number or not (account.address or account.birth_mark), "malformed", "the server has an address")
    return Keyring(accounts, runs)


def open_reference(store, reference, keys, kit):
    """The keyring a log entry names, from whichever copy has the promised bytes."""
    refusals = []
    for name in reference.names():
        try:
            return open_copy(store, name, reference, keys, kit)
        except Refusal as refusal:
            refusals.append(refusal)
    raise next((refusal for refusal in refusals if refusal.kind != "missing"), refusals[0])


def open_copy(store, name, reference, keys, kit):
    """The keyring in one copy."""
    data = store.read(name)
    require(len(data) == reference.byte_count and hashed(data) == reference.hash, "forged", f"{name} is not the promised object")
    keyring, epoch = open_keyring(data, keys, kit)
    require(epoch == reference.epoch, "malformed", f"{name} is of epoch {epoch}")
    return keyring


def reseal(data, keys, kit, change):
    """A keyring object whose outer plaintext was changed, for the tests of refusals."""
    head, epoch = data[:PREFIX], data[PREFIX:PREFIX + 4]
    plain = keys.open("keyring", head, epoch, data[PREFIX + 4:], "a keyring")
    return head + epoch + keys.close("keyring", head, epoch, change(plain))


def inner_of(content_key, bound, contents):
    """An inner seal, for the tests of refusals."""
    return seal(content_key, bound, contents)
