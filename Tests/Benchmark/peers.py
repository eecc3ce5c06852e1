"""The programs that are measured: how each is set up, backs up and restores over SFTP."""

import json
import pathlib
import shutil

from clock import Clock
from measurement import Cost, bytes_below, run

# What a served ejabberd writes anew at its start; its profile leaves these tables' rows out.
EPHEMERAL = "caps_features,muc_online_room,muc_online_users,sm,route,bosh,proxy65"


class Peer:
    """One program with a repository of its own on the server and a directory for its private files."""

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


class Lethe(Peer):
    """This project's binary; it reads the live database itself."""

    name = "lethe"

    def __init__(self, server, site, home, binary):
        super().__init__(server, site, home)
        self.binary, self.kit, self.config = binary, self.home / "kit", self.home / "lethe.yaml"
        host = f"    host: {site.host}\n" if site.host else ""
        self.config.write_text(
            f"repository:\n  url: {server.url(self.remote)}\n  identity: {server.identity}\n"
            f"  host-key: {server.host_key}\nstate: {self.home / 'state'}\norigins:\n"
            f"  - name: xmpp\n    database: {site.database}\n    profile: {site.profile}\n{host}"
            f"  - name: uploads\n    directory: {site.uploads}\n    profile: {site.upload_profile}\n"
            "    accounts: xmpp\n")

    def environment(self):
        profiles = pathlib.Path(__file__).resolve().parents[2] / "Config" / "profiles"
        return {"LETHE_CONFIG": str(self.config), "LETHE_PROFILES": str(profiles)}

    def init(self):
        """Makes the repository."""
        self.run(self.binary, "init", "--kit", self.kit, "--no-passphrase")

    def backup(self):
        """One run; the cost and what the program says about its traffic."""
        cost, output = self.run(self.binary, "backup", "--json")
        stored = json.loads(output)["stored"]
        return cost, {"uploaded": stored["bytes_uploaded"], "round_trips": stored["round_trips"]}

    def expire(self):
        """Lets all snapshots go but the newest: says so in the log, and an hour later removes what only they needed."""
        self.config.write_text(self.config.read_text() + "retention: 6h\n")
        clock, hours = Clock(self.home), 3600
        cost, _ = self.run(self.binary, "backup", **clock.environment(5 * hours))
        cost, _ = self.run(self.binary, "prune", **clock.environment(10 * hours))
        return cost + self.run(self.binary, "prune", **clock.environment(11 * hours + 60))[0]

    def check(self):
        """Everything, every pack read."""
        return self.run(self.binary, "check", "--read-data", "100")[0]

    def restore(self):
        """A full restore of the newest snapshot, and where the database and the uploads are then."""
        target = self.cleared("restored")
        cost, _ = self.run(self.binary, "restore", "--kit", self.kit, "--target", target)
        return cost, target / "xmpp" / self.site.database.name, target / "uploads"

    def is_right(self, database, uploads):
        """Whether what was restored is the source."""
        return self.site.is_equal(database, uploads, EPHEMERAL)


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

    def found(self, target):
        """Where the database and the uploads are below the target of a restore with full paths."""
        below = [pathlib.Path(str(path).lstrip("/")) for path in (self.copy, self.site.uploads)]
        return target / below[0], target / below[1]


class Restic(Copying):
    """Debian's restic with its own defaults."""

    name = "restic"

    def environment(self):
        return {"RESTIC_PASSWORD": "measured", "RESTIC_REPOSITORY": f"sftp:vault:{self.remote}",
                "RESTIC_CACHE_DIR": str(self.home / "cache"), "RESTIC_PROGRESS_FPS": "0.1"}

    def restic(self, *words):
        """One restic command over this server."""
        command = f"sftp.command=ssh -F {self.server.ssh_config} vault -s sftp"
        return self.run("restic", "-o", command, *words)[0]

    def init(self):
        """Makes the repository."""
        self.restic("init")

    def expire(self):
        """Lets all snapshots go but the newest, and what only they needed."""
        return self.restic("forget", "--quiet", "--keep-last", "1", "--prune")

    def check(self):
        """Everything, all data read."""
        return self.restic("check", "--quiet", "--read-data")

    def store(self):
        """One run without the copy."""
        return self.restic("backup", "--quiet", "--host", "measured", self.stage, self.site.uploads)

    def restore(self):
        """A full restore of the newest snapshot, and where the database and the uploads are then."""
        target = self.cleared("restored")
        return self.restic("restore", "latest", "--target", target), *self.found(target)


class Borg(Copying):
    """Debian's borg; it needs a shell on the server."""

    name = "borg"

    def __init__(self, server, site, home):
        super().__init__(server, site, home)
        self.count = 0

    def environment(self):
        return {"BORG_REPO": f"ssh://vault{self.remote}", "BORG_PASSPHRASE": "measured",
                "BORG_RSH": f"ssh -F {self.server.ssh_config}", "BORG_BASE_DIR": str(self.home / "base")}

    def init(self):
        """Makes the repository."""
        self.run("borg", "init", "-e", "repokey-blake2")

    def expire(self):
        """Lets all archives go but the newest, and what only they needed."""
        return self.run("borg", "prune", "--keep-last", "1")[0] + self.run("borg", "compact")[0]

    def check(self):
        """Everything, all data read."""
        return self.run("borg", "check", "--verify-data")[0]

    def store(self):
        """One run without the copy."""
        self.count += 1
        return self.run("borg", "create", "--compression", "zstd,3", f"::{self.count}", self.stage,
                        self.site.uploads)[0]

    def restore(self):
        """A full restore of the newest archive, and where the database and the uploads are then."""
        target = self.cleared("restored")
        target.mkdir()
        cost, _ = self.run("env", "-C", target, "borg", "extract", f"::{self.count}")
        return cost, *self.found(target)
