"""How near Lethe comes to what the machine can do: send at OpenSSH's rate, and read at SQLite's."""

import pathlib
import shutil
import statistics
import subprocess

from lethe import Lethe, origin_of_rows
from measurement import run
from table import print_columns

FILE_BYTES = 300_000_000
UPLOAD_GOAL, SCAN_GOAL = 0.8, 0.7
SOURCE = pathlib.Path(__file__).resolve().parent / "scan.c"


class Limits:
    """Two limits, each measured as often as wished and beside Lethe."""

    def __init__(self, options, server, base, scratch):
        self.options, self.server, self.base, self.scratch = options, server, base, scratch
        self.lines = [("rate", "limit s", "lethe s", "amount", "limit /s", "lethe /s", "ratio", "at least", "is")]

    def show(self):
        """Measures and prints."""
        self.upload()
        self.scan()
        print_columns(self.lines)

    def add(self, name, amount, unit, limits, ours, goal):
        """A line, of medians."""
        limit, mine = statistics.median(limits), statistics.median(ours)
        ratio = limit / mine
        self.lines.append((name, f"{limit:.2f}", f"{mine:.2f}", f"{amount:,.2f} {unit}", f"{amount / limit:,.2f}", f"{amount / mine:,.2f}",
                           f"{ratio:.2f}", f"{goal:.2f}", "reached" if ratio >= goal else "not reached"))

    def upload(self):
        """One file that nothing makes smaller: `sftp put`, and a first backup of the directory it is in."""
        directory = self.scratch / "incompressible"
        directory.mkdir()
        with open("/dev/urandom", "rb") as noise, open(directory / "file", "wb") as file:
            for _ in range(FILE_BYTES // 1_000_000):
                file.write(noise.read(1_000_000))
        limits, ours = [], []
        for _ in range(self.options.repeat):
            limits.append(self.put(directory / "file"))
            ours.append(self.first(f"  - name: files\n    directory: {directory}\n    profile: directory\n"))
        self.add("upload", FILE_BYTES / 1e6, "MB", limits, ours, UPLOAD_GOAL)

    def put(self, file):
        """The seconds in which OpenSSH's own program uploads a file."""
        requests, copy = self.scratch / "requests", self.scratch / "copy"
        requests.write_text(f"put '{file}' '{copy}'\n")
        cost, _ = run(["sftp", "-q", "-b", requests, "-F", self.server.ssh_config, "vault"])
        copy.unlink()
        return cost.wall

    def first(self, origins):
        """The seconds of a first backup."""
        lethe = self.lethe(origins)
        cost, _ = lethe.backup()
        shutil.rmtree(lethe.home)
        return cost.wall

    def lethe(self, origins):
        """Lethe with a new repository."""
        lethe = Lethe(self.server, self.base, self.scratch / "lethe", self.options.binary, origins)
        lethe.init()
        return lethe

    def scan(self):
        """All rows of the database: a bare loop, and a run that finds nothing changed."""
        program = self.scratch / "scan"
        subprocess.run(["clang", "-O2", "-o", program, SOURCE, "-lsqlite3", "-lsodium"], check=True)
        lethe = self.lethe(origin_of_rows(self.base))
        lethe.backup()
        limits, ours = [], []
        for _ in range(self.options.repeat):
            cost, output = run([program, self.base.database])
            limits.append(cost.wall)
            ours.append(lethe.backup()[0].wall)
        shutil.rmtree(lethe.home)
        self.add("scan", int(output.split()[0]) / 1e6, "million rows", limits, ours, SCAN_GOAL)
