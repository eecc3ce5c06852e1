"""How a person is forgotten by programs that cannot take rows out of a file in an old snapshot."""

from peer import Copying


class Rewriting(Copying):
    """A program whose history stays only if every snapshot is restored, changed and backed up again with its time."""

    def erase(self, account):
        """Writes every snapshot anew without the account, then lets the old ones and what only they needed go.

        The bytes are those by which the repository grew with each of them; what compacting moves is not among them.
        """
        total, old = self.snapshots()
        grown, target = 0, self.home / "rewritten"
        for name, moment in old:
            total += self.extract(name, self.cleared("rewritten")) + self.cleaned(target, account)
            before = self.remote_bytes()
            total += self.store_again(target, name, moment)
            grown += self.remote_bytes() - before
        total += self.forget([name for name, _ in old])
        self.cleared("rewritten")
        return total, {"uploaded": grown}

    def cleaned(self, target, account):
        """The cost of taking an account out of what was restored."""
        database, uploads = self.found(target)
        cost, _ = self.run("sqlite3", database, account.deletion(database))
        return cost + self.run("rm", "-rf", uploads / account.upload_directory)[0]

    def oldest(self):
        """A restore of the oldest snapshot: where the database and the uploads are then."""
        target = self.cleared("restored")
        self.extract(self.snapshots()[1][0][0], target)
        return self.found(target)

    def restore(self):
        """A full restore of the newest snapshot, and where the database and the uploads are then."""
        target = self.cleared("restored")
        return self.extract(self.newest, target), *self.found(target)

    def snapshots(self):
        """The cost of listing, and names and moments, the oldest first."""
        raise NotImplementedError

    def extract(self, name, target):
        """Restores a snapshot into a directory that is not there yet."""
        raise NotImplementedError

    def store_again(self, target, name, moment):
        """Backs up what lies below the target as what it was taken from."""
        raise NotImplementedError

    def forget(self, names):
        """Removes snapshots and what only they needed."""
        raise NotImplementedError
