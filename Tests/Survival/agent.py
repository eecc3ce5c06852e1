"""A small site, its agent, and a remote machine for it to be tried against."""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "Clock"))
sys.path.insert(0, str(ROOT / "Tests" / "HostileServer"))
sys.path.insert(0, str(ROOT / "Tests" / "Workload"))

from clock import Clock  # noqa: E402
from machine import Machine  # noqa: E402
from site_model import upload_directory_name  # noqa: E402

HOST = "talk.example.org"
# Sessions, routes and caches are not backed up.
FLEETING = "caps_features,muc_online_room,muc_online_users,sm,route,bosh,proxy65"
CONFIGURATION = """
repository:
  url: sftp://{user}@127.0.0.1:{port}/vault
  identity: {ssh}/client
  host-key: {key}
state: {work}/state
retention: 1d
renewal: 1d
# Nobody is there to look at a brake.
erasure: {{ hold: 6h, brake: {{ accounts: 100000, percent: 100 }} }}
origins:
  - {{ name: xmpp, database: {work}/site/ejabberd.db, profile: {profiles}/ejabberd.yaml, host: talk.example.org }}
  - {{ name: uploads, directory: {work}/site/upload, profile: {profiles}/ejabberd-uploads.yaml, accounts: xmpp }}
"""


