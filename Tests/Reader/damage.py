"""What must be refused: bytes that were changed in each kind of object, and keys of others."""

from . import chunk, log, pack
from .keyring import BINDING, BOX, open_keyring, open_reference, reseal
from .repository import Repository
from .sealing import box, public


def flipped(data, place, bit=0x01):
    """The bytes with one bit of one byte changed."""
    changed = bytearray(data)
    changed[place] ^= bit
    return bytes(changed)


class Damage:
    """Damages copies of a repository's objects, one byte at a time."""

    def __init__(self, repository, checks):
        self.repository, self.checks = repository, checks
        self.store, self.kit, self.keys = repository.store, repository.kit, repository.keys

    def run(self):
        """Everything but the kit."""
        self.format(), self.log(), self.resealed_log(), self.keyrings(), self.resealed_keyring(), self.packs(), self.chunks()

    def opening(self, name, data):
        """Opening the repository with other bytes under a name."""
        return lambda: Repository(self.store.with_object(name, data), self.kit, self.repository.unpacker)

    def prefix(self, name, opens, data):
        """The eight bytes in which an object begins."""
        for place, kind in ((0, "malformed"), (3, "malformed"), (4, "unknown-version"), (5, "malformed"), (7, "malformed")):
            self.checks.refuses(f"{name} with byte {place} flipped", kind, opens(flipped(data, place)))
        self.checks.refuses(f"{name} cut to 7 bytes", "truncated", opens(data[:7]))

    def format(self):
        """The object in the clear."""
        data = self.store.read("format")
        self.prefix("format", lambda changed: self.opening("format", changed), data)
        for place in (8, 23):
            self.checks.refuses(f"format with byte {place} flipped", "wrong-key", self.opening("format", flipped(data, place)))
        self.checks.refuses("format cut", "truncated", self.opening("format", data[:23]))
        self.checks.refuses("format with a byte more", "malformed", self.opening("format", data + b"\0"))

    def log(self):
        """Each entry, each region."""
        for entry in self.repository.entries:
            name = log.name_of(entry.sequence)
            data = self.store.read(name)
            self.prefix(name, lambda changed, name=name: self.opening(name, changed), data)
            for place in (8, 31, 32, len(data) // 2, len(data) - 17, len(data) - 1):
                self.checks.refuses(f"{name} with byte {place} flipped", "forged", self.opening(name, flipped(data, place)))
            self.checks.refuses(f"{name} cut", "forged", self.opening(name, data[:-1]))
            self.checks.refuses(f"{name} cut to 47 bytes", "forged", self.opening(name, data[:47]))
        one, other = (self.store.read(log.name_of(number)) for number in (2, 3))
        self.checks.refuses("an entry in another's place", "forged", self.opening(log.name_of(2), other))
        self.checks.refuses("an entry after the last again", "forged", self.opening(log.name_of(len(self.repository.entries) + 1), other))
        self.checks.refuses("an entry that was left out", "missing", self.opening(log.name_of(2), None))
        self.checks.refuses("a name of eleven digits", "malformed", self.opening("log/00000000001", one))

    def resealed_log(self):
        """Entries under the right key that break a rule."""
        number = len(self.repository.entries)
        name, data = log.name_of(number), self.store.read(log.name_of(number))
        associated = number.to_bytes(8, "little")
        plain = self.keys.open("log", data[:8], associated, data[8:], name)
        fixed = len(log.encoded_head(self.repository.entries[-1]))
        cases = (("another sequence", "malformed", flipped(plain, 0)), ("another previous hash", "forged", flipped(plain, 8)),
                 ("an unknown kind", "unknown-version", plain[:fixed] + b"\x4d" + plain[fixed + 1:]),
                 ("a second genesis", "malformed", plain[:fixed] + b"\x01" + plain[fixed + 1:]),
                 ("a byte more", "malformed", plain + b"\0"), ("a byte less", "truncated", plain[:-1]))
        for what, kind, changed in cases:
            sealed = data[:8] + self.keys.close("log", data[:8], associated, changed)
            self.checks.refuses(f"a log entry with {what}", kind, self.opening(name, sealed))

    def keyrings(self):
        """Both copies of each object that the newest entry names."""
        for reference in self.repository.entries[-1].keyrings:
            names = reference.names()
            data = self.store.read(names[0])
            bad = flipped(data, len(data) // 2)
            one = self.store.with_object(names[0], bad)
            open_reference(one, reference, self.keys, self.kit)
            self.checks.expect("one damaged copy of a keyring does not matter", True)
            open_reference(self.store.with_object(names[1], None), reference, self.keys, self.kit)
            self.checks.expect("one missing copy of a keyring does not matter", True)
            both = one.with_object(names[1], bad)
            self.checks.refuses("a keyring damaged in both copies", "forged",
                                lambda both=both, reference=reference: open_reference(both, reference, self.keys, self.kit))
            self.prefix("a keyring", lambda changed: lambda: open_keyring(changed, self.keys, self.kit), data)
            for place in (8, 11, 12, 36, len(data) // 2, len(data) - 1):
                self.checks.refuses(f"a keyring with byte {place} flipped", "forged",
                                    lambda place=place: open_keyring(flipped(data, place), self.keys, self.kit))

    def resealed_keyring(self):
        """Keyrings under the right metadata key that break a rule."""
        data = self.store.read(self.repository.entries[-1].keyrings[0].names()[0])
        public_key = public(self.kit.epoch_secret(int.from_bytes(data[8:12], "little")))
        stranger = box(public_key, b"lethe1 keyrinG" + bytes(BINDING - 14 + 32))
        cases = (("a damaged box", "wrong-key", lambda plain: flipped(plain, 40)),
                 ("a damaged inner seal", "forged", lambda plain: flipped(plain, BOX + 30)),
                 ("a box bound to something else", "forged", lambda plain: stranger + plain[BOX:]),
                 ("nothing after the box", "truncated", lambda plain: plain[:BOX]))
        for what, kind, change in cases:
            changed = reseal(data, self.keys, self.kit, change)
            self.checks.refuses(f"a keyring with {what}", kind, lambda changed=changed: open_keyring(changed, self.keys, self.kit))

    def packs(self):
        """Each pack, with and without the log's hash."""
        for identifier, summary in self.repository.summaries.items():
            name = f"packs/{identifier.hex()}"
            data, what = self.store.read(name), f"pack of contents {summary.contents}"
            found = self.repository.pack(identifier)
            for place in (0, 4, 8, 24, 28, found.chunks_begin, found.chunks_end - 1, len(data) - 1):
                self.checks.refuses(f"a {what} with byte {place} flipped", "forged",
                                    lambda place=place: pack.open_listed(flipped(data, place), summary, self.keys))
            self.checks.refuses(f"a {what} cut", "forged", lambda: pack.open_listed(data[:-1], summary, self.keys))
            self.prefix(what, lambda changed: lambda: pack.Pack(changed, identifier, self.keys), data)
            cases = ((8, "malformed"), (23, "malformed"), (24, "forged"), (28, "forged"), (52, "forged"),
                     (found.chunks_begin - 1, "forged"))
            for place, kind in cases:
                self.checks.refuses(f"the header of a {what} with byte {place} flipped", kind,
                                    lambda place=place: pack.Pack(flipped(data, place), identifier, self.keys))
            self.checks.refuses(f"a {what} that promises a long header", "over-limit",
                                lambda: pack.Pack(flipped(data, 27, 0x80), identifier, self.keys))
            self.checks.refuses(f"a {what} cut in its header", "truncated",
                                lambda: pack.Pack(data[:found.chunks_begin - 1], identifier, self.keys))
            self.checks.refuses(f"a {what} cut in its chunks", "truncated",
                                lambda: pack.Pack(data[:found.chunks_end - 1], identifier, self.keys))

    def chunks(self):
        """One chunk of each kind, in packs whose hash is not looked at."""
        seen = set()
        for (identifier, ordinal), (key, naming_key, account) in self.repository.opened.items():
            found = self.repository.pack(identifier)
            slot = found.slots[ordinal]
            if slot.kind in seen:
                continue
            seen.add(slot.kind)
            what = chunk.KIND_NAMES[slot.kind]
            for place in (slot.offset, slot.offset + slot.sealed_byte_count // 2, slot.offset + slot.sealed_byte_count - 1):
                changed = pack.Pack(flipped(found.data, place), identifier, self.keys)
                self.checks.refuses(f"a chunk of {what} with a byte flipped", "forged", lambda changed=changed: chunk.open_slot(
                    changed, slot, key, naming_key, account, self.repository.identifier, self.repository.unpacker))
            for wrong in ((flipped(key, 0), naming_key, account), (key, flipped(naming_key, 0), account),
                          (key, naming_key, flipped(account, 0))):
                self.checks.refuses(f"a chunk of {what} with another key, naming key or account", "forged", lambda wrong=wrong: (
                    chunk.open_slot(found, slot, *wrong, self.repository.identifier, self.repository.unpacker)))
        self.checks.expect("chunks of all six kinds were damaged", len(seen) == 6, f"({sorted(seen)})")
