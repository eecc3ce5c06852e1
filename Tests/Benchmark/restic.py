"""restic."""

import json

from rewriting import Rewriting


class Restic(Rewriting):
    """Debian's restic with its own defaults."""

    name, packages, newest = "restic", ("restic",), "latest"

    def environment(self):
        """Variables the program reads."""
        return {"RESTIC_PASSWORD": "measured", "RESTIC_REPOSITORY": f"sftp:vault:{self.remote}",
                "RESTIC_CACHE_DIR": str(self.home / "cache"), "RESTIC_PROGRESS_FPS": "0.1", "TZ": "UTC"}

    def restic(self, *words, below="/"):
        """One restic command over this server; its cost and what it printed."""
        command = f"sftp.command=ssh -F {self.server.ssh_config} vault -s sftp"
        return self.run("env", "-C", below, "restic", "-o", command, *words)

    def init(self):
        """Makes the repository."""
        self.restic("init")

    def store(self):
        """One run without the copy."""
        return self.restic("backup", "--quiet", "--host", "measured", self.stage, self.site.uploads)[0]

    def list(self):
        """The snapshots."""
        return self.restic("snapshots")[0]

    def check(self):
        """Everything, all data read."""
        return self.restic("check", "--quiet", "--read-data")[0]

    def expire(self):
        """Lets all snapshots go but the newest, and what only they needed."""
        return self.restic("forget", "--quiet", "--keep-last", "1", "--prune")[0]

    def snapshots(self):
        """The cost of listing, and names and moments, the oldest first."""
        cost, output = self.restic("snapshots", "--json")
        found = sorted(json.loads(output), key=lambda one: one["time"])
        return cost, [(one["id"], one["time"][:19].replace("T", " ")) for one in found]

    def extract(self, name, target):
        """Restores a snapshot into a directory that is not there yet."""
        return self.restic("restore", "--quiet", name, "--target", target)[0]

    def store_again(self, target, name, moment):
        """Backs up what lies below the target as what it was taken from."""
        return self.restic("backup", "--quiet", "--host", "measured", "--time", moment, *self.below_root(), below=target)[0]

    def forget(self, names):
        """Removes snapshots and what only they needed."""
        return self.restic("forget", "--quiet", *names, "--prune")[0]
