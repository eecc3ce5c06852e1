"""Keyrings: the halves of the keys that can be destroyed [F-KEY-5]."""

import dataclasses

from .encoding import Cursor, Refusal, require, varint
from .objects import PREFIX, prefix
from .sealing import BOX_OVERHEAD, box, hashed, public, seal, unbox, unseal

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


def open_keyring(data, keys, kit, promised=None):
    """The keyring in an object, which is of the epoch that the log promises."""
    head = prefix(data, b"LTHK", "a keyring")
    cursor = Cursor(data, "a keyring")
    cursor.take(PREFIX)
    epoch = cursor.take(4)
    cursor.require(cursor.left, "truncated", "nothing is sealed")
    cursor.require(promised in (None, int.from_bytes(epoch, "little")), "malformed", "the log promises another epoch")
    plain = keys.open("keyring", head, epoch, data[cursor.place:], "a keyring's outer seal")
    secret = kit.epoch_secret(int.from_bytes(epoch, "little"))
    require(len(plain) > BOX, "truncated", "a keyring's box")
    opened = unbox(secret, plain[:BOX], "wrong-key", "a keyring's box")
    require(opened[:BINDING] == binding(keys.repository, epoch), "forged", "a keyring's box is bound to something else")
    contents = unseal(opened[BINDING:], opened[:BINDING], plain[BOX:], "a keyring's inner seal")
    return decode(contents)


def decode(contents):
    """The keyring in the contents."""
    cursor = Cursor(contents, "a keyring")
    accounts = [Account(cursor.number((1 << 32) - 1), cursor.take(16), cursor.take(32), cursor.take(32), cursor.text(3_071),
                        cursor.string(1_024)) for _ in range(cursor.count(ACCOUNTS, 83))]
    runs = [(cursor.take(16), cursor.take(32)) for _ in range(cursor.count(RUNS, 48))]
    cursor.end()
    return Keyring(accounts, runs)


def open_reference(store, reference, keys, kit):
    """The keyring a log entry names, from whichever copy has the promised bytes."""
    is_there = False
    for name in reference.names():
        try:
            data = store.read(name)
        except Refusal as refusal:
            is_there |= refusal.kind != "missing"
            continue
        if is_promised(data, reference):
            return open_keyring(data, keys, kit, reference.epoch)
        is_there = True
    raise Refusal("forged" if is_there else "missing", "neither copy of a keyring is the promised object")


def is_promised(data, reference):
    """Whether these are the bytes that a log entry names."""
    return len(data) == reference.byte_count and hashed(data) == reference.hash


def open_copy(store, name, reference, keys, kit):
    """The keyring in one copy."""
    data = store.read(name)
    require(is_promised(data, reference), "forged", f"{name} is not the promised object")
    return open_keyring(data, keys, kit, reference.epoch)


def reseal(data, keys, kit, change):
    """A keyring object whose outer plaintext was changed, for the tests of refusals."""
    head, epoch = data[:PREFIX], data[PREFIX:PREFIX + 4]
    plain = keys.open("keyring", head, epoch, data[PREFIX + 4:], "a keyring")
    return head + epoch + keys.close("keyring", head, epoch, change(plain))


def sealed(keyring, epoch, keys, kit):
    """A new keyring object, for the tests of refusals."""
    epoch_bytes, content_key = epoch.to_bytes(4, "little"), bytes(32)
    bound = binding(keys.repository, epoch_bytes)
    layers = box(public(kit.epoch_secret(epoch)), bound + content_key) + seal(content_key, bound, encoded(keyring))
    head = b"LTHK" + bytes([1, 0, 0, 0])
    return head + epoch_bytes + keys.close("keyring", head, epoch_bytes, layers)


def encoded(keyring):
    """The contents of a keyring."""
    lines = [varint(len(keyring.accounts))]
    for account in keyring.accounts.values():
        lines += [varint(account.number), account.identifier, account.secret, account.naming_key, varint(len(account.address)),
                  account.address, varint(len(account.birth_mark)), account.birth_mark]
    lines.append(varint(len(keyring.runs)))
    return b"".join(lines + [run + secret for run, secret in keyring.runs.items()])
