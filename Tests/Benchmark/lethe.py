"""This project's own program, as it is measured."""

import json
import pathlib

from clock import Clock
from measurement import Cost, files_below
from peer import Peer

# What a served ejabberd writes anew at its start; its profile leaves these tables' rows out.
EPHEMERAL = "caps_features,muc_online_room,muc_online_users,sm,route,bosh,proxy65"
PROFILES = pathlib.Path(__file__).resolve().parents[2] / "Config" / "profiles"


class Lethe(Peer):
    """The binary under test; it reads the live database itself."""

    name = "lethe"

    def __init__(self, server, site, home, binary, origins=None):
        super().__init__(server, site, home)
        self.binary, self.kit, self.config = binary, self.home / "kit", self.home / "lethe.yaml"
        self.config.write_text(
            f"repository:\n  url: {server.url(self.remote)}\n  identity: {server.identity}\n"
            f"  host-key: {server.host_key}\nstate: {self.home / 'state'}\n"
            # Weeks pass in minutes here, and nobody is there to look at a brake.
            + "erasure: { brake: { accounts: 100000, percent: 100 } }\norigins:\n"
            + (origins or origin_of_rows(site) + origin_of_uploads(site)))

    def environment(self):
        """Variables the program reads."""
        return {"LETHE_CONFIG": str(self.config), "LETHE_PROFILES": str(PROFILES)}

    def lethe(self, *words):
        """One command; its cost and what it told."""
        cost, output = self.run(self.binary, *words, "--json")
        return cost, json.loads(output)

    def init(self):
        """Makes the repository."""
        self.run(self.binary, "init", "--kit", self.kit, "--no-passphrase")

    def backup(self):
        """One run; the cost and what the program says about its traffic."""
        cost, told = self.lethe("backup")
        stored, rows = told["stored"], sum(origin["rows"] for origin in told["origins"])
        return cost, {"uploaded": stored["bytes_uploaded"], "round_trips": stored["round_trips"], "rows": rows}

    def list(self):
        """The snapshots."""
        return self.run(self.binary, "snapshots")[0]

    def check(self):
        """Everything, every pack read."""
        return self.run(self.binary, "check", "--read-data", "100")[0]

    def restore(self, which="latest"):
        """A full restore of a snapshot, and where the database and the uploads are then."""
        target = self.cleared("restored")
        cost, _ = self.run(self.binary, "restore", "--kit", self.kit, "--target", target, "--snapshot", which)
        return cost, target / "xmpp" / self.site.database.name, target / "uploads"

    def is_right(self, database, uploads):
        """Whether what was restored is the source."""
        return self.site.is_equal(database, uploads, EPHEMERAL)

    def proof(self, database):
        """The seconds that SQLite's own check takes, which is a part of a restore."""
        return {"integrity_check": self.run("sqlite3", database, "PRAGMA integrity_check")[0].wall}

    def erase(self, account):
        """Reports an account and runs until its keys are destroyed, which is at once unless something hinders it."""
        before = files_below(self.remote)
        cost, told = self.lethe("erase", account.address, "--now")
        identifiers = {erasure["id"] for erasure in told["erasures"]}
        while not self.are_destroyed(identifiers):
            cost += self.lethe("backup")[0]
        return cost, {"uploaded": sum(size for _, _, size in files_below(self.remote) - before)}

    def are_destroyed(self, identifiers):
        """Whether the keys of these erasures are gone, by the receipts."""
        erasures = self.lethe("erasures", "list")[1]["erasures"]
        return all("destroyed" in erasure for erasure in erasures if erasure["id"] in identifiers)

    def oldest(self):
        """A restore of the oldest snapshot: where the database and the uploads are then."""
        first = self.lethe("snapshots")[1]["snapshots"][0]["id"]
        return self.restore(first)[1:]

    def expire(self):
        """Lets all snapshots go but the newest: says so in the log, and an hour later removes what only they needed."""
        self.config.write_text(self.config.read_text() + "retention: 6h\n")
        clock, hours, cost = Clock(self.home), 3600, Cost()
        self.run(self.binary, "backup", **clock.environment(5 * hours))
        for seconds in (10 * hours, 11 * hours + 60):
            cost += self.run(self.binary, "prune", **clock.environment(seconds))[0]
        return cost


def origin_of_rows(site):
    """The configuration's lines for a site's database."""
    host = f"    host: {site.host}\n" if site.host else ""
    return f"  - name: xmpp\n    database: {site.database}\n    profile: {site.profile}\n{host}"


def origin_of_uploads(site):
    """The configuration's lines for a site's uploads."""
    return f"  - name: uploads\n    directory: {site.uploads}\n    profile: {site.upload_profile}\n    accounts: xmpp\n"
