"""How Lethe's costs grow with the site."""

import shutil
import sys

from lethe import Lethe
from loopback import generated
from site_model import SIZES
from table import print_columns

# Of the size's accounts and rows: together, and each by itself.
FACTORS = ((0.1, 0.1), (0.3, 0.3), (1, 1), (3, 1), (1, 3), (3, 3))
FEWEST_ACCOUNTS = 3


class Scale:
    """Sites of several sizes, each backed up first, unchanged and changed. Uploads are few, so that rows count.

    What a run takes for nothing, some tenths of a second, weighs most at the small ones.
    """

    def __init__(self, options, server, scratch):
        self.options, self.server, self.scratch = options, server, scratch
        self.lines = {"first": [], "unchanged": [], "change": []}

    def show(self):
        """Measures and prints, one operation after the other, so that a column is to stay flat."""
        for accounts, rows in FACTORS:
            self.measure(accounts, rows)
        heads = ("operation", "accounts", "million rows", "wall s", "s per million rows", "peak MiB")
        print_columns([heads] + [line for lines in self.lines.values() for line in lines])

    def site(self, accounts, rows):
        """A site of so many times the size's accounts and rows."""
        users, archive_rows, _ = SIZES[self.options.size]
        users, archive_rows = max(FEWEST_ACCOUNTS, round(users * accounts)), round(archive_rows * rows)
        return users, generated(self.scratch / "scaled", "--users", str(users), "--archive-rows", str(archive_rows), "--upload-mb", "1")

    def measure(self, accounts, rows):
        """One site."""
        users, site = self.site(accounts, rows)
        lethe = Lethe(self.server, site, self.scratch / "lethe", self.options.binary)
        lethe.init()
        for operation, lines in self.lines.items():
            if operation == "change":
                site.change()
            cost, told = lethe.backup()
            millions = told["rows"] / 1e6
            lines.append((operation, f"{users:,}", f"{millions:.3f}", f"{cost.wall:.2f}", f"{cost.wall / millions:.2f}",
                          f"{cost.peak / 2**20:.0f}"))
            print(f"{operation}, {users} accounts, {millions:.3f} million rows: {cost.wall:.1f} s", file=sys.stderr, flush=True)
        for directory in (lethe.home, site.directory):
            shutil.rmtree(directory)
