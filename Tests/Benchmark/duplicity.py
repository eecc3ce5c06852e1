"""duplicity."""

from peer import Copying


class Duplicity(Copying):
    """Debian's duplicity with gpg: one full backup and a chain of differences, by OpenSSH's sftp."""

    # Its other SFTP is a library of its own; this one reads the same ssh_config as everybody.
    name, packages = "duplicity", ("duplicity", "python3-pexpect")

    def __init__(self, server, site, home):
        super().__init__(server, site, home)
        self.kind, self.url = "full", f"pexpect+sftp://vault/{self.remote}"
        for name in ("gnupg", "tmp"):
            (self.home / name).mkdir(mode=0o700)

    def environment(self):
        """Variables the program reads."""
        return {"PASSPHRASE": "measured", "GNUPGHOME": str(self.home / "gnupg"), "TMPDIR": str(self.home / "tmp")}

    def duplicity(self, *words):
        """One command over this server."""
        return self.run("duplicity", "--archive-dir", self.home / "cache", "--allow-source-mismatch",
                        f"--ssh-options=-F {self.server.ssh_config}", *words)[0]

    def init(self):
        """There is nothing to make but the directory."""
        self.remote.mkdir()

    def store(self):
        """One run without the copy; the first is full."""
        kind, self.kind = self.kind, "incremental"
        return self.duplicity(kind, "--no-print-statistics", "--include", self.stage, "--include", self.site.uploads,
                              "--exclude", "**", "/", self.url)

    def list(self):
        """The chain."""
        return self.duplicity("collection-status", self.url)

    def check(self):
        """The newest state, restored to be thrown away: its `verify` does the same, and fails at parents that have changed."""
        return self.restore()[0]

    def restore(self):
        """A full restore of the newest state, and where the database and the uploads are then."""
        target = self.cleared("restored")
        return self.duplicity("restore", self.url, target), *self.found(target)

    def expire(self):
        """Lets the chain go; that takes a new full backup, which is counted."""
        self.kind = "full"
        return self.store() + self.duplicity("remove-all-but-n-full", "1", "--force", self.url)
