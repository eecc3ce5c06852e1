"""Logs that go on with erasures, cancellations and epochs: who comes back, who does not, and what is refused."""

import dataclasses

from . import log
from .encoding import signed, varint
from .erasure import ADMINISTRATOR, MISSING, address_tag, birth_tag
from .keyring import Keyring, sealed
from .repository import Repository
from .sealing import hashed
from .snapshot import SnapshotReader


class ErasureDamage:
    """Appends entries to a repository that the agent wrote, as a later run of it would."""

    def __init__(self, repository, checks):
        self.repository, self.checks = repository, checks
        self.keys, self.kit = repository.keys, repository.kit
        whole = SnapshotReader(repository, repository.snapshots()[-1]).read()
        self.rows, self.paths = dict(whole.rows_of), dict(whole.paths_of)
        # Who has most to lose: one account with rows and files, and another with rows.
        owners = sorted((number for number in self.rows if number), key=lambda number: (number in self.paths, self.rows[number]))
        self.one, self.other = owners[-1], owners[-2]

    def run(self):
        """Everything."""
        self.checks.expect("an account with rows and files can be erased", self.one in self.paths)
        self.held(), self.cancelled(), self.destroyed(), self.tags(), self.refused(), self.keyrings()

    def store(self, *bodies, keyrings=None):
        """The repository's store, its log longer by entries of (kind, body)."""
        return log.longer(self.repository.store, self.keys, self.repository.entries[-1], *bodies, keyrings=keyrings)

    def erasure(self, number, cause):
        """The body of an erasure of one account."""
        account = self.repository.keyring.accounts[number]
        return log.ERASURE, varint(1) + varint(number) + account.identifier + bytes([cause]) + signed(1) + signed(2) \
            + address_tag(self.keys, account.address) + birth_tag(self.keys, account.address, account.birth_mark)

    def cancellation(self, *numbers):
        """The body of a cancellation."""
        return log.CANCELLATION, varint(len(numbers)) + b"".join(map(varint, numbers))

    def expect(self, promise, absent, store, with_missing=False):
        """Every snapshot comes without these accounts and with all others."""
        repository = Repository(store, self.kit, self.repository.unpacker, with_missing)
        found = SnapshotReader(repository, repository.snapshots()[-1]).read()
        for mine, theirs in ((found.rows_of, self.rows), (found.paths_of, self.paths)):
            wanted = {number: of_account for number, of_account in theirs.items() if number not in absent}
            self.checks.expect(promise, dict(mine) == wanted, f"({set(mine) ^ set(wanted)})")
        self.checks.expect(f"{promise}: groups are passed over", bool(found.counts["groups passed over"]) == bool(absent))
        earlier = SnapshotReader(repository, repository.snapshots()[0]).read()
        self.checks.expect(f"{promise}, from the first snapshot too", not set(absent) & (set(earlier.rows_of) | set(earlier.paths_of)))

    def held(self):
        """From an erasure on."""
        one, other = self.erasure(self.one, ADMINISTRATOR), self.erasure(self.other, MISSING)
        self.expect("a held account is left out", {self.one}, self.store(one))
        self.expect("held accounts are left out", {self.one, self.other}, self.store(one, other))
        self.expect("one that a list no longer had comes back if asked for", {self.one}, self.store(one, other), True)
        self.expect("an account that is erased again takes the new cause", {self.other}, self.store(
            other, self.erasure(self.other, ADMINISTRATOR)), True)
        self.expect("an erasure of nobody is nothing", set(), self.store((log.ERASURE, b"\0")))

    def cancelled(self):
        """Back again."""
        one, other = self.erasure(self.one, ADMINISTRATOR), self.erasure(self.other, ADMINISTRATOR)
        self.expect("a cancelled account comes back", {self.other}, self.store(one, other, self.cancellation(self.one)))
        self.expect("an account that is erased after it was cancelled is left out", {self.one}, self.store(
            one, self.cancellation(self.one), one))
        self.expect("a cancellation of who is not held means nothing", set(), self.store(self.cancellation(self.one, 1 << 31)))

    def destroyed(self):
        """Gone, even where the keyring that follows still has the account."""
        held = self.erasure(self.one, MISSING)
        epoch = log.EPOCH, self.cancellation(self.one)[1]
        for kept, name in ((True, "that the keyring still has"), (False, "whose keys are gone")):
            store, reference = self.with_keyring(self.store(held, (log.ERASURE, b"\0")), self.repository.keyring, kept)
            again = self.store(held, epoch, self.cancellation(self.one), self.erasure(self.other, MISSING), keyrings=[reference])
            store = joined(again, store)
            self.expect(f"a destroyed account {name} is left out", {self.one, self.other}, store)
            self.expect(f"a destroyed account {name} cannot be asked for", {self.one}, store, True)

    def with_keyring(self, store, keyring, kept):
        """A store with one whole keyring object of the next epoch, and the reference to it."""
        epoch = self.repository.entries[-1].keyrings[-1].epoch + 1
        accounts = [account for number, account in keyring.accounts.items() if kept or number != self.one]
        data = sealed(Keyring(accounts, keyring.runs), epoch, self.keys, self.kit)
        reference = log.KeyringReference(epoch, (bytes(15) + b"\1", bytes(15) + b"\2"), len(data), hashed(data))
        for name in reference.names():
            store = store.with_object(name, data)
        return store, reference

    def tags(self):
        """They tell addresses and birth marks apart, and where the one ends."""
        tags = [address_tag(self.keys, b"a"), address_tag(self.keys, b"b"), birth_tag(self.keys, b"a", b""),
                birth_tag(self.keys, b"a", b"b"), birth_tag(self.keys, b"ab", b""), address_tag(self.keys, b"a\0")]
        self.checks.expect("tags of other people are other tags", len(set(tags)) == len(tags))

    def refused(self):
        """Bodies that break a rule."""
        kind, one = self.erasure(self.one, ADMINISTRATOR)
        number = len(varint(self.one))
        cases = [("number 0", "malformed", kind, b"\1\0" + one[1 + number:]), ("a number twice", "malformed", kind, b"\2" + one[1:] * 2),
                 ("cause 0", "malformed", kind, one[:17 + number] + b"\0" + one[18 + number:]),
                 ("cause 5", "malformed", kind, one[:17 + number] + b"\5" + one[18 + number:]),
                 ("a byte more", "malformed", kind, one + b"\0"), ("a byte less", "truncated", kind, one[:-1]),
                 ("more accounts than there are", "truncated", kind, b"\2" + one[1:]),
                 ("more accounts than there may be", "over-limit", kind, varint(131_073) + one[1:]),
                 ("a number beyond 32 bits", "over-limit", kind, b"\1" + varint(1 << 32) + one[1 + number:])]
        for kind in (log.CANCELLATION, log.EPOCH):
            cases += [(f"kind {kind} and number 0", "malformed", kind, b"\1\0"), (f"kind {kind} and a byte more", "malformed", kind, b"\0\0"),
                      (f"kind {kind} and descending numbers", "malformed", kind, b"\2\2\1"),
                      (f"kind {kind} and one number less", "truncated", kind, b"\2\1"),
                      (f"kind {kind} and too many numbers", "over-limit", kind, varint(131_073) + b"\1")]
        one_reference = self.repository.entries[-1].keyrings[-1:]
        for what, refusal, kind, body in cases:
            store = self.store((kind, body), keyrings=one_reference)
            self.checks.refuses(f"an entry with {what}", refusal, lambda store=store: self.opened(store))
        for references in ((), one_reference * 2):
            store = self.store((log.EPOCH, b"\0"), keyrings=references)
            self.checks.refuses(f"an epoch of {len(references)} keyrings", "malformed", lambda store=store: self.opened(store))

    def keyrings(self):
        """Epochs whose keyring is not what it must be."""
        keyring, epoch = self.repository.keyring, (log.EPOCH, b"\0")
        runs, server = keyring.runs, keyring.accounts[0]
        cases = (("without the server's keys", "missing", Keyring([], runs), 0),
                 ("of another epoch than the log says", "malformed", Keyring([server], runs), 1))
        for what, refusal, contents, lag in cases:
            store, reference = self.with_keyring(self.repository.store, contents, True)
            data = store.read(reference.names()[0])
            reference = dataclasses.replace(reference, epoch=reference.epoch + lag)
            longer = self.store(epoch, keyrings=[reference])
            for name in reference.names():
                longer = longer.with_object(name, data)
            self.checks.refuses(f"a keyring {what}", refusal, lambda longer=longer: self.opened(longer))
            if lag == 0:
                lost = self.store(epoch, keyrings=[reference])
                self.checks.refuses("a keyring that is not there", "missing", lambda lost=lost: self.opened(lost))
        store, reference = self.with_keyring(self.repository.store, Keyring([server], {}), True)
        without_runs = joined(self.store(epoch, keyrings=[reference]), store)
        self.checks.refuses("a chunk whose run secret is gone", "missing", lambda: SnapshotReader(
            self.opened(without_runs), self.repository.snapshots()[-1]).read())

    def opened(self, store):
        """The repository with another store."""
        return Repository(store, self.kit, self.repository.unpacker)


def joined(one, other):
    """One store with what was replaced in another as well."""
    for name, data in other.replaced.items():
        one = one.with_object(name, one.replaced.get(name, data))
    return one
