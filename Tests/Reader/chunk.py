"""Chunks: keys, nonces, names [F-KEY-6, F-NAME, F-CHK]."""

from .encoding import require
from .sealing import hashed, unlock

ROWS, RECORDS, CONTENT, DESCRIPTION, ROOT, PART = range(1, 7)
KIND_NAMES = {ROWS: "rows", RECORDS: "records", CONTENT: "content", DESCRIPTION: "description", ROOT: "catalogue root",
              PART: "catalogue part"}


def key_of_row(share, repository, run, account, run_secret):
    """The key of rows, records and descriptions."""
    return hashed(b"lethe1 row chunk" + repository + run + account.identifier + account.secret + run_secret, share)


def key_of_content(share, repository, run, account, file_secret):
    """The key of a piece of a file."""
    return hashed(b"lethe1 filechunk" + repository + run + account.identifier + account.secret + file_secret, share)


def key_of_catalogue(keys, run):
    """The key of catalogue chunks of a run."""
    return hashed(run, keys.key("catalogue"))


def name(naming_key, kind, plain):
    """[F-NAME-1]"""
    return hashed(bytes([kind]) + plain, naming_key, 16)


def open_slot(pack, slot, key, naming_key, account_id, repository, unpacker):
    """The plaintext of a chunk, authenticated and with its name computed again."""
    what = f"a chunk of {KIND_NAMES[slot.kind]} in pack {pack.identifier.hex()}"
    size, codec, kind = slot.plain_byte_count.to_bytes(4, "little"), bytes([slot.codec]), bytes([slot.kind])
    nonce = slot.name + size + codec + kind + bytes(2)
    associated = b"lethe1 chunk" + repository + kind + account_id + pack.run + slot.name + size + codec
    packed = unlock(key, nonce, associated, pack.sealed(slot), what)
    plain = unpacker.unpack(packed, slot.codec, slot.plain_byte_count)
    require(name(naming_key, slot.kind, plain) == slot.name, "forged", f"{what} has another name")
    return plain