def highest_memory(process):
    """The most bytes that a program had resident so far, 0 if it has ended.

    What wait4 tells counts the memory of whoever started it too: the process that became it was a copy of that.
    """
    try:
        lines = pathlib.Path(f"/proc/{process}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))


class Violation(Exception):
    """A promise is broken."""


class Outcome:
    """How a command of Lethe's ended."""

    def __init__(self, arguments, status, output, errors, peak, seconds):
        self.arguments, self.status, self.output, self.errors = arguments, status, output, errors
        self.peak, self.seconds = peak, seconds

    def __str__(self):
        return f"`lethe {' '.join(self.arguments)}` ended with {self.status}: {self.errors.strip()[-400:]} {self.output.strip()[-400:]}"

    def json(self):
        """What it told."""
        return json.loads(self.output)


class Agent:
    """Runs Lethe on a generated site, in a time of its own, which jumps by hours."""

    def __init__(self, binary, work, size=("--users", "12", "--archive-rows", "300", "--upload-mb", "1")):
        self.binary, self.work = str(binary), pathlib.Path(work)
        self.site, self.state = self.work / "site", self.work / "state"
        # Seconds by which its clock is ahead of this machine's, and those that passed in truth where they differ.
        self.offset, self.uptime, self.expected = 0, None, {}
        self.work.mkdir(parents=True, exist_ok=True)
        self.clock = Clock(self.work)
        subprocess.run([ROOT / "Scripts" / "generate", "--out", self.site, *size], check=True, stdout=subprocess.DEVNULL)
        self.machine = Machine(str(self.work), str(ROOT / "Scripts"), str(ROOT / "Tests" / "HostileServer" / "relay.py"))
        ssh = self.work / "sshd"
        (self.work / "lethe.yaml").write_text(CONFIGURATION.format(
            user=subprocess.check_output(["id", "-un"], text=True).strip(), port=self.machine.port(), ssh=ssh, work=self.work,
            key=" ".join((ssh / "host.pub").read_text().split()[:2]), profiles=ROOT / "Config" / "profiles"))

    def environment(self):
        """That of a process at the agent's time."""
        return dict(os.environ, **self.clock.environment(self.offset, self.uptime))

    def wait(self, hours):
        """Lets hours pass, on both machines."""
        self.offset += hours * 3600
        self.machine.offset = self.offset

    def start(self, *arguments):
        """Starts a command."""
        return subprocess.Popen(
            [self.binary, *map(str, arguments), "--config", self.work / "lethe.yaml", "--json"], env=self.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.work)

    def lethe(self, *arguments, limit=300, begun=lambda process: None):
        """Runs a command to its end."""
        began = time.monotonic()
        process = self.start(*arguments)
        begun(process)
        collected = {}
        readers = [threading.Thread(target=lambda name=name, pipe=pipe: collected.update({name: pipe.read()}))
                   for name, pipe in (("output", process.stdout), ("errors", process.stderr))]
        for reader in readers:
            reader.start()
        watch = threading.Timer(limit, process.kill)
        watch.start()
        peak = 0
        while process.poll() is None:
            peak = max(peak, highest_memory(process.pid))
            time.sleep(0.01)
        watch.cancel()
        for reader in readers:
            reader.join()
        process.stdout.close(), process.stderr.close()
        return Outcome(list(map(str, arguments)), process.returncode, collected["output"].decode(errors="replace"),
                       collected["errors"].decode(errors="replace"), peak, time.monotonic() - began)

    def succeed(self, *arguments):
        """Runs a command that must succeed."""
        outcome = self.lethe(*arguments)
        if outcome.status != 0:
            raise Violation(str(outcome))
        if not outcome.output:
            raise Violation(f"no answer on standard output: {outcome}")
        return outcome.json()

    def initialise(self):
        """Makes the repository."""
        self.succeed("init", "--kit", self.work / "kit", "--no-passphrase")

    def database(self):
        """The site's database."""
        return sqlite3.connect(self.site / "ejabberd.db", timeout=10)

    def change(self, chance):
        """A few messages come, some go, and a file is uploaded."""
        with self.database() as database:
            columns = [row[1] for row in database.execute("PRAGMA table_info(archive)") if row[1] not in ("id", "timestamp")]
            listed = ", ".join(columns)
            for _ in range(chance.randrange(1, 30)):
                database.execute(f"INSERT INTO archive ({listed}, timestamp) SELECT {listed}, ? FROM archive "
                                 "LIMIT 1 OFFSET ?", (chance.randrange(1 << 50), chance.randrange(100)))
            database.execute("DELETE FROM archive WHERE rowid IN (SELECT rowid FROM archive LIMIT ?)", (chance.randrange(4),))
        database.close()
        owner = self.site / "upload" / upload_directory_name("sha1", chance.choice(self.nodes()), HOST)
        directory = owner / ("%040x" % chance.getrandbits(160))
        directory.mkdir(parents=True)
        (directory / "picture.jpg").write_bytes(chance.randbytes(chance.randrange(1, 40_000)))

    def nodes(self):
        """Who has an account."""
        database = self.database()
        found = sorted(row[0] for row in database.execute("SELECT username FROM users"))
        database.close()
        return found

    def unregister(self, node, register):
        """An account goes, another comes."""
        subprocess.run([ROOT / "Scripts" / "generate", "--out", self.site, "--unregister", node, "--register", register],
                       check=True, stdout=subprocess.DEVNULL)

    def backup(self):
        """A run that must be whole; what it must bring back is kept."""
        report = self.succeed("backup")
        if report["state"] != "complete" or any("is not done" in warning for warning in report["warnings"]):
            raise Violation(f"the snapshot is {report['state']}: {report['warnings']}")
        self.expected[report["snapshot"]] = (self.offset, self.copy_of_site(report["snapshot"]))
        return report

    def copy_of_site(self, name):
        """A copy to compare with later."""
        copy = self.work / "copies" / name
        shutil.copytree(self.site, copy, symlinks=True)
        for old in sorted((self.work / "copies").iterdir(), key=lambda path: path.stat().st_ctime)[:-4]:
            shutil.rmtree(old)
        return copy

    def forget_copies(self):
        """After somebody was erased, older snapshots lack them."""
        self.expected.clear()
        shutil.rmtree(self.work / "copies", ignore_errors=True)

    def check(self):
        """Nothing may be found."""
        outcome = self.lethe("check", "--read-data")
        findings = [finding for finding in outcome.json()["findings"] if finding["severity"] != "info"] if outcome.output else None
        if outcome.status != 0 or findings:
            raise Violation(f"check: {outcome.status} {findings} {outcome.errors}")

    def restore(self, snapshot="latest", source=None):
        """A snapshot must be what the source was."""
        target = self.work / "restored"
        shutil.rmtree(target, ignore_errors=True)
        self.succeed("restore", "--kit", self.work / "kit", "--target", target, "--snapshot", snapshot)
        source = source or self.site
        compare = str(ROOT / "Scripts" / "compare")
        for arguments in (
                ["database", "--except-tables", FLEETING, "--without-remains", "--host", HOST, source / "ejabberd.db",
                 target / "xmpp" / "ejabberd.db"],
                ["tree", "--accounts", source / "ejabberd.db", "--host", HOST, source / "upload", target / "uploads"]):
            result = subprocess.run([compare, *map(str, arguments)], capture_output=True, text=True)
            if result.returncode != 0:
                raise Violation(f"snapshot {snapshot} is not its source: {result.stdout[-600:]}{result.stderr[-300:]}")
        shutil.rmtree(target)

    def expect_snapshots(self):
        """Every snapshot within its time is listed, and one of the older ones is what it was."""
        listed = {line["id"] for line in self.succeed("snapshots")["snapshots"]}
        for snapshot, (taken, _) in list(self.expected.items()):
            if self.offset - taken >= 24 * 3600:
                del self.expected[snapshot]
            elif snapshot not in listed:
                raise Violation(f"snapshot {snapshot} of {(self.offset - taken) / 3600} hours ago is gone")
        copies = {snapshot: copy for snapshot, (_, copy) in self.expected.items() if copy.exists()}
        if copies:
            oldest = next(iter(copies))
            self.restore(oldest, copies[oldest])

    def save(self):
        """The moment to come back to."""
        shutil.rmtree(self.work / "saved", ignore_errors=True)
        shutil.copytree(self.state, self.work / "saved")
        self.saved = (self.machine.disk.image(), self.offset, dict(self.expected))

    def go_back(self):
        """Puts the state and the remote back."""
        shutil.rmtree(self.state)
        shutil.copytree(self.work / "saved", self.state)
        image, self.offset, expected = self.saved
        self.machine.offset, self.expected = self.offset, dict(expected)
        with self.machine.lock:
            self.machine.cut()
            self.machine.disk.restore(image, [b"/vault"] + [b"/vault/" + name for name in (b"log", b"packs", b"keyring", b"tmp")])

    def stop(self):
        """Ends the remote machine."""
        self.machine.stop()
