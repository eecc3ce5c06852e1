"""Snapshots that expired and packs that were dropped: what is still there opens, what is not is not asked for."""

from . import chunk, log
from .encoding import varint
from .repository import Repository
from .snapshot import SnapshotReader


class Pruned:
    """A repository in which the agent let snapshots and packs go."""

    def __init__(self, repository, checks):
        self.repository, self.checks = repository, checks

    def run(self, counts):
        """Everything; the bytes of dropped packs may be there or not."""
        repository = self.repository
        taken = [entry.snapshot for entry in repository.entries if entry.snapshot]
        kept = repository.snapshots()
        counts["snapshots expired"], counts["packs dropped"] = len(taken) - len(kept), len(repository.dropped)
        self.checks.expect("snapshots expired, oldest first, and the newest did not",
                           0 < len(kept) < len(taken) and kept == taken[-len(kept):])
        self.checks.expect("packs were dropped", repository.dropped)
        kinds = [entry.kind for entry in repository.entries]
        self.checks.expect("no pack was dropped before a snapshot expired", kinds.index(log.EXPIRY) < kinds.index(log.DROP))
        hidden = repository.store
        for identifier in repository.dropped:
            hidden = hidden.with_object(f"packs/{identifier.hex()}", None)
        for store in (repository.store, hidden):
            opened = Repository(store, repository.kit, repository.unpacker)
            for identifier in opened.dropped:
                self.checks.refuses("a chunk of a dropped pack", "malformed", lambda opened=opened, identifier=identifier: opened.chunk(
                    (identifier, 0), chunk.ROOT, 0))
            for snapshot in kept:
                found = SnapshotReader(opened, snapshot).read()
                self.checks.expect("a snapshot that is kept opens whole", not found.oddities, str(found.oddities))
        for snapshot in taken[:-len(kept)]:
            self.checks.expect("an expired snapshot cannot be asked for", opened.snapshot(snapshot.run) is None)


class PruningDamage:
    """Appends expiries and drops to a repository, as a later run of the agent would."""

    def __init__(self, repository, checks):
        self.repository, self.checks = repository, checks

    def run(self):
        """Everything."""
        self.expiries(), self.drops(), self.refused()

    def opened(self, *bodies):
        """The repository with a longer log."""
        repository = self.repository
        store = log.longer(repository.store, repository.keys, repository.entries[-1], *bodies)
        return Repository(store, repository.kit, repository.unpacker)

    def expiries(self):
        """From an expiry on."""
        runs = [snapshot.run for snapshot in self.repository.snapshots()]
        first, last = self.opened(expiry(runs[0])), self.opened(expiry(*runs), expiry(runs[-1]))
        self.checks.expect("an expired snapshot is gone", [snapshot.run for snapshot in first.snapshots()] == runs[1:])
        self.checks.expect("an expired snapshot cannot be asked for", first.snapshot(runs[0]) is None)
        self.checks.expect("all may expire, and one twice", not last.snapshots())
        same = self.opened(expiry(), expiry(bytes(16)), drop(), drop(bytes(16)))
        self.checks.expect("what names nothing means nothing", [snapshot.run for snapshot in same.snapshots()] == runs)
        SnapshotReader(same, same.snapshots()[-1]).read()

    def drops(self):
        """From a drop on."""
        newest = self.repository.snapshots()[-1]
        for contents in (1, 2, 3):
            needed = sorted(identifier for identifier, _ in self.repository.opened
                            if self.repository.summaries[identifier].contents == contents)[0]
            dropped = self.opened(drop(needed))
            name = f"packs/{needed.hex()}"
            lost = Repository(dropped.store.with_object(name, None), dropped.kit, dropped.unpacker)
            for which in (dropped, lost):
                self.checks.refuses("a chunk of a pack that was dropped", "malformed", lambda which=which: which.pack(needed))
            without = Repository(self.repository.store.with_object(name, None), dropped.kit, dropped.unpacker)
            self.checks.refuses("a pack that was not dropped and is not there", "missing", lambda: without.pack(needed))
        root = self.opened(drop(newest.root[0]))
        self.checks.refuses("a snapshot whose catalogue was dropped", "malformed", lambda: SnapshotReader(root, newest).read())

    def refused(self):
        """Bodies that break a rule."""
        low, high = bytes(16), b"\xff" * 16
        for kind, limit in ((log.EXPIRY, 65_536), (log.DROP, 524_288)):
            for what, refusal, body in (
                    ("an id twice", "malformed", b"\2" + low * 2), ("descending ids", "malformed", b"\2" + high + low),
                    ("a byte more", "malformed", b"\1" + low + b"\0"), ("a byte less", "truncated", b"\1" + low[:-1]),
                    ("more ids than there are", "truncated", b"\2" + low), ("as many as may be, and none", "truncated", varint(limit)),
                    ("more ids than there may be", "over-limit", varint(limit + 1) + low)):
                self.checks.refuses(f"an entry of kind {kind} with {what}", refusal, lambda kind=kind, body=body: self.opened((kind, body)))


def identifiers(values):
    """A list of ids."""
    return varint(len(values)) + b"".join(sorted(values))


def expiry(*runs):
    """The body of an expiry."""
    return log.EXPIRY, identifiers(runs)


def drop(*packs):
    """The body of a drop."""
    return log.DROP, identifiers(packs)
