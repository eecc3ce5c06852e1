"""borg."""

import json

from rewriting import Rewriting


class Borg(Rewriting):
    """Debian's borg; it needs a shell on the server."""

    name, packages, cutting = "borg", ("borgbackup",), ()

    def __init__(self, server, site, home):
        super().__init__(server, site, home)
        self.count, self.newest = 0, None

    def environment(self):
        """Variables the program reads."""
        return {"BORG_REPO": f"ssh://vault{self.remote}", "BORG_PASSPHRASE": "measured",
                "BORG_RSH": f"ssh -F {self.server.ssh_config}", "BORG_BASE_DIR": str(self.home / "base"), "TZ": "UTC"}

    def create(self, name, *words, below="/"):
        """One run without the copy."""
        self.newest = name
        return self.run("env", "-C", below, "borg", "create", "--compression", "zstd,3", *self.cutting, *words, f"::{name}",
                        *self.below_root())[0]

    def init(self):
        """Makes the repository."""
        self.run("borg", "init", "-e", "repokey-blake2")

    def store(self):
        """One run without the copy."""
        self.count += 1
        return self.create(str(self.count))

    def list(self):
        """The archives."""
        return self.run("borg", "list")[0]

    def check(self):
        """Everything, all data read."""
        return self.run("borg", "check", "--verify-data")[0]

    def expire(self):
        """Lets all archives go but the newest, and what only they needed."""
        return self.run("borg", "prune", "--keep-last", "1")[0] + self.run("borg", "compact")[0]

    def snapshots(self):
        """The cost of listing, and names and moments, the oldest first."""
        cost, output = self.run("borg", "list", "--json")
        return cost, [(one["name"], one["time"][:19]) for one in json.loads(output)["archives"]]

    def extract(self, name, target):
        """Restores a snapshot into a directory that is not there yet."""
        target.mkdir()
        return self.run("env", "-C", target, "borg", "extract", f"::{name}")[0]

    def store_again(self, target, name, moment):
        """Backs up what lies below the target as what it was taken from."""
        return self.create(f"{name}-again", "--timestamp", moment, below=target)

    def forget(self, names):
        """Removes snapshots and what only they needed."""
        return self.run("borg", "delete", f"::{names[0]}", *names[1:])[0] + self.run("borg", "compact")[0]


class FixedBorg(Borg):
    """borg with blocks of 16 KiB instead of cuts by content: what suits a database's pages best."""

    name, cutting = "borg-fixed", ("--chunker-params", "fixed,16384")
