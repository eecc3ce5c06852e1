"""The golden vectors: every one is opened, or refused with its class."""

import types

from . import catalogue, description, files, keyring, kit, log, objects, pack, rows
from .chunk import CONTENT, PART, ROOT, key_of_catalogue, key_of_content, key_of_row, open_slot
from .encoding import Cursor, Refusal, require
from .sealing import MetadataKeys


class Vector:
    """One file: headers, an empty line, bytes in hexadecimal."""

    def __init__(self, path):
        head, _, digits = path.read_text().partition("\n\n")
        self.name, self.data = path.stem, bytes.fromhex(digits.replace("\n", ""))
        self.headers = {name: value.strip() for name, _, value in (line.partition(":") for line in head.split("\n"))}

    def __getitem__(self, name):
        return self.headers[name]

    def bytes(self, name):
        """A header's bytes."""
        return bytes.fromhex(self.headers[name])

    def number(self, name, default=None):
        """A header's number."""
        return int(self.headers[name]) if name in self.headers else default

    @property
    def keys(self):
        """The metadata keys."""
        return MetadataKeys(self.bytes("metadata key"), self.bytes("repository"))


class Golden:
    """Reads vectors with what reads repositories."""

    def __init__(self, directory, unpacker, checks):
        self.vectors = [Vector(path) for path in sorted(directory.glob("*.txt"))]
        self.unpacker, self.checks = unpacker, checks

    def run(self):
        """All of them; gives how many there are."""
        for vector in self.vectors:
            try:
                plain, outcome = getattr(self, vector["object"].replace("-", "_"))(vector), "opened"
            except Refusal as refusal:
                plain, outcome = None, refusal.kind
            self.checks.expect(f"the vector {vector.name} is {vector['expect']} [{vector['clause']}]",
                               outcome == vector["expect"], f"({outcome})")
            if plain is not None and "plaintext" in vector.headers:
                self.checks.expect(f"the vector {vector.name} holds what it says", plain == vector.bytes("plaintext"))
        return len(self.vectors)

    def format(self, vector):
        """The object in the clear."""
        objects.repository_id(vector.data)

    def log(self, vector):
        """One entry, after the one before it."""
        entry = log.open_entry(vector.data, vector.number("sequence"), vector.keys)
        require(entry.previous == vector.bytes("previous"), "forged", "it does not follow the one before it")

    def keyring(self, vector):
        """One object."""
        other = types.SimpleNamespace(epoch=vector.number("kit epoch"), seed=vector.bytes("kit seed"))
        other.epoch_secret = lambda wanted: kit.Kit.epoch_secret(other, wanted)
        return keyring.encoded(keyring.open_keyring(vector.data, vector.keys, other, vector.number("epoch")))

    def pack(self, vector):
        """A chunk of a pack."""
        keys, identifier = vector.keys, vector.bytes("pack")
        if "summary hash" in vector.headers:
            found = pack.open_listed(vector.data, log.Summary(identifier, *(vector.number(f"summary {what}") for what in (
                "contents", "bytes")), vector.bytes("summary hash")), keys)
        else:
            found = pack.Pack(vector.data, identifier, keys)
        ordinal = vector.number("ordinal")
        require(ordinal < len(found.slots), "malformed", "no such ordinal")
        slot = found.slots[ordinal]
        asked = vector.number("catalogue kind", vector.number("chunk kind", slot.kind))
        number = 0 if asked in (ROOT, PART) else vector.number("account number")
        require((slot.kind, slot.account) == (asked, number), "malformed", "another kind or account")
        if asked in (ROOT, PART):
            key, naming_key, account = key_of_catalogue(keys, found.run), keys.key("catalogue-name"), bytes(16)
        else:
            naming_key, account = vector.bytes("naming key"), vector.bytes("account id")
            key = self.key(vector, found, slot, keyring.Account(
                number, account, vector.bytes("account secret"), naming_key, b"", b""))
        return open_slot(found, slot, key, naming_key, account, keys.repository, self.unpacker)

    def key(self, vector, found, slot, account):
        """The key of an account's chunk."""
        repository = vector.bytes("repository")
        share = found.share(vector.bytes("recovery secret"), repository)
        if slot.kind == CONTENT:
            return key_of_content(share, repository, found.run, account, vector.bytes("file secret"))
        return key_of_row(share, repository, found.run, account, vector.bytes("run secret"))

    def kit(self, vector):
        """One half, and what it holds."""
        half = kit.Half(vector.data, vector["half"])
        plain = half.open(vector.bytes("passphrase") if "passphrase" in vector.headers else None)
        (kit.static_contents if half.word == "static" else kit.epoch_contents)(plain)
        return plain

    def catalogue_root(self, vector):
        """The origins; the run is the one that it says."""
        catalogue.root(vector.data, vector.data[:16])

    def catalogue_part(self, vector):
        """The groups."""
        catalogue.part(vector.data)

    def rows(self, vector):
        """A chunk of a table with row ids, which has as many columns as it says."""
        _, body = rows.head(vector.data)
        cursor = Cursor(body, "rows")
        while cursor.left:
            _, columns, count = rows.section(cursor)
            for _ in range(count):
                cursor.signed()
                for _ in range(columns):
                    rows.value(cursor)

    def records(self, vector):
        """A joined body."""
        list(files.decode(vector.data))

    def database_description(self, vector):
        """A database."""
        description.database(vector.data)

    def postgresql_description(self, vector):
        """A PostgreSQL database."""
        description.postgresql(vector.data)

    def tree_description(self, vector):
        """A tree."""
        description.tree(vector.data)
