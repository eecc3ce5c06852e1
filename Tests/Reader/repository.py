"""A repository that was opened with a kit: from `format` to the plaintext of any chunk."""

from . import chunk, log, pack
from .encoding import require
from .erasure import Standing
from .keyring import Account, Keyring, open_reference
from .objects import repository_id
from .sealing import MetadataKeys

SERVER = 0
CATALOGUE_ACCOUNT = Account(0, bytes(16), b"", b"", b"", b"")


class Repository:
    """Opens objects in the order of [F-ORD-2]; accounts that only a list no longer had are opened when asked for."""

    def __init__(self, store, kit, unpacker, with_missing=False):
        self.store, self.kit, self.unpacker = store, kit, unpacker
        self.identifier = repository_id(store.read("format"))
        require(self.identifier == kit.repository, "wrong-key", "the kit belongs to another repository")
        self.keys = MetadataKeys(kit.metadata_key, self.identifier)
        self.entries = log.verified(store, self.keys)
        self.dropped = {identifier for entry in self.entries for identifier in entry.packs}
        self.expired = {run for entry in self.entries for run in entry.runs}
        self.summaries = {summary.pack: summary for entry in self.entries if entry.snapshot
                          for summary in entry.snapshot.packs if summary.pack not in self.dropped}
        self.keyring = Keyring()
        for reference in self.entries[-1].keyrings:
            self.keyring.add(open_reference(store, reference, self.keys, kit))
        require(SERVER in self.keyring.accounts, "missing", "the keyring has no keys of the server")
        self.standing = Standing(self.entries)
        known = self.keyring.accounts
        self.passed_over = [known.pop(number) for number in self.standing.passed_over(with_missing) if number in known]
        self.packs, self.shares, self.opened = {}, {}, {}

    def snapshots(self):
        """The snapshots of the log that have not expired, oldest first."""
        return [entry.snapshot for entry in self.entries if entry.snapshot and entry.snapshot.run not in self.expired]

    def snapshot(self, run):
        """The snapshot of a run, if it may be restored."""
        return next((snapshot for snapshot in self.snapshots() if snapshot.run == run), None)

    def pack(self, identifier):
        """A pack that the log lists and did not drop [F-LOG-10], its hash checked."""
        if identifier not in self.packs:
            require(identifier not in self.dropped, "malformed", f"pack {identifier.hex()} was dropped")
            require(identifier in self.summaries, "malformed", f"no log entry lists pack {identifier.hex()}")
            data = self.store.read(f"packs/{identifier.hex()}")
            self.packs[identifier] = pack.open_listed(data, self.summaries[identifier], self.keys)
        return self.packs[identifier]

    def key(self, found, slot, account, file_secret):
        """The key of a chunk [F-KEY-6]."""
        if slot.kind in (chunk.ROOT, chunk.PART):
            return chunk.key_of_catalogue(self.keys, found.run)
        if found.identifier not in self.shares:
            self.shares[found.identifier] = found.share(self.kit.recovery_secret, self.identifier)
        share = self.shares[found.identifier]
        if slot.kind == chunk.CONTENT:
            return chunk.key_of_content(share, self.identifier, found.run, account, file_secret)
        require(found.run in self.keyring.runs, "missing", f"the keyring has no secret of run {found.run.hex()}")
        return chunk.key_of_row(share, self.identifier, found.run, account, self.keyring.runs[found.run])

    def chunk(self, location, kind, account_number, file_secret=None):
        """The slot and the plaintext of a chunk that something refers to."""
        identifier, ordinal = location
        found = self.pack(identifier)
        require(ordinal < len(found.slots), "malformed", f"pack {identifier.hex()} has no ordinal {ordinal}")
        slot = found.slots[ordinal]
        require(slot.kind == kind and slot.account == account_number, "malformed",
                f"chunk {ordinal} of pack {identifier.hex()} is of another kind or account")
        if kind in (chunk.ROOT, chunk.PART):
            account, naming_key = CATALOGUE_ACCOUNT, self.keys.key("catalogue-name")
        else:
            require(account_number in self.keyring.accounts, "missing", f"the keyring has no account {account_number}")
            account = self.keyring.accounts[account_number]
            naming_key = account.naming_key
        key = self.key(found, slot, account, file_secret)
        plain = chunk.open_slot(found, slot, key, naming_key, account.identifier, self.identifier, self.unpacker)
        self.opened[location] = (key, naming_key, account.identifier)
        return slot, plain
