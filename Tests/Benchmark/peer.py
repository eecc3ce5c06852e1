"""What all programs that are measured have in common."""

import os
import pathlib
import shutil

from measurement import Cost, bytes_below, run


class Peer:
    """One program with a repository of its own on the server and a directory for its private files."""

    packages = ()  # of Debian

    def __init__(self, server, site, home):
        self.server, self.site, self.home = server, site, pathlib.Path(home)
        self.remote = self.home / "remote"
        self.log = self.home / "log"
        self.home.mkdir(parents=True)

    def run(self, *command, **environment):
        """Runs a command with this peer's environment and more."""
        return run(list(map(str, command)), {**self.environment(), **environment}, self.log)

    def environment(self):
        """Variables the program reads."""
        return {}

    def remote_bytes(self):
        """The bytes of the repository now."""
        return bytes_below(self.remote)

    def cleared(self, name):
        """An empty place below the private directory."""
        path = self.home / name
        shutil.rmtree(path, ignore_errors=True)
        return path


class Copying(Peer):
    """A program that backs up files and so needs a consistent copy of the database first."""

    def __init__(self, server, site, home):
        super().__init__(server, site, home)
        self.stage = self.home / "stage"
        self.copy = self.stage / site.database.name
        self.last_copy = Cost()

    def backup(self):
        """Copy and run; the cost of both together."""
        shutil.rmtree(self.stage, ignore_errors=True)
        self.stage.mkdir()
        self.last_copy, _ = self.run("sqlite3", self.site.database, f".backup '{self.copy}'")
        return self.last_copy + self.store(), {"copy": self.last_copy.wall}

    def is_right(self, database, uploads):
        """Whether what was restored is the source."""
        return self.site.is_same(self.copy, database, uploads)

    def below_root(self):
        """The paths of copy and uploads as they stand in an archive that begins at the root."""
        return [os.path.relpath(path, "/") for path in (self.stage, self.site.uploads)]

    def found(self, target):
        """Where the database and the uploads are below the target of a restore with full paths."""
        stage, uploads = self.below_root()
        return target / stage / self.copy.name, target / uploads
