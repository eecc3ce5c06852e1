"""Opens everything in a repository and compares it with what it was taken of.

  python -m Reader --work DIR --dictionary SOURCE --vectors DIR

DIR holds, for each name in `wrapped`, `bare` and `pruned`, `repository-NAME` and `kit-NAME`; the site as it was at the first
backup in `before` and at the last in `site`; and the passphrase of `wrapped` in `passphrase`. In `pruned` snapshots expired.
"""

import argparse
import collections
import pathlib
import sys

from . import chunk
from .comparison import DatabaseCheck, TreeCheck
from .compression import Unpacker
from .checks import Checks
from .damage import Damage
from .encoding import Refusal
from .erasure_damage import ErasureDamage
from .golden import Golden
from .keyring import open_copy
from .kit import Kit
from .kit_damage import KitDamage
from .log import ERASURE, GENESIS, SNAPSHOT
from .objects import PATTERNS, Store
from .pruning import Pruned, PruningDamage
from .repository import Repository
from .snapshot import SnapshotReader


class Test:
    """One repository with its kit."""

    def __init__(self, work, name, passphrase, host, unpacker, checks):
        self.work, self.name, self.host, self.checks, self.unpacker = work, name, host, checks, unpacker
        self.passphrase, self.counts = passphrase, collections.Counter()
        self.halves = [(work / f"kit-{name}" / f"lethe-{word}.kit").read_bytes() for word in ("static", "epoch")]
        self.store = Store(work / f"repository-{name}")
        self.repository = Repository(self.store, Kit(*self.halves, passphrase), unpacker)

    def run(self):
        """Opens, compares, damages."""
        begin = self.checks.passed
        self.objects(), self.log(), self.keyrings(), self.packs()
        snapshots = self.repository.snapshots()
        for snapshot, site in ((snapshots[0], "before"), (snapshots[-1], "site")):
            self.snapshot(snapshot, site)
        self.unreferenced()
        self.comparison(snapshots[0], "site")
        middle = self.checks.passed
        Damage(self.repository, self.checks).run()
        KitDamage(self.repository, *self.halves, self.passphrase, self.checks).run()
        ErasureDamage(self.repository, self.checks).run()
        PruningDamage(self.repository, self.checks).run()
        self.tell(middle - begin, self.checks.passed - middle)

    def run_pruned(self):
        """Opens what is left after a pruning, and compares the newest of it."""
        begin = self.checks.passed
        self.objects(), self.keyrings(), self.packs()
        self.snapshot(self.repository.snapshots()[-1], "site")
        Pruned(self.repository, self.checks).run(self.counts)
        middle = self.checks.passed
        PruningDamage(self.repository, self.checks).run()
        self.tell(middle - begin, self.checks.passed - middle)

    def tell(self, promise_count, refusal_count):
        """Prints what was verified."""
        print(f"{self.name}: {promise_count} promises held, {refusal_count} refusals were right; verified:")
        for what, count in sorted(self.counts.items()):
            print(f"  {count:>10,}  {what}")

    def objects(self):
        """Nothing but what the article names lies in the repository."""
        for name in self.store.names():
            self.checks.expect(f"{name} is the name of an object", any(pattern.fullmatch(name) for pattern, _ in PATTERNS))
            self.counts["objects"] += 1
        referenced = {name for entry in self.repository.entries for one in entry.keyrings for name in one.names()}
        referenced |= {f"packs/{identifier.hex()}" for identifier in {*self.repository.summaries, *self.repository.dropped}}
        stray = [name for name in self.store.names() if not name.startswith(("format", "log/")) and name not in referenced]
        self.checks.expect("every object is named by the log", not stray, str(stray))

    def log(self):
        """The chain was checked when the repository was opened."""
        entries = self.repository.entries
        self.counts["log entries, every link checked"] = len(entries)
        self.checks.expect("there are the genesis and two snapshots, and who left between them",
                           [entry.kind for entry in entries] == [GENESIS, SNAPSHOT, ERASURE, SNAPSHOT])
        self.checks.expect("one agent wrote all", len({entry.agent for entry in entries}) == 1)
        numbers = [entry.next_account for entry in entries]
        self.checks.expect("next account never falls and is above every number",
                           numbers == sorted(numbers) and max(self.repository.keyring.accounts) < numbers[-1])
        listed = [summary.pack for entry in entries if entry.snapshot for summary in entry.snapshot.packs]
        self.checks.expect("no pack is listed twice", len(listed) == len(set(listed)))

    def keyrings(self):
        """Each copy that the newest entry names, on its own."""
        for reference in self.repository.entries[-1].keyrings:
            for name in reference.names():
                open_copy(self.store, name, reference, self.repository.keys, self.repository.kit)
                self.counts["keyring copies opened"] += 1
        server = self.repository.keyring.accounts[0]
        self.checks.expect("the server has no address", server.address == server.birth_mark == b"")
        self.counts["accounts in the keyring"] = len(self.repository.keyring.accounts) - 1
        self.counts["run secrets in the keyring"] = len(self.repository.keyring.runs)

    def packs(self):
        """Every pack the log lists."""
        for identifier in self.repository.summaries:
            found = self.repository.pack(identifier)
            self.checks.expect(f"the size of pack {identifier.hex()}", found.has_expected_size())
            self.counts["packs, every hash checked"] += 1
            self.counts["bytes of packs"] += len(found.data)
            for slot in found.slots:
                self.counts[f"chunks of codec {slot.codec}"] += 1
                self.checks.expect("dictionary 1 is for rows of at most 131072 bytes",
                                   slot.codec != 2 or slot.kind == chunk.ROWS and slot.plain_byte_count <= 131_072)

    def snapshot(self, snapshot, site):
        """One snapshot, against the site as it was."""
        found = SnapshotReader(self.repository, snapshot).read()
        self.checks.expect("catalogue and log say what was found", not found.oddities, str(found.oddities))
        erased = {account.address for account in self.repository.passed_over}
        self.checks.expect("the snapshot is complete", snapshot.state == 1)
        for what, count in found.counts.items():
            self.counts[f"{what} opened ({site})"] = count
        database = DatabaseCheck(
            self.work / site / "ejabberd.db", self.host, found.origins[b"xmpp"], self.checks, self.counts, erased)
        database.run()
        addresses = {account.address for account in self.repository.keyring.accounts.values()}
        living = {address.encode() for address in database.exclusion.living}
        self.checks.expect("the log counts the live accounts", snapshot.live_accounts == len(living))
        self.checks.expect("only who was erased is passed over", bool(found.counts["groups passed over"]) == bool(living & erased))
        living -= erased
        self.checks.expect("every live account is in the keyring", living <= addresses)
        TreeCheck(self.work / site / "upload", living, found.origins[b"uploads"], self.checks, self.counts).run()

    def comparison(self, snapshot, other_site):
        """A comparison that finds all equal proves nothing unless it also finds what differs."""
        found, unequal = SnapshotReader(self.repository, snapshot).read(), Checks(silent=True)
        database = DatabaseCheck(self.work / other_site / "ejabberd.db", self.host, found.origins[b"xmpp"], unequal, self.counts.copy())
        database.run()
        self.checks.expect("the database of another time is found to differ", unequal.failed)
        living, unequal = {address.encode() for address in database.exclusion.living}, Checks(silent=True)
        TreeCheck(self.work / other_site / "upload", living, found.origins[b"uploads"], unequal, self.counts.copy()).run()
        self.checks.expect("the tree of another time is found to differ", unequal.failed)

    def unreferenced(self):
        """Chunks of packs that neither snapshot refers to; content needs a secret that only its record has."""
        for identifier in self.repository.summaries:
            for ordinal, slot in enumerate(self.repository.pack(identifier).slots):
                if slot.account and slot.account not in self.repository.keyring.accounts:
                    self.counts["chunks of erased accounts"] += 1
                elif (identifier, ordinal) in self.repository.opened:
                    self.counts["chunks opened, each once"] += 1
                elif slot.kind == chunk.CONTENT:
                    self.checks.expect("every content chunk is referred to", False)
                else:
                    self.repository.chunk((identifier, ordinal), slot.kind, slot.account)
                    self.counts["chunks opened that no snapshot refers to"] += 1


def main():
    """Tests both repositories, and each with the other's kit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--dictionary", required=True, type=pathlib.Path)
    parser.add_argument("--vectors", required=True, type=pathlib.Path)
    parser.add_argument("--host", default="talk.example.org")
    options = parser.parse_args()
    checks, tests = Checks(), []
    try:
        unpacker = Unpacker(options.dictionary)
        print(f"{Golden(options.vectors, unpacker, checks).run()} golden vectors")
        passphrase = (options.work / "passphrase").read_bytes().split(b"\n")[0]
        for name, word in (("wrapped", passphrase), ("bare", None)):
            tests.append(Test(options.work, name, word, options.host, unpacker, checks))
            tests[-1].run()
        one, other = tests
        Test(options.work, "pruned", None, options.host, unpacker, checks).run_pruned()
        checks.refuses("a repository with another's kit", "wrong-key",
                       lambda: Repository(one.store, other.repository.kit, unpacker))
        checks.refuses("halves of two kits", "wrong-key", lambda: Kit(one.halves[0], other.halves[1], passphrase))
        checks.expect("a passphrase that is not needed is ignored", Kit(*other.halves, b"needless"))
    except Refusal as refusal:
        checks.expect("everything is accepted", False, f"({refusal})")
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


main()
